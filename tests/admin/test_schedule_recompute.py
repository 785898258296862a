"""Recomputing the past from the admin: shown first, done when confirmed, kept on record."""

from datetime import timedelta

import pytest
from django.utils.timezone import localtime, now

from mesproject.accounts.models import Role
from production.models import Station, StationLive
from scheduling.models import PatternException, Recomputation, ShiftPattern, StationPlan
from tests.admin.one_of_each import address
from tests.admin.planning import Watched, written_down
from tests.make import make_pattern, make_station, make_user

PAGE = "/admin/scheduling/recomputation/recompute/"
DAY = timedelta(days=1)


@pytest.fixture
def station(company):
    station = make_station("M1", company=company)
    make_pattern(("Early", 360, 480), follows=station)
    return written_down(station)


@pytest.fixture
def pattern(station):
    return ShiftPattern.objects.get()


@pytest.fixture
def cancelled(pattern):
    """Two days ago, all was cancelled, which the past does not know."""
    return PatternException.objects.create(pattern=pattern, date=now().date() - 2 * DAY, action="cancelled")


def asked(**more):
    return {"since": str(localtime(now()).date() - 5 * DAY), "reason": "Forgotten holiday"} | more


def test_what_would_change_is_shown_and_nothing_is_done(admin_client, station, pattern, cancelled):
    watched = Watched(station)
    past, plan = watched.past, StationPlan.objects.values().get()
    page = admin_client.post(f"{PAGE}?pattern={pattern.pk}", asked())
    [change] = page.context["changes"]
    assert (change.station, change.more) == ("M1", -8)
    assert "Recompute the past of 1 station" in page.content.decode()
    assert (watched.past, StationPlan.objects.values().get()) == (past, plan)
    assert not Recomputation.objects.exists()
    assert not StationLive.objects.filter(dirty_from__lt=now() - DAY).exists()


@pytest.mark.parametrize("about", ["pattern", "station"])
def test_confirmed_it_is_done_and_listed(admin_client, administrator, station, pattern, cancelled, about):
    watched = Watched(station)
    past = watched.past
    row = pattern if about == "pattern" else station
    answer = admin_client.post(f"{PAGE}?{about}={row.pk}", asked(confirm="1"))
    kept = Recomputation.objects.get()
    assert answer["Location"] == address(Recomputation, "change", kept.pk)
    assert watched.past == past - 8
    assert (kept.asked_by, kept.reason) == (administrator.username, "Forgotten holiday")
    page = admin_client.get(answer["Location"]).content.decode()
    assert "<td>-8.0</td>" in page
    assert "Forgotten holiday" in admin_client.get(address(Recomputation, "changelist")).content.decode()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"since": "1999-01-01"}, "Choose a day of the last two years."),
        ({"since": "2199-01-01"}, "Choose a day of the last two years."),
        ({"since": "x"}, "Enter a valid date."),
        ({"reason": ""}, "This field is required."),
    ],
)
def test_without_a_day_and_a_reason_nothing_is_done(admin_client, pattern, cancelled, said, sentence):
    page = admin_client.post(f"{PAGE}?pattern={pattern.pk}", asked(confirm="1", **said))
    assert sentence in page.content.decode()
    assert not Recomputation.objects.exists()


@pytest.mark.parametrize("role", [Role.READ_ONLY, Role.SUPERVISOR])
def test_who_may_not_change_patterns_may_not_recompute(client, company, pattern, role):
    client.force_login(make_user(role, company=company))
    assert client.get(f"{PAGE}?pattern={pattern.pk}").status_code == 403
    assert client.post(f"{PAGE}?pattern={pattern.pk}", asked(confirm="1")).status_code == 403


def test_another_companys_patterns_and_stations_are_not_there(admin_client):
    theirs = make_station()
    pattern = make_pattern(follows=theirs)
    for query in (f"pattern={pattern.pk}", f"station={theirs.pk}", "", "pattern=x"):
        assert admin_client.post(f"{PAGE}?{query}", asked(confirm="1")).status_code == 404
    assert not Recomputation.objects.exists()


def test_the_pages_of_a_pattern_and_a_station_lead_there(admin_client, station, pattern):
    for row in (station, pattern):
        page = admin_client.get(address(type(row), "change", row.pk)).content.decode()
        assert f"{PAGE}?{'station' if isinstance(row, Station) else 'pattern'}={row.pk}" in page
