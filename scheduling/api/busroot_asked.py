"""What Busroot's clients ask in a query string, as types; instants and lengths of time as they read them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec
from django.http import QueryDict
from rest_framework.exceptions import APIException
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from mesproject.openapi import fields_of
from scheduling.api.busroot import BusrootView, refused

MOST_CODES = 1000
LONGEST = 100_000  # characters of a query: more than so many codes need
# Clients add it against caches.
WITHOUT_MEANING = frozenset({"_", "skipcache"})
REPEATED = frozenset({"stationcodes", "stationgroupcodes", "skucodes", "codes"})
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


class AskedView(BusrootView):
    """A view whose refusals name the field, and that answers whatever `Accept` says."""

    content_negotiation_class = Anything

    def get_exception_handler(self) -> Callable[..., Response | None]:
        """Busroot's envelope around refusals, with the field."""
        return refused_with_field


def refused_with_field(error: Exception, context: dict[str, Any]) -> Response | None:
    """A refusal in the envelope; where a value is wrong, with its name."""
    response = refused(error, context)
    if response is not None and isinstance(error, BadValue) and isinstance(response.data, dict):
        response.data["field"] = error.field
    return response


_Query = TypeVar("_Query", bound=msgspec.Struct)


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
