"""Causes over HTTP by both of Busroot's names for them: /api/issue/cause and /api/reason."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.timezone import now
from msgspec import UNSET
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from downtime import whys
from downtime.api import busroot_shapes as shapes
from downtime.api.busroot_issues import IssueView, answer
from downtime.models import Cause
from downtime.models.answers import publish
from downtime.models.causes import paths_of
from mesproject import csv_text
from mesproject.accounts.callers import Caller
from mesproject.accounts.models import Company
from mesproject.busroot import BadValue, Clash, codes_of, decoded, iso

MODEL = "downtime.cause"
_cause_in = msgspec.json.Decoder(shapes.CauseIn)
_reason_in = msgspec.json.Decoder(shapes.ReasonIn)
_change_in = msgspec.json.Decoder(shapes.CauseChange)


def causes_of(caller: Caller, codes: str | None) -> list[Cause]:
    """The causes in use, or those of these codes, in the order of the tree's levels."""
    asked = codes_of("codes", codes)
    rows = Cause.objects.of(caller.company).active().select_related("parent").order_by("position", "code")
    found = [cause for cause in rows if not asked or cause.code in asked]
    known = {cause.code for cause in found}
    if missing := next((code for code in asked if code not in known), None):
        raise NotFound(f"There is no cause {missing[:64]}.")
    return found


def cause_out(cause: Cause) -> shapes.CauseOut:
    """A cause as it is listed."""
    return shapes.CauseOut(
        code=cause.code,
        description=cause.description,
        parent_cause_code=cause.parent.code if cause.parent else None,
    )


def kept(cause: Cause, caller: Caller) -> shapes.CauseKept:
    """A cause as it is told to whoever changed it."""
    return shapes.CauseKept(
        **msgspec.structs.asdict(cause_out(cause)), account_id=caller.company.code,
        created_at=iso(cause.created_at), updated_at=iso(cause.updated_at),
    )  # fmt: skip


class CausesView(IssueView):
    """GET /issue/cause: the causes in use. POST /issue/cause: make one, or change the one with its code."""

    def get(self, request: Request) -> HttpResponse:
        """All of the company's, or some."""
        caller, asked = self.allowed("view", MODEL), self.asked(shapes.CausesQuery)
        return answer(
            shapes.CausesAnswer(results=[cause_out(cause) for cause in causes_of(caller, asked.codes)])
        )

    def post(self, request: Request) -> HttpResponse:
        """The cause as it is now; one out of use comes back into use."""
        caller = self.allowed("change", MODEL)
        cause = saved(caller, decoded(request, _cause_in), at=now())
        return answer(shapes.CauseAnswer(result=kept(cause, caller)))


