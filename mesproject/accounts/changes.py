"""What the audit log says, as a person reads it: on the page's clock, in seconds, without what is empty."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Callable, Sequence
from copy import copy
from datetime import UTC
from functools import partial
from typing import Any

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

NOTHING = "–"
DONE = {
    LogEntry.Action.CREATE: _("Added: %(kind)s"),
    LogEntry.Action.UPDATE: _("Changed: %(kind)s"),
    LogEntry.Action.DELETE: _("Deleted: %(kind)s"),
    LogEntry.Action.ACCESS: _("Read: %(kind)s"),
}


def history_of(obj: models.Model) -> models.QuerySet[LogEntry]:
    """What was changed of a row and of its parts, newest first."""
    kind = ContentType.objects.get_for_model(obj)
    itself = Q(content_type=kind, object_id=obj.pk)
    parts = Q(additional_data__part_of=f"{obj._meta.label_lower}:{obj.pk}")
    return LogEntry.objects.filter(itself | parts).select_related("actor", "content_type")


def who_did(entry: LogEntry) -> str:
    """The person, the program with its key, or the system itself."""
    by = (entry.additional_data or {}).get("by")
    return str(entry.actor or entry.actor_email or by or "Floorlight")


def done_in(entry: LogEntry) -> str:
    """What was done, and to which kind of row."""
    return DONE[entry.action] % {"kind": entry.content_type.name}


def changes_in(entry: LogEntry) -> list[tuple[str, str, str]]:
    """The fields that changed, each with before and after; of a new row what it has."""
    model = entry.content_type.model_class()
    if entry.action == LogEntry.Action.DELETE or not entry.changes or model is None:
        return []
    fields = {field.name: field for field in model._meta.concrete_fields if not field.primary_key}
    named = _named(entry, fields)
    rows = [
        _change(fields[name], before_and_after, named)
        for name, before_and_after in entry.changes_dict.items()
        if name in fields
    ]
    return [row for row in rows if row[1:] != (NOTHING, NOTHING)]


def _named(entry: LogEntry, fields: dict[str, Any]) -> dict[str, Any]:
    """The names of values, except in lists: those auditlog joins before they are words of a language."""
    plain = copy(entry)
    plain.changes = {
        name: values
        for name, values in entry.changes_dict.items()
        if not isinstance(fields.get(name), ArrayField)
    }
    named: dict[str, Any] = plain.changes_display_dict
    return named


def _change(field: Any, values: Sequence[Any], named: dict[str, Any]) -> tuple[str, str, str]:
    name = str(field.verbose_name)
    told: Callable[[Any], str]
    if field.name.endswith("_ms"):
        name, told = in_seconds(name), seconds_of
    elif isinstance(field, models.DateTimeField):
        told = local
    elif isinstance(field, models.BooleanField):
        told = yes_or_no
    elif isinstance(field, ArrayField):
        told = partial(listed, dict(field.base_field.flatchoices))
    else:
        values, told = named.get(name, values), shown
    return name, told(values[0]), told(values[1])


def in_seconds(label: str) -> str:
    """The label of a duration, where it is shown in seconds."""
    return label.replace("[ms]", "[s]")


def shown(value: Any) -> str:
    """A value as text; nothing where it is empty."""
    return NOTHING if value in (None, "", "None") else str(value)


def yes_or_no(value: Any) -> str:
    """A box that was ticked, or not."""
    return {"True": gettext("yes"), "False": gettext("no")}.get(str(value), NOTHING)


def listed(names: dict[Any, Any], value: Any) -> str:
    """A list as the log has it, by the names of what is in it."""
    try:
        chosen = literal_eval(str(value)) or ()
    except (SyntaxError, ValueError):
        return shown(value)
    return shown(", ".join(str(names.get(one, one)) for one in chosen))


def seconds_of(value: Any) -> str:
    """Milliseconds as seconds; nothing where there are none."""
    try:
        return f"{int(value) / 1000:g}"
    except (TypeError, ValueError):
        return NOTHING


def local(value: Any) -> str:
    """A time of the log, which is in UTC without saying so, on the clock of the page."""
    at = parse_datetime(str(value))
    if at is None:
        return shown(value)
    return date_format(localtime(at if at.tzinfo else at.replace(tzinfo=UTC)), "DATETIME_FORMAT")
