"""POST /api/signals: the door over HTTP."""

from __future__ import annotations

from typing import Any

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.timezone import now
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mesproject.accounts.models import ApiKey
from production import heard, whys_not
from production.ingest import STORED, Outcome, Parcel, Verdict, record
from production.messages import Message, NotUnderstood, decode_item
from production.models import QuarantinedMessage

LARGEST_BATCH = 10_000
STATUS = {Verdict.STORED: 201, Verdict.DUPLICATE: 200, Verdict.REFUSED: 422}
ANSWER_STORED = {"status": 201, "result": Verdict.STORED.value}
_split = msgspec.json.Decoder(list[msgspec.Raw])


class MaySendSignals(BasePermission):
    """Keys with the scope `signals` or `write`."""

    message = "This API key may not send signals. Give it the scope “Send signals” in the admin."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the key's scopes allow it."""
        key = request.auth
        return isinstance(key, ApiKey) and (key.may(ApiKey.Scope.SIGNALS) or key.may(ApiKey.Scope.WRITE))


class SignalsView(APIView):
    """One signal (an object) or up to 10,000 (a list); each is answered by itself.

    A list is answered 200 with `results` in the same order, each with a `status` of 201 (stored), 200 (stored
    before) or 422 (refused, with `code` and `detail`); a list of which nothing could be stored is answered 422.
    A single object is answered with its own status.
    """

    permission_classes = [MaySendSignals]

    def post(self, request: Request) -> HttpResponseBase:
        """Store what can be stored."""
        try:
            body: bytes = request.body
        except RequestDataTooBig:
            return problem(413, "too_large", "The body is larger than 5 MB. Send smaller batches.")
        single = body.lstrip()[:1] != b"["
        try:
            items = [msgspec.Raw(body)] if single else _split.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return problem(
                400, "bad_json", f"The body is not JSON: {error}. Send an object or a list of objects."
            )
        if len(items) > LARGEST_BATCH:
            return problem(413, "too_many", f"{len(items):,} items; send at most {LARGEST_BATCH:,} at once.")
        key = request.auth
        assert isinstance(key, ApiKey)  # MaySendSignals has seen to it
        answers = [answer(outcome) for outcome in self._record(key, items)]
        if single:
            return Response(answers[0], status=answers[0]["status"])
        refused = bool(answers) and all(item["status"] == 422 for item in answers)
        body = msgspec.json.encode({"results": answers})
        return HttpResponse(body, status=422 if refused else 200, content_type="application/json")

    def _record(self, key: ApiKey, items: list[msgspec.Raw]) -> list[Outcome]:
        parcels, at = [self._parcel(key, item) for item in items], now()
        outcomes = record(parcels, received_at=at, quarantine=False)
        heard.note_of_key(key.pk, parcels, outcomes, items, at)
        return outcomes

    def _parcel(self, key: ApiKey, item: msgspec.Raw) -> Parcel:
        message: Message | NotUnderstood
        try:
            station, message = decode_item(item)
        except NotUnderstood as error:
            station, message = "", error
        if station and not key.may_name(station):
            text = whys_not.NOT_THIS_STATION.format(station=repr(station))
            message = NotUnderstood("forbidden_station", text)
        return Parcel(key.company_id, station, message, QuarantinedMessage.Source.HTTP)


def answer(outcome: Outcome) -> dict[str, Any]:
    """One outcome, as the client reads it."""
    if outcome is STORED:
        return ANSWER_STORED
    body: dict[str, Any] = {"status": STATUS[outcome.verdict], "result": outcome.verdict.value}
    if outcome.code:
        body["code"] = outcome.code
    if outcome.reason:
        body["detail"] = outcome.reason
    return body


def problem(status: int, code: str, detail: str) -> Response:
    """The API's error body."""
    return Response({"code": code, "detail": detail}, status=status)
