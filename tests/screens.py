"""Browsers of tests: a person who logged in, an enrolled tablet, an enrolled display."""

from __future__ import annotations

import time
from typing import Any

from django.test import Client
from django.utils.timezone import now

from mesproject.accounts.middleware import DEVICE_COOKIE
from mesproject.accounts.models import Company, Device
from tests.make import make_device, make_user

SCRIPT = {"HX-Request": "true"}
POLL = {"X-Poll": "1"}


def within_a_minute() -> None:
    """Wait until at least five seconds of a minute are left: what a part is called changes with each."""
    if (left := 60 - time.time() % 60) < 5:
        time.sleep(left)


def person(company: Company, role: str = "operator", **kwargs: Any) -> Client:
    """Somebody who logged in."""
    client = Client()
    client.force_login(make_user(role, company=company, **kwargs))
    return client


def enrolled(company: Company, kind: str = Device.Kind.TABLET) -> Client:
    """A tablet, or whatever kind of device is meant, at which nobody has said who he is."""
    _, token = make_device(kind, company=company, last_seen_at=now())
    client = Client()
    client.cookies[DEVICE_COOKIE] = token
    return client
