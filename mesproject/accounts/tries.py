"""Guessing ends soon: passwords, codes and links are counted by place and by person, in one statement each.

A try is counted before it is looked at, so that a hundred at once are not a hundred guesses.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.http import HttpRequest
from rest_framework.exceptions import ErrorDetail, Throttled

from mesproject.accounts import secrets
from mesproject.accounts.models import Tries

WINDOW = timedelta(minutes=15)
# Of one person at one place; all there is at one place (a plant may share an address); of one person anywhere.
ONE, PLACE, PERSON = 5, 100, 100
CODES = 10
LINKS, LINKS_OF_ONE = 20, 3
FORGOTTEN_AFTER = timedelta(days=1)


class TooOften(Throttled):
    """Somebody tries too often; `wait` is in seconds."""

    default_code = "too_often"

    def __init__(self, wait: int) -> None:
        minutes = -(-wait // 60)
        sentence = f"Too many tries. Try again in {minutes} minute{'s' if minutes > 1 else ''}."
        super().__init__()
        self.detail = ErrorDetail(sentence, self.default_code)
        self.wait: int = wait


@dataclass(slots=True)
class Outcome:
    """What came of a try."""

    user: Any = None
    device: Any = None


@contextmanager
def of_a_password(request: HttpRequest, name: str, *, at: datetime) -> Iterator[Outcome]:
    """Let a password be tried, or raise TooOften; one that is right costs nothing."""
    where, who = place_of(request), name.casefold()[:300]
    counted = [(f"password|{where}|{who}", ONE), (f"password|{where}", PLACE), (f"password|{who}", PERSON)]
    for key, most in counted:
        count(key, most=most, at=at)
    outcome = Outcome()
    yield outcome
    if outcome.user is not None:
        forget(counted[0][0])
        for key, _ in counted[1:]:
            take_back(key)


@contextmanager
def of_a_code(request: HttpRequest, *, at: datetime) -> Iterator[Outcome]:
    """Let an enrolment code be tried, or raise TooOften; one that is right costs nothing.

    An address may be a whole plant's, on the day its tablets are set up: it has more tries than a device.
    """
    key = f"code|{place_of(request)}"
    count(key, most=CODES if getattr(request, "device", None) else PLACE, at=at)
    outcome = Outcome()
    yield outcome
    if outcome.device is not None:
        take_back(key)


def of_a_link(request: HttpRequest, address: str, *, at: datetime) -> None:
    """Let a link be asked for, or raise TooOften."""
    count(f"link|{place_of(request)}", most=LINKS, at=at)
    count(f"link|{address.casefold()[:300]}", most=LINKS_OF_ONE, at=at)


def of_a_pairing(request: HttpRequest, *, at: datetime) -> None:
    """Let a screen show another code, or raise TooOften."""
    count(f"pairing|{place_of(request)}", most=PLACE, at=at)


def count(key: str, *, most: int, at: datetime) -> None:
    """One more try; raise TooOften where that is more than `most` within a quarter of an hour."""
    Tries.objects.filter(since__lt=at - FORGOTTEN_AFTER).delete()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [secrets.digest(key), at, at - WINDOW, at - WINDOW])
        tried, since = cursor.fetchone()
    if tried > most:
        raise TooOften(max(1, round((since + WINDOW - at).total_seconds())))


_COUNT = """
INSERT INTO accounts_tries (key, count, since) VALUES (%s, 1, %s::timestamptz)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN accounts_tries.since < %s::timestamptz THEN 1 ELSE accounts_tries.count + 1 END,
    since = CASE WHEN accounts_tries.since < %s::timestamptz THEN excluded.since ELSE accounts_tries.since END
RETURNING count, since
"""


def forget(key: str) -> None:
    """It was no guess."""
    Tries.objects.filter(key=secrets.digest(key)).delete()


def take_back(key: str) -> None:
    """One try less."""
    Tries.objects.filter(key=secrets.digest(key), count__gt=0).update(count=F("count") - 1)


def place_of(request: HttpRequest) -> str:
    """The enrolled device, else the address behind our own proxies."""
    device = getattr(request, "device", None)
    if device:
        return f"device {device.pk}"
    behind = [one.strip() for one in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if one.strip()]
    hops = settings.PROXIES
    if hops and len(behind) >= hops:
        return behind[-hops]
    return str(request.META.get("REMOTE_ADDR", ""))
