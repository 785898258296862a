"""manage.py rebuild: everything anew from the signals, and not a bit of it different."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils.timezone import now

from downtime.models import Issue, Slice
from mesproject.reports.models import FactMark
from mesproject.reports.rebuilding import mark, step
from production.models import StationLive
from tests.make import make_pattern, make_station
from tests.reports.histories import history, settle
from tests.reports.test_facts import say
from tests.reports.test_promises import FACTS, stored

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def everything():
    """Slices with what is remembered in them, the boundaries of stops, and facts."""
    slices = sorted(Slice.objects.values_list("station", "start", "end", "state", "silent_since", "carry"))
    stops = sorted(Issue.objects.valid().values_list("station", "silent_since", "started_at", "ended_at"))
    return slices, stops, stored()


def rebuild(one, **how):
    ids = mark(one.as_they_are(), since=how.get("since"), now=one.end)
    for _ in range(how.get("steps", 1000)):
        left = step(ids, now=one.end)
        if not left.to_decide and not left.to_sum:
            return left
    return left


@pytest.mark.parametrize("seed", range(40, 46))
def test_rows_are_the_same_bit_by_bit(seed):
    with history(seed) as one:
        before = everything()
        rebuild(one)
        assert everything() == before


def test_what_was_lost_or_spoilt_is_made_again():
    with history(47) as one:
        before = everything()
        stations = [s.pk for s in one.as_they_are() if not s.archived_at]
        Slice.objects.filter(station__in=stations, state="stopped", end__isnull=False).update(state="running")
        for fact in FACTS:
            fact.objects.filter(station__in=stations).delete()
        rebuild(one)
        assert everything() == before


def test_it_may_be_ended_anywhere_and_the_tick_goes_on():
    with history(48) as one:
        before = everything()
        rebuild(one, steps=1)
        settle(now=one.end)
        assert everything() == before
        assert not StationLive.objects.exclude(dirty_from=None, sums_from=None).exists()


def test_a_part_of_the_past_is_made_anew_alone():
    with history(49) as one:
        before, since = everything(), one.begin + (one.end - one.begin) / 2
        ids = mark(one.as_they_are(), since=since, now=one.end)
        assert set(StationLive.objects.filter(station__in=ids).values_list("sums_from", flat=True)) == {since}
        settle(now=one.end)
        assert everything() == before


def test_the_command_says_what_it_does_and_when_it_is_done():
    station, silent = make_station(), make_station(code="SILENT")
    make_pattern(("All", 0, 1440), follows=station)
    begun = now() - timedelta(days=3)
    say(station, *(begun + minute * MINUTE for minute in range(0, 600, 10)), good=1.0)
    out = StringIO()
    call_command("rebuild", stdout=out)
    assert "1 of 2 stations have signals and are made anew." in out.getvalue()
    assert "Done in" in out.getvalue()
    assert Slice.objects.filter(station=station).exists()
    assert [row.station_id for row in FactMark.objects.all()] == [station.pk]
    out = StringIO()
    call_command("rebuild", station=silent.code, stdout=out)
    assert "0 of 1" in out.getvalue()


@pytest.mark.parametrize(
    "wrong", [{"station": "NONE"}, {"plant": "NONE"}, {"since": "yesterday"}, {"since": "2026-03-01"}]
)
def test_what_it_cannot_understand_is_said(wrong):
    make_station()
    with pytest.raises(CommandError):
        call_command("rebuild", **wrong)
