"""Instants out of the database are those that were written, whatever the parser."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import DataError, connection

pytestmark = pytest.mark.django_db
WRITTEN = (
    datetime(2026, 3, 11, 6, tzinfo=UTC),
    datetime(2026, 3, 11, 6, 0, 0, 1, tzinfo=UTC),
    datetime(2026, 3, 29, 2, 30, 59, 120_000, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
)


def read(text):
    """What is read of an instant that the database writes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [text])
        return cursor.fetchone()[0]


@pytest.mark.parametrize("at", WRITTEN)
def test_an_instant_comes_back_in_utc_to_the_microsecond(at):
    found = read(at.isoformat())
    assert found == at
    assert found.tzinfo is UTC


def test_it_is_the_same_in_a_session_of_another_zone():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'Asia/Kathmandu'")
    assert read("2026-03-11T06:00:00+00:00") == datetime(2026, 3, 11, 6, tzinfo=UTC)
    assert read("2026-03-11T06:00:00+00:00").tzinfo is UTC


@pytest.mark.parametrize("text", ["infinity", "0044-03-15 12:00:00+00 BC"])
def test_what_no_calendar_of_ours_has_is_refused_as_before(text):
    with pytest.raises(DataError):
        read(text)
