"""Notes to the next shift, and badges: what the server makes of them."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils.timezone import now

from mesproject.boards.handover import handed_over, notes_to_read
from production.models import ShiftNote, SignOn
from production.windows import Window
from scheduling.calendar import Shift
from tests.make import NOON, make_company, make_operator, make_shift_note, make_sign_on, make_station
from tests.screens import SCRIPT, enrolled, person

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def station():
    return make_station()


@pytest.fixture
def tablet(station):
    return enrolled(station.company)


def notes_of(station):
    return f"/notes/of/{station.uuid}/"


def leave(client, station, text, **headers):
    return client.post(notes_of(station), {"key": uuid.uuid4(), "text": text}, headers={**SCRIPT, **headers})


def test_whose_note_it_is_and_when_is_kept(station, tablet):
    ann = make_operator(company=station.company, initials="ANN")
    make_sign_on(station, ann, started_at=now() - HOUR)
    assert leave(tablet, station, "  Watch the bearing ").status_code == 200
    note = ShiftNote.objects.get()
    assert (note.text, note.by, note.read_at) == ("Watch the bearing", "ANN", None)
    assert now() - note.written_at < HOUR


@pytest.mark.parametrize("text", ["", "   ", "x" * 501])
def test_what_says_nothing_or_too_much_is_refused_with_a_sentence(station, tablet, text):
    answer = leave(tablet, station, text)
    assert answer.status_code == 422
    assert b'class="problem"' in answer.content
    assert not ShiftNote.objects.exists()


def test_the_same_note_twice_is_one_and_it_is_read_once(station, tablet):
    sent = {"key": uuid.uuid4(), "text": "Box 12 is empty"}
    for _ in range(2):
        tablet.post(notes_of(station), sent, headers=SCRIPT)
    note = ShiftNote.objects.get()
    assert note.read(at=note.written_at + HOUR, operator=None, user=None)
    assert not note.read(at=note.written_at + 2 * HOUR, operator=None, user=None)
    note.refresh_from_db()
    assert note.read_at == note.written_at + HOUR


def test_an_entry_that_was_given_without_network_has_its_own_time(station, tablet):
    device = station.company.devices.get()
    given = int((now() - HOUR).timestamp() * 1000)
    headers = {
        "X-Entry-Key": str(uuid.uuid4()),
        "X-Entry-At": str(given),
        "X-Entry-By": f"device-{device.pk}",
    }
    for _ in range(2):
        assert tablet.post(notes_of(station), {"text": "Late"}, headers=headers)["X-Entry"] == "stored"
    assert int(ShiftNote.objects.get().written_at.timestamp() * 1000) == given


def test_who_only_looks_writes_nothing(station):
    assert leave(person(station.company, "read_only"), station, "No").status_code == 403


def test_a_note_of_another_station_is_not_there(station, tablet):
    theirs = make_shift_note()
    assert tablet.post(notes_of(station), {"read": theirs.key}, headers=SCRIPT).status_code == 404
    assert notes_to_read(station) == []


@pytest.mark.parametrize(
    ("written", "at", "shown"),
    [
        (-1, 4, True),  # in the shift before
        (1, 4, False),  # in this one
        (1, 9, True),  # in one that is over: whoever comes is the next
        (8.5, 9, False),  # after it
    ],
)
def test_a_note_is_for_whoever_comes_after_the_shift_in_which_it_was_written(station, written, at, shown):
    shift = Shift("Early", Window(NOON, NOON + 8 * HOUR), NOON.date())
    make_shift_note(station, written_at=NOON + written * HOUR)
    assert bool(handed_over(notes_to_read(station), shift, now=NOON + at * HOUR)) is shown


def test_where_no_shift_is_known_every_note_is_shown(station):
    note = make_shift_note(station)
    assert handed_over(notes_to_read(station), None, now=now()) == [note]


class TestBadges:
    def sign_on(self, client, station, badge):
        return client.post(f"/operator/{station.uuid}/", {"badge": badge}, headers=SCRIPT)

    @pytest.mark.parametrize("typed", ["0047", " 0047 ", "ann", "ANN"])
    def test_a_badge_or_initials_sign_on(self, station, tablet, typed):
        make_operator(company=station.company, initials="ANN", badge="0047")
        assert self.sign_on(tablet, station, typed).status_code == 200
        assert str(SignOn.objects.get().operator) == "ANN"

    @pytest.mark.parametrize("typed", ["", " ", "47", "BOB", "0048", "%"])
    def test_a_badge_of_nobody_here_signs_nobody_on(self, station, tablet, typed):
        make_operator(company=station.company, initials="ANN", badge="0047")
        make_operator(company=station.company, initials="BOB", badge="4711", archived_at=now())
        make_operator(company=make_company(), initials="EVE", badge="0048")
        assert self.sign_on(tablet, station, typed).status_code == 422
        assert not SignOn.objects.exists()

    def test_two_people_have_not_the_same_badge_and_many_have_none(self, station):
        for initials in ("A", "B"):
            make_operator(company=station.company, initials=initials)
        make_operator(company=station.company, initials="C", badge="1").full_clean()
        twin = make_operator(company=station.company, initials="D")
        twin.badge = "1"
        with pytest.raises(ValidationError, match="Somebody else has this badge"):
            twin.full_clean()
