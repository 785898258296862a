"""What each page costs the server on the demo plant with a year of data: its time, and what it asks the database."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from benchmarks.ground import report, seconds
from mesproject.accounts.models import User
from mesproject.demo import past, plant
from mesproject.reports import facts
from scheduling.writing import write_ahead
from tests.admin_pages import forms_of, lists_of
from tests.pages import PAGES, Page, filled, places_of, questions

DAYS = 365
TIMES = 5
# A page that only says who is not logged in: what any page costs at least.
FLOOR = "/login/"
WANTED_MS = 100


def run() -> None:
    """Let the demo plant have lived for a year, and ask for every page as whoever looks at it would."""
    at = now()
    company = plant.set_up(now=at, timezone="Europe/Berlin", password="not a secret")
    past.fill(company, days=DAYS, now=at - timedelta(seconds=30))
    places, pages = places_of(company, at), (*PAGES, *lists_of(company), *forms_of(company))
    # What was made for the pages of the admin has changed rules, too: workers are done with all of it.
    while write_ahead(now=at):
        pass
    while facts.refresh(now=at):
        pass
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    measure(pages, places)


def measure(pages: Sequence[Page], places: Mapping[str, object]) -> None:
    """One line a page, those of the admin, too: the floor is the cheapest page of all."""
    settings.ALLOWED_HOSTS = ["*"]
    # As the web process does when it has loaded all of it.
    gc.collect()
    gc.freeze()
    client = Client()
    floor = seconds(lambda: client.get(FLOOR), times=TIMES) * 1000
    for page in pages:
        figure, queries = cost(page, filled(page, places))
        report(
            f"{page.face.name.lower()}: {page.name}", floor=floor, figure=figure, unit="ms server",
            wanted=f"{WANTED_MS} ms; {queries} queries of {page.queries}",
        )  # fmt: skip


def cost(page: Page, address: str) -> tuple[float, int]:
    """Milliseconds of the server, and queries, of a page whose visitor has been there before."""
    client = Client()
    if page.who:
        client.force_login(User.objects.get(username=page.who))
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    queries = questions(asked)
    return seconds(lambda: client.get(address), times=TIMES) * 1000, queries