class CausesCsvView(IssueView):
    """GET /issue/cause/csv."""

    def get(self, request: Request) -> StreamingHttpResponse:
        """The causes in use, a line each."""
        lines = (
            msgspec.to_builtins(cause_out(cause)) for cause in causes_of(self.allowed("view", MODEL), None)
        )
        columns = ["code", "description", "parentCauseCode"]
        response = StreamingHttpResponse(
            csv_text.streamed(columns, lines), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = 'attachment; filename="causes.csv"'
        return response


class CauseView(IssueView):
    """PATCH and DELETE /issue/cause/{code}."""

    def patch(self, request: Request, cause: str) -> HttpResponse:
        """The cause under its new code, with its history: what it explained is told by the new code, too."""
        caller, asked = self.allowed("change", MODEL), decoded(request, _change_in)
        return self.told(caller, changed(caller.company, cause, asked))

    def told(self, caller: Caller, cause: Cause) -> HttpResponse:
        """A changed cause as this address tells it."""
        return answer(shapes.CauseAnswer(result=kept(cause, caller)))

    def delete(self, request: Request, cause: str) -> HttpResponse:
        """Take it out of use: what it explained keeps it, nobody can choose it any more."""
        caller = self.allowed("delete", MODEL)
        with transaction.atomic():
            found = locked(caller.company, cause)
            if found.children.filter(archived_at=None).exists():
                raise Clash("code", "Other causes stand below this one. Move or delete them first.")
            found.archived_at = now()
            found.save(update_fields=["archived_at", "updated_at"])
            put_into_force(caller, whys.CAUSE_ARCHIVED.format(names=found), at=found.archived_at)
        return HttpResponse(status=204)


class ReasonView(CauseView):
    """PATCH and DELETE /reason/{code}."""

    def told(self, caller: Caller, cause: Cause) -> HttpResponse:
        """The same as a reason."""
        return answer(shapes.ReasonAnswer(result=next(iter(reasons(caller.company, [cause])))))


class ReasonsView(IssueView):
    """GET /reason and POST /reason: the same causes, with the type that Busroot gives them."""

    def get(self, request: Request) -> HttpResponse:
        """Those of a type, or all: a cause whose stops count as planned is a reason of non-production."""
        caller, asked = self.allowed("view", MODEL), self.asked(shapes.ReasonsQuery)
        found = reasons(caller.company, causes_of(caller, asked.codes))
        return answer(shapes.ReasonsAnswer(results=[one for one in found if asked.type in (None, *one.type)]))

    def post(self, request: Request) -> HttpResponse:
        """The reason as it is now."""
        caller = self.allowed("change", MODEL)
        asked = decoded(request, _reason_in)
        cause = saved(caller, asked, at=now(), planned=asked.type == ["non-production"])
        return answer(shapes.ReasonAnswer(result=next(iter(reasons(caller.company, [cause])))))


def reasons(company: Company, causes: Iterable[Cause]) -> list[shapes.ReasonOut]:
    """Causes as reasons; the kind is a cause's own, else that of the one above it."""
    known = list(Cause.objects.of(company))
    kinds, paths = {cause.pk: cause.kind for cause in known}, paths_of(known)
    planned = {
        cause.pk: next((kinds[pk] for pk in reversed(paths[cause.pk]) if kinds[pk]), "") == Cause.Kind.PLANNED
        for cause in causes
    }
    return [
        shapes.ReasonOut(
            code=cause.code, description=cause.description,
            parent_reason_code=cause.parent.code if cause.parent else None,
            parent_cause_code=cause.parent.code if cause.parent else None,
            type=["non-production" if planned[cause.pk] else "downtime"],
        )
        for cause in causes
    ]  # fmt: skip


def saved(caller: Caller, asked: shapes.CauseIn, *, at: datetime, planned: bool | None = None) -> Cause:
    """Make the cause of a code, or change it; everything or nothing. `planned` None leaves its kind as it is."""
    company = caller.company
    with transaction.atomic():
        # Two at once must not make a ring of two trees that are none by themselves.
        Company.objects.select_for_update().get(pk=company.pk)
        cause = Cause.objects.of(company).filter(code=asked.code).first()
        cause = cause or Cause(company=company, code=asked.code)
        was_archived = cause.archived_at is not None
        cause.description, cause.archived_at = _words(asked.description), None
        if planned is not None:
            cause.kind = _kind(cause, planned=planned)
        _place_and_save(cause, asked)
        if was_archived:
            put_into_force(caller, whys.CAUSE_RESTORED.format(names=cause), at=at)
    return cause


def changed(company: Company, code: str, asked: shapes.CauseChange) -> Cause:
    """Change a cause in use; everything or nothing. Issues, events and rules know it by itself, not by its code."""
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        cause = locked(company, code)
        if asked.code is not UNSET and asked.code != cause.code:
            if Cause.objects.of(company).filter(code=asked.code).exists():
                raise Clash(
                    "code", f"Another cause has the code {asked.code}, or had it when it was put out of use."
                )
            cause.code = asked.code
        if asked.description is not UNSET:
            cause.description = _words(asked.description)
        _place_and_save(cause, asked)
    return cause


def locked(company: Company, code: str) -> Cause:
    """A cause in use, held until the transaction ends."""
    causes = Cause.objects.of(company).active()
    found: Cause | None = None if "\x00" in code else causes.filter(code=code).select_for_update().first()
    if found is None:
        raise NotFound(f"There is no cause {code[:64]}.")
    return found


def put_into_force(caller: Caller, why: str, *, at: datetime) -> None:
    """Switch the rules of a cause off or on with it."""
    publish(caller.company, at=at, by=str(caller), why=why)


def _place_and_save(cause: Cause, asked: shapes.CauseIn | shapes.CauseChange) -> None:
    said, parent = _parent_said(asked)
    if said:
        cause.parent = _parent(cause.company, parent, _name(asked))
    try:
        cause.clean()
    except ValidationError:
        raise BadValue(_name(asked), "A cause cannot stand below itself.") from None
    cause.save()


def _words(text: str) -> str:
    if not text.strip():
        raise BadValue("description", "A description has at least one letter.")
    return text.strip()


def _kind(cause: Cause, *, planned: bool) -> str:
    if planned:
        return Cause.Kind.PLANNED
    return Cause.Kind.UNPLANNED if cause.kind == Cause.Kind.PLANNED else cause.kind


def _name(asked: shapes.CauseIn | shapes.CauseChange) -> str:
    return "parentCauseCode" if asked.parent_reason_code is UNSET else "parentReasonCode"


def _parent_said(asked: shapes.CauseIn | shapes.CauseChange) -> tuple[bool, str | None]:
    """Whether a parent is said, and which; under either of its names."""
    codes = {code for code in (asked.parent_cause_code, asked.parent_reason_code) if code is not UNSET}
    if len(codes) > 1:
        raise BadValue("parentReasonCode", "It is said twice, and differently.")
    return bool(codes), next(iter(codes), None)


def _parent(company: Company, code: str | None, name: str) -> Cause | None:
    if code is None:
        return None
    found: Cause | None = Cause.objects.of(company).active().filter(code=code).first()
    if found is None:
        raise BadValue(name, f"There is no cause {code}.")
    return found
