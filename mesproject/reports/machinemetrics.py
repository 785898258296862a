"""MachineMetrics' reports over HTTP. What their reference leaves open is decided in docs/machinemetrics.md."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.timezone import now
from msgspec import structs
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed, NotFound, Throttled
from rest_framework.request import Request

from mesproject import csv_text
from mesproject.accounts.authentication import ApiKeyAuthentication
from mesproject.accounts.callers import Caller
from mesproject.accounts.models import ApiKey
from mesproject.reports import budget, csv_tokens, machinemetrics_report
from mesproject.reports.asking import TooManyGroups
from mesproject.reports.machinemetrics_asked import Report, report
from mesproject.reports.machinemetrics_described import csv_described, report_described, token_described
from mesproject.reports.machinemetrics_entities import iso
from mesproject.reports.machinemetrics_report import Found, undisturbed
from mesproject.reports.machinemetrics_shapes import (
    ASKED,
    MOST_IDS,
    CsvQuery,
    Kind,
    LossAsked,
    ProductionAsked,
    TokenQuery,
)
from mesproject.reports.models import StoredReport
from scheduling.api.machinemetrics_edge import Invalid, MachineMetricsView, MayUse

# How long a report can be fetched as CSV.
KEPT = timedelta(days=1)
RETRY_AFTER = 5
# Nothing but ids makes a body long, and reading a hundred thousand of them to refuse them takes its time.
LARGEST = 1024 * 1024


class TooHeavy(APIException):
    """The question is legal, and more than the database answers in its time."""

    status_code = 400
    default_detail = (
        f"This takes longer than {budget.SECONDS} seconds, or has too many groups. "
        "Ask for less time or fewer machines, or group by something coarser."
    )


class MayRead(MayUse):
    """The scope `read`: a report changes nothing, though it is asked for by POST."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the key allows it."""
        if not isinstance(request.auth, ApiKey):
            return False
        scope = ApiKey.Scope.READ
        self.message = f"This API key lacks the scope “{scope.label}”. Give it in the admin."
        return request.auth.may(scope)


class ReportingView(MachineMetricsView):
    """What reports and their CSV share."""

    permission_classes = [MayRead]

    @contextmanager
    def bearable(self, asked: Report) -> Iterator[Found]:
        """What the facts say, to be made an answer of inside; or a refusal where that costs too much."""
        try:
            with budget.within(asked.cost):
                yield machinemetrics_report.found(asked)
        except budget.TooMany:
            raise Throttled(RETRY_AFTER, "As many large reports as may are being made right now.") from None
        except (budget.TooSlow, TooManyGroups):
            raise TooHeavy from None

    def report(self, kind: Kind, asked: ProductionAsked | LossAsked) -> Report:
        """The report that a body asks for, of what the key may see."""
        return report(kind, asked, self.company, list(self.machines()), now=now())


class ReportView(ReportingView):
    """One of the reports."""

    kind: Kind

    def answer(self) -> HttpResponse:
        """The report of the body."""
        length = self.request.META.get("CONTENT_LENGTH") or ""
        if length.isdecimal() and int(length) > LARGEST:
            raise Invalid(
                "filter", "InvalidValue", f"This is too long: a filter has at most {MOST_IDS:,} ids."
            )
        asked = self.body(ASKED[self.kind])
        with undisturbed():
            told = self._told(asked)
        return HttpResponse(told, content_type="application/json")

    def _told(self, asked: ProductionAsked | LossAsked) -> bytes:
        with self.bearable(self.report(self.kind, asked)) as found:
            told = found.answer(flatten=asked.flatten, definition=asked.definition)
            if asked.csv:
                told["csv"] = self._kept(asked)
            return msgspec.json.encode(told)

    def _kept(self, asked: ProductionAsked | LossAsked) -> dict[str, str]:
        stored = store(self.key, self.kind, asked, at=now())
        url = self.request.build_absolute_uri(f"/csv/{self.kind}/{stored.pk}")
        return {"url": url, "expires": iso(stored.expires_at)}


def store(key: ApiKey, kind: Kind, asked: ProductionAsked | LossAsked, *, at: datetime) -> StoredReport:
    """Keep what was asked, and forget what the key asked for so long ago that it has expired."""
    StoredReport.objects.filter(key=key, expires_at__lt=at).delete()
    body = msgspec.to_builtins(asked)
    digest = hashlib.sha256(msgspec.json.encode(body, order="sorted")).hexdigest()
    stored, _ = StoredReport.objects.update_or_create(
        key=key, kind=kind, digest=digest, defaults={"asked": body, "expires_at": at + KEPT}
    )
    return stored


