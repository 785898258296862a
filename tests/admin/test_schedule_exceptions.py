"""Exceptions in the admin: the shift of a date is chosen, not typed, and plans follow."""

from datetime import date, timedelta

import pytest
from django.utils.timezone import localtime, now

from mesproject.accounts.models import Role
from production.models import Station
from scheduling.models import PatternException, ShiftPattern
from tests.admin.one_of_each import address
from tests.admin.planning import Watched, written_down
from tests.admin.posting import errors_of, fields_of, send
from tests.make import make_pattern, make_station, make_user

ADD = address(PatternException, "add")
SHIFTS = "/admin/scheduling/patternexception/shifts/"
MONDAY = date(2027, 3, 1)
SOON = now().date() + timedelta(days=3)


@pytest.fixture
def pattern(company):
    return make_pattern(("Early", 360, 480), ("Late", 840, 480), company=company)


@pytest.fixture
def station(company, pattern):
    station = make_station(company=company)
    pattern.assignments.create(station=station, valid_from="2020-01-01")
    return station


def whom(row):
    return f"{'station' if isinstance(row, Station) else 'pattern'}:{row.pk}"


def enter(client, about, /, **said):
    new = {"subject": whom(about), "date": SOON.isoformat(), "attendance": "attended"} | said
    return send(client, ADD, new)


def row():
    return PatternException.objects.values_list("replaces", "start_minute", "minutes", "to_date").get()


@pytest.mark.parametrize("of_station", [True, False])
@pytest.mark.parametrize(
    ("said", "stored", "more"),
    [
        ({"action": "extra", "name": "Special", "begins": "22:00", "ends": "02:00"}, (None, 1320, 240, None), 4),
        ({"action": "cancelled", "shift": "840"}, (840, None, None, None), -8),
        ({"action": "cancelled"}, (None, None, None, None), -16),
        ({"action": "moved", "shift": "840", "begins": "15:00"}, (840, 900, 480, None), 0),
        ({"action": "moved", "shift": "840", "begins": "16:00", "ends": "20:00"}, (840, 960, 240, None), -4),
        ({"action": "overtime", "shift": "840", "ends": "00:00"}, (840, 840, 600, None), 2),
        ({"action": "overtime", "shift": "360", "begins": "04:00"}, (360, 240, 600, None), 2),
    ],
)  # fmt: skip
def test_an_exception_of_a_date_moves_the_plan_of_that_date(
    admin_client, pattern, station, of_station, said, stored, more
):
    watched = Watched(written_down(station))
    past, future = watched.past, watched.future
    assert enter(admin_client, station if of_station else pattern, **said).status_code == 302
    assert row() == stored
    assert (watched.past, watched.future) == (past, future + more)


def test_a_shift_moves_to_another_date(admin_client, pattern, station):
    enter(admin_client, pattern, action="moved", shift="360", begins="22:00", to_date="2027-03-06")
    assert row() == (360, 1320, 480, date(2027, 3, 6))


def test_an_exception_that_is_deleted_is_undone(admin_client, pattern, station):
    watched = Watched(written_down(station))
    future = watched.future
    enter(admin_client, pattern, action="cancelled")
    admin_client.post(address(PatternException, "delete", PatternException.objects.get().pk), {"post": "yes"})
    assert watched.future == future


