"""Busroot's dialect, whoever speaks it: who asks, what is asked in query and body, and the envelope around answers.

Knows no domain but that of who may come in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse, QueryDict
from msgspec import Meta
from rest_framework.exceptions import APIException, NotAuthenticated, PermissionDenied
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mesproject.accounts.acting import act_for, acting
from mesproject.accounts.callers import Caller
from mesproject.accounts.models import ApiKey
from mesproject.openapi import SEVERAL, fields_of

MOST_CODES = 1000
LONGEST = 100_000  # characters of a query: more than so many codes need
# Clients add it against caches.
WITHOUT_MEANING = frozenset({"_", "skipcache"})
REPEATED = frozenset({"stationcodes", "stationgroupcodes", "skucodes", "codes"})
Codes = Annotated[
    str | None,
    Meta(
        description="Codes with commas between them, or the parameter several times; without, all.",
        extra_json_schema=SEVERAL,
    ),
]
EPOCH, MS = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
_NAMED = re.compile(r"`\$?\.?(?P<field>[a-z_]*)`\Z|field `(?P<other>[^`]*)`")
# A plus in an address that was not escaped has become a blank.
OFFSET = re.compile(r" (?=[0-9]{2}:?[0-9]{2}(/|\Z))")


class BadValue(APIException):
    """A value that cannot be taken, and what is allowed."""

    status_code = 400
    default_code = "bad_value"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.field = name


class Clash(APIException):
    """What is asked cannot be with what is there."""

    status_code = 409
    default_code = "clash"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.field = name


class Paging(msgspec.Struct, rename="camel"):
    """How many there are in all, whatever part of them is in the answer."""

    total_elements: int


class Anything(BaseContentNegotiation):
    """The address says what is answered; Accept is not asked."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:
        """The first one."""
        return next(iter(parsers))

    def select_renderer(
        self, request: Request, renderers: Iterable[Any], format_suffix: str | None = None
    ) -> Any:
        """The first one."""
        first = next(iter(renderers))
        return first, first.media_type


class BusrootView(APIView):
    """One answer for all: `{isSuccess, result | results}`, and of a refusal `{isSuccess, code, message, field?}`."""

    content_negotiation_class = Anything

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Whatever is changed meanwhile is on record as the caller's."""
        with acting():
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who calls is known now."""
        super().initial(request, *args, **kwargs)
        if isinstance(request.user, Caller):
            act_for(request.user.user, str(request.user))

    def get_exception_handler(self) -> Callable[..., Response | None]:
        """Busroot's envelope around our refusals."""
        framework = super().get_exception_handler()
        return lambda error, context: refused(error, framework(error, context))

    @property
    def caller(self) -> Caller:
        """Who calls, where it is known."""
        if not isinstance(self.request.user, Caller):
            raise NotAuthenticated
        return self.request.user

    def key(self, scope: ApiKey.Scope) -> Caller:
        """The caller, where it may do everything that a key of this scope may."""
        caller = self.caller
        if not caller.has(scope):
            raise PermissionDenied(_lacking(caller, scope))
        return caller

    def allowed(self, action: str, model: str) -> Caller:
        """The caller, where it may view, add, change or delete rows of `app.model`."""
        caller = self.caller
        if not caller.may(action, model):
            scope = ApiKey.Scope.READ if action == "view" else ApiKey.Scope.WRITE
            raise PermissionDenied(_lacking(caller, scope))
        return caller


def _lacking(caller: Caller, scope: ApiKey.Scope) -> str:
    if caller.user:
        return f"Your role “{caller.user.get_role_display()}” does not allow this. Ask an administrator."
    if caller.has(scope) and caller.station_codes:
        return "This API key is limited to some stations, and may not change what others share."
    if caller.has(scope):
        return f"This API key lacks the scope “{ApiKey.Scope.ADMIN.label}”. Give it in the admin."
    return f"This API key lacks the scope “{scope.label}”. Give it in the admin."


def refused(error: Exception, response: Response | None) -> Response | None:
    """A refusal in the envelope; where a value is wrong, with its name."""
    if response is not None and isinstance(response.data, dict):
        code, detail = response.data.get("code", "error"), response.data.get("detail", "")
        field = {"field": error.field} if isinstance(error, BadValue | Clash) else {}
        response.data = {"isSuccess": False, "code": str(code), "message": str(detail), **field}
    return response


def answered(**parts: Any) -> HttpResponse:
    """An answer in the envelope: `result` or `results`, and what goes with it."""
    return HttpResponse(
        msgspec.json.encode({"isSuccess": True, **parts}, enc_hook=str), content_type="application/json"
    )


# What is asked

_Body = TypeVar("_Body")
_Query = TypeVar("_Query", bound=msgspec.Struct)