class ProductionReportView(ReportView):
    """Production."""

    kind = "production"

    @report_described("Get production query results", "production")
    def post(self, request: Request) -> HttpResponse:
        """Metrics at each level of grouping: sums of what is below, and ratios of sums."""
        return self.answer()


class DowntimeReportView(ReportView):
    """Downtime."""

    kind = "downtime"

    @report_described("Get downtime query results", "downtime")
    def post(self, request: Request) -> HttpResponse:
        """Milliseconds and number of stops in planned production time."""
        return self.answer()


class QualityReportView(ReportView):
    """Quality."""

    kind = "quality"

    @report_described("Get quality query results", "quality")
    def post(self, request: Request) -> HttpResponse:
        """Units that people declared bad, and the number of declarations."""
        return self.answer()


# CSV


class UserTokenView(MachineMetricsView):
    """Tokens for browsers."""

    permission_classes = [MayRead]

    @token_described()
    def get(self, request: Request) -> HttpResponse:
        """A token for the CSV downloads of the reports that this key has asked for, good for five minutes."""
        opens = csv_tokens.Opens(self.key.pk, self.company.pk, self.query(TokenQuery).report[:20])
        return private(
            HttpResponse(msgspec.json.encode(csv_tokens.issue(opens, at=now())), "application/json")
        )


@dataclass(frozen=True, slots=True)
class TokenBearer(Caller):
    """A browser with a token of a key, which may be good for one report only."""

    report: str = ""


class CsvTokenAuthentication(BaseAuthentication):
    """`?token=`, which nothing but a CSV download takes."""

    def authenticate(self, request: Request) -> tuple[Any, ApiKey] | None:
        """The key behind the token, None where there is no token, 401 where it is not good."""
        token = request.query_params.get("token")
        if token is None:
            return None
        opens = csv_tokens.read(token)
        keys = ApiKey.objects.usable(now()).select_related("company")
        key = keys.filter(pk=opens.key, company=opens.company).first() if opens else None
        if opens is None or key is None:
            raise InvalidToken
        return TokenBearer(key.company, key=key, report=opens.report), key


class InvalidToken(AuthenticationFailed):
    """In the words of the reference."""

    default_detail = "access token is invalid"


class CsvView(ReportingView):
    """One of the reports as CSV."""

    authentication_classes = [ApiKeyAuthentication, CsvTokenAuthentication]
    kind: Kind

    def answer(self) -> StreamingHttpResponse:
        """The stored report of the address, computed now."""
        stored = self._stored()
        asked = msgspec.convert(stored.asked, ASKED[self.kind])
        localize = self.query(CsvQuery).localize
        with self.bearable(self.report(self.kind, asked)) as found:
            lines = written(found, localize=localize)
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{self.kind}-{stored.pk}.csv"'
        return private(response)

    def _stored(self) -> StoredReport:
        id_ = self.kwargs["resourceId"]
        if getattr(self.request.user, "report", "") not in ("", id_):
            raise InvalidToken
        number = int(id_) if id_.isascii() and id_.isdigit() and len(id_) < 19 else 0
        mine = StoredReport.objects.of(self.company).filter(
            key=self.key, kind=self.kind, expires_at__gt=now()
        )
        if (stored := mine.filter(pk=number).first()) is None:
            raise NotFound("There is no such report, or it has expired.")
        return stored


def written(found: Found, *, localize: bool) -> Any:
    """The flat rows as CSV."""
    units = dict(machinemetrics_report.columns(found.report))
    rows: Iterable[dict[str, Any]] = map(structs.asdict, found.flat())
    if localize:
        rows = (machinemetrics_report.localized(row, units, found.report.frame) for row in rows)
    return csv_text.streamed(list(units), rows)


def private(response: Any) -> Any:
    """Not to be kept by anything on the way."""
    response["Cache-Control"] = "no-store"
    return response


class ProductionCsvView(CsvView):
    """Production."""

    kind = "production"

    @csv_described("Get production results CSV")
    def get(self, request: Request, resourceId: str) -> StreamingHttpResponse:  # noqa: N803  as the address has it
        """The columns are those of `flatten`."""
        return self.answer()


class DowntimeCsvView(CsvView):
    """Downtime."""

    kind = "downtime"

    @csv_described("Get downtime results CSV")
    def get(self, request: Request, resourceId: str) -> StreamingHttpResponse:  # noqa: N803
        """The columns are those of `flatten`."""
        return self.answer()


class QualityCsvView(CsvView):
    """Quality."""

    kind = "quality"

    @csv_described("Get quality results CSV")
    def get(self, request: Request, resourceId: str) -> StreamingHttpResponse:  # noqa: N803
        """The columns are those of `flatten`."""
        return self.answer()
