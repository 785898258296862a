"""Steps in an issue's life as people take them at a screen."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from downtime.calls import call
from downtime.forms import CallForm, StepForm
from downtime.models import Issue, Photo
from downtime.models.events import Who
from downtime.seen import check_seen
from downtime.splitting import merge, split
from production.errors import DomainError
from production.live import lock
from production.models import Station


def take(step: str, issue: Issue, form: StepForm, *, by: Who, at: datetime, now: datetime) -> None:
    """Call the verb of a step; one that was taken before is not taken again, and nothing is refused for it.

    `at` may lie before `now`: what was said without network comes late.
    """
    try:
        with transaction.atomic():
            _take(
                step,
                issue,
                form.cleaned_data,
                form.cleaned_data.get("last"),
                by=by,
                at=at,
                key=form.key_of(step),
            )
            # Screens look again where something has changed of late.
            Issue.objects.filter(pk=issue.pk, updated_at__lt=now).update(updated_at=now)
    except (DomainError, IntegrityError):
        # The very same step came twice, even at the same instant: the other one has been taken.
        if not _came_before(issue, form.key_of(step)):
            raise


def raise_by_hand(station: Station, form: CallForm, *, by: Who, at: datetime) -> Issue:
    """What somebody calls attention to."""
    return call(station, form.cleaned_data["kind"], started_at=at, by=by, at=at, key=form.key_of("raise"))


def _take(step: str, issue: Issue, said: dict[str, Any], last: int | None, **how: Any) -> None:
    if last is not None:
        lock([issue.station_id])
        if not _came_before(issue, how["key"]):
            check_seen(issue, last)
    _VERBS.get(step, _plainly(step))(issue, said, **how)


def _plainly(step: str) -> Callable[..., None]:
    def verb(issue: Issue, said: dict[str, Any], **how: Any) -> None:
        getattr(issue, step)(**how)

    return verb


def _estimate(issue: Issue, said: dict[str, Any], **how: Any) -> None:
    issue.estimate(how["at"] + timedelta(minutes=said["minutes"]), **how)


def _explain(issue: Issue, said: dict[str, Any], **how: Any) -> None:
    issue.explain(said["cause"], seen=said["seen"], **how)


def _note(issue: Issue, said: dict[str, Any], **how: Any) -> None:
    how["key"] = how["key"] or uuid.uuid4()
    issue.note(said["text"], **how)
    if picture := said["photo"]:
        kept = {"content": picture.content, "width": picture.width, "height": picture.height}
        Photo.objects.get_or_create(event=issue.events.get(key=how["key"]), defaults=kept)


def _exclude(issue: Issue, said: dict[str, Any], **how: Any) -> None:
    issue.exclude(text=said["text"], **how)


def _split(issue: Issue, said: dict[str, Any], **how: Any) -> None:
    split(issue, said["cut"], before=said["before"], after=said["cause"], **how)


def _merge(issue: Issue, said: dict[str, Any], **how: Any) -> None:
    merge(issue, said["following"], **how)


_VERBS: dict[str, Callable[..., None]] = {
    "estimate": _estimate, "cause": _explain, "note": _note, "exclude": _exclude, "split": _split, "merge": _merge,
}  # fmt: skip


def _came_before(issue: Issue, key: uuid.UUID | None) -> bool:
    return key is not None and issue.events.filter(key=key).exists()