def test_one_of_a_past_date_moves_nothing_and_says_so(admin_client, pattern, station):
    watched = Watched(written_down(station))
    past = watched.past
    yesterday = localtime(now()).date() - timedelta(days=1)
    send(admin_client, ADD, {"subject": whom(pattern), "date": yesterday.isoformat(), "action": "cancelled"})
    assert watched.past == past
    assert "Recompute the past" in admin_client.get("/admin/").content.decode()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"action": "extra", "begins": "06:00", "ends": "08:00"}, "Give the shift a name."),
        ({"action": "extra", "name": "X", "begins": "06:00"}, "Say when it begins and ends."),
        ({"action": "extra", "name": "X", "begins": "06:01", "ends": "07:00"}, "Use steps of five minutes."),
        ({"action": "moved", "begins": "06:00"}, "Choose the shift."),
        ({"action": "moved", "shift": "360"}, "Say when it begins or ends instead."),
        ({"action": "cancelled", "shift": "365"},
         "Select a valid choice. 365 is not one of the available choices."),
        ({"action": "cancelled", "date": "2026-05-32"}, "Enter a valid date."),
        ({"action": "cancelled", "subject": ""}, "This field is required."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(admin_client, pattern, said, sentence):
    assert sentence in errors_of(enter(admin_client, pattern, **said))
    assert not PatternException.objects.exists()


def test_the_shifts_of_the_date_are_offered(admin_client, pattern):
    pattern.shifts.filter(day=0, start_minute=840).delete()
    page = admin_client.post(SHIFTS, {"subject": whom(pattern), "date": "2027-03-01"}).content.decode()
    assert "Early 06:00–14:00" in page
    assert "Late" not in page
    page = admin_client.post(SHIFTS, {"subject": whom(pattern), "date": "2027-03-02"}).content.decode()
    assert "Late 14:00–22:00" in page


def test_without_a_script_a_button_shows_the_shifts_and_saves_nothing(admin_client, pattern):
    answer = enter(admin_client, pattern, action="cancelled", _shifts="1")
    assert "Late 14:00–22:00" in answer.content.decode()
    assert "errornote" not in answer.content.decode()
    assert not PatternException.objects.exists()


def test_a_station_is_offered_the_shifts_of_the_pattern_it_follows_then(admin_client, station, company):
    other = make_pattern(("Night", 1320, 480), company=company)
    other.assignments.create(station=station, valid_from=MONDAY)
    page = admin_client.post(SHIFTS, {"subject": whom(station), "date": "2027-03-01"}).content.decode()
    assert "Night 22:00–06:00" in page
    assert "Early" not in page


def test_another_companys_shifts_are_not_shown(admin_client):
    theirs = make_pattern(("Secret", 360, 480))
    page = admin_client.post(SHIFTS, {"subject": whom(theirs), "date": "2027-03-01"}).content.decode()
    assert "Secret" not in page
    assert "Secret" not in admin_client.get(f"{ADD}?subject={whom(theirs)}").content.decode()
    assert errors_of(enter(admin_client, theirs, action="cancelled"))[0].startswith("Select a valid choice.")


def test_an_exception_is_opened_as_it_was_entered(admin_client, pattern):
    enter(admin_client, pattern, action="overtime", shift="840", ends="23:30")
    page = address(PatternException, "change", PatternException.objects.get().pk)
    fields = fields_of(admin_client.get(page))
    assert (fields["shift"], fields["begins"], fields["ends"]) == ("840", "14:00:00", "23:30:00")
    before = row()
    assert send(admin_client, page, {}).status_code == 302
    assert row() == before


def test_a_pattern_and_a_station_show_what_is_coming(admin_client, pattern, station):
    enter(admin_client, pattern, action="cancelled", shift="360", reason="Stocktaking")
    enter(admin_client, station, action="cancelled", reason="Fair")
    of_pattern = admin_client.get(address(ShiftPattern, "change", pattern.pk)).content.decode()
    of_station = admin_client.get(address(Station, "change", station.pk)).content.decode()
    assert "the shift of 06:00 does not take place" in of_pattern
    assert "Stocktaking" in of_pattern
    assert "Fair" in of_station
    assert f"{ADD}?subject=station%3A{station.pk}" in of_station


def test_who_may_only_look_reads_the_sentence(client, pattern, company):
    row = PatternException.objects.create(pattern=pattern, date=SOON, action="cancelled", replaces=360)
    client.force_login(make_user(Role.READ_ONLY, company=company))
    page = client.get(address(PatternException, "change", row.pk)).content.decode()
    assert "the shift of 06:00 does not take place" in page


def test_nonsense_is_an_answer_too(admin_client):
    for sent in ({}, {"subject": "pattern:\x00", "date": "2026-99-99"}, {"subject": "x:1", "date": "\x00"}):
        assert admin_client.post(SHIFTS, sent).status_code == 200