def decoded(request: Request, decoder: msgspec.json.Decoder[_Body]) -> _Body:
    """The body, of the types it must have; BadValue names the part that is not."""
    try:
        return decoder.decode(request.body)
    except RequestDataTooBig:
        raise BadValue("body", "The body is larger than 5 MB.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _misread(str(error), decoder.type) from None


def converted(said: Mapping[str, Any], type_: type[_Body]) -> _Body:
    """What a form says, of the types it must have; BadValue names the part that is not."""
    try:
        return msgspec.convert(said, type_)
    except msgspec.ValidationError as error:
        raise _misread(str(error), type_) from None


# What a decoder complains of, in words for people.
_WORDS = (
    (re.compile(r"Expected `str` of length <= (\d+)"), "It has more than {} characters"),
    (re.compile(r"Expected `str` of length >= 1"), "It is empty"),
    (re.compile(r"Expected `str` of length >= (\d+)"), "It has fewer than {} characters"),
    (re.compile(r"Expected `str` matching regex .*"), "It has a character that is not taken here"),
    (re.compile(r"Expected `array` of length <= (\d+)"), "There are more than {}"),
    (re.compile(r"Expected `array` of length >= (\d+)"), "There are fewer than {}"),
    (re.compile(r"Expected `(?:int|float)` <= (\S+)"), "It is at most {}"),
    (re.compile(r"Expected `(?:int|float)` >= (\S+)"), "It is at least {}"),
    (re.compile(r"Expected `(?:int|float)` > (\S+)"), "It is more than {}"),
    (re.compile(r"Invalid enum value (.*)"), "There is no {} to choose here"),
)
_FIELD = re.compile(r"(?P<what>unknown|required) field `(?P<name>[^`]*)`")


def _misread(complaint: str, type_: Any) -> BadValue:
    """What a decoder complains of, by the name of the part; of a name that is unknown, which there are."""
    reason, _, path = complaint.partition(" - at `$")
    where = path.rstrip("`").removeprefix(".")
    if found := _FIELD.search(reason):
        allowed = ""
        if found["what"] == "unknown" and not where:
            allowed = f" Allowed are {', '.join(fields_of(type_)[0])}."
        return BadValue(".".join(filter(None, (where, found["name"])))[:100], f"{reason}.{allowed}")
    return BadValue(where or "body", f"{_in_words(reason)}.")


def _in_words(complaint: str) -> str:
    for pattern, words in _WORDS:
        if found := pattern.fullmatch(complaint):
            return words.format(*found.groups())
    return complaint


def parsed(
    given: QueryDict, type_: type[_Query], *, without_meaning: Collection[str] = WITHOUT_MEANING
) -> _Query:
    """A query string as its type; names in any case, lists as one text or many."""
    said: dict[str, str] = {}
    for name, values in given.lists():
        name = name.lower().removesuffix("[]")
        if name in without_meaning:
            continue
        if (name in said or len(values) > 1) and name not in REPEATED:
            raise BadValue(name[:64], f"{name[:64]} is said twice.")
        said[name] = ",".join([*([said[name]] if name in said else []), *values])
    try:
        return msgspec.convert(said, type_, strict=False)
    except msgspec.ValidationError as error:
        raise _explained(error, type_, said) from None


def _explained(error: msgspec.ValidationError, type_: type[_Query], said: Mapping[str, str]) -> BadValue:
    properties, _ = fields_of(type_)
    for name in said:
        if name not in properties:
            return BadValue(
                name[:64], f"There is no parameter {name[:64]}. Allowed are {', '.join(properties)}."
            )
    found = _NAMED.search(str(error))
    name = (found["field"] or found["other"] or "") if found else ""
    if name not in said:
        return BadValue(
            name, f"{name} is required. {properties.get(name, {}).get('description', '')}".strip()
        )
    return BadValue(name, f"{name} is wrong. {properties[name].get('description', '')}".strip())


def codes_of(name: str, text: str | None) -> list[str]:
    """The codes of a list; none where it was left out."""
    codes = list(dict.fromkeys(code.strip() for code in (text or "").split(",") if code.strip()))
    if text is not None and not codes:
        raise BadValue(name, f"{name} is empty. Leave it out to ask for all.")
    if len(codes) > MOST_CODES:
        raise BadValue(name, f"These are {len(codes):,} codes; at most {MOST_CODES:,} are taken.")
    return codes


# What is answered


def ms(at: datetime) -> int:
    """Milliseconds of the epoch."""
    return (at - EPOCH) // MS


def iso(at: datetime) -> str:
    """An instant as in 2026-03-11T12:00:00.000Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def spoken(length: int) -> str:
    """Milliseconds as in 1d 2h 3m 4s."""
    seconds = length // 1000
    parts = (
        (seconds // 86_400, "d"),
        (seconds // 3600 % 24, "h"),
        (seconds // 60 % 60, "m"),
        (seconds % 60, "s"),
    )
    return " ".join(f"{number}{unit}" for number, unit in parts if number) or "0s"
