"""Good and bad units that operators enter where no machine counts."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils.timezone import now
from hypothesis import given
from hypothesis import strategies as st

from mesproject.accounts.middleware import DEVICE_COOKIE
from mesproject.accounts.models import Device
from mesproject.reports.asking import Question, production
from mesproject.schedule.turning import turn_over
from production.hand_counts import Amount, spread
from production.models import HandCount, Signal, Station, StationLive
from production.windows import Window
from scheduling.models import ShiftPattern
from tests.make import (
    NOON,
    make_device,
    make_event_assignment,
    make_hand_count,
    make_job_run,
    make_operator,
    make_pattern,
    make_sign_on,
    make_sku,
    make_station,
)
from tests.reports.test_facts import settle

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def station():
    """In the middle of a shift, at whatever time of the day."""
    station, began = make_station("M1", counted_by_hand=True), now() - 12 * HOUR
    make_pattern(("Day", began.hour * 60 + began.minute, 24 * 60), follows=station)
    return station


@pytest.fixture
def enter(client, station):
    """What the tablet answers to an entry, or to a look."""
    client.cookies[DEVICE_COOKIE] = make_device("tablet", company=station.company)[1]

    def entered(query="", *, htmx=True, **said):
        address, headers = (
            f"/schedule/of/{station.uuid}/counts/{query}",
            {"HX-Request": "true"} if htmx else {},
        )
        if not said:
            return client.get(address, headers=headers)
        if "undo" not in said:
            said = {"key": str(uuid4()), "over": "since"} | said
        return client.post(address, said, headers=headers)

    return entered


def sums(station, start, end, by="machine"):
    """Good and bad as every report tells them."""
    rows = Station.objects.in_place().filter(pk=station.pk)
    asked = Question(list(rows), Window(start, end), (by,), now=end)
    return {key: (m.good, m.bad) for (key,), m in production(asked)}


def test_an_entry_counts_everywhere_and_its_units_lie_where_they_were_made(station, enter):
    at = now()
    run = make_job_run(
        station, actual_start=at - 2 * HOUR, sku=make_sku(company=station.company, units_per_count=12)
    )
    answer = enter(good=119, bad=1)
    assert (answer.status_code, answer["HX-Trigger"]) == (200, "changed")
    assert "119 good, 1 bad" in answer.content.decode()
    settle(now=now())
    assert sums(station, at - 3 * HOUR, now(), "run")[run.pk] == (119, 1)
    assert sums(station, at - 2 * HOUR, at - HOUR)[station.pk][0] == pytest.approx(60, abs=1)


def test_units_are_spread_over_the_time_in_which_people_work(station, enter):
    ten = (now() - HOUR).replace(second=0, microsecond=0)
    tea = f"DTSTART:{ten:%Y%m%dT%H%M%S}\nRRULE:FREQ=DAILY"
    make_event_assignment(ShiftPattern.objects.get(), tea, minutes=30, name="Tea")
    make_job_run(station, actual_start=ten - HOUR)
    enter(good=300)
    assert not Signal.objects.filter(at__gte=ten, at__lt=ten + 30 * MINUTE).exists()
    assert sum(Signal.objects.values_list("good", flat=True)) == 300


def test_the_same_tap_again_counts_once(station, enter):
    key = str(uuid4())
    for _ in range(3):
        assert enter(key=key, good=5).status_code == 200
    assert HandCount.objects.get().good == 5
    assert sum(Signal.objects.values_list("good", flat=True)) == 5


def test_what_was_entered_without_network_counts_at_its_own_time(client, station, enter):
    make_job_run(station, actual_start=now() - 3 * HOUR)
    device, given = Device.objects.get(), now() - HOUR
    for key in (uuid4(), uuid4()):
        headers = {
            "X-Entry-Key": str(key), "X-Entry-At": str(int(given.timestamp() * 1000)),
            "X-Entry-By": f"device-{device.pk}",
        }  # fmt: skip
        # The same form again: it stayed on the screen, as nothing came back.
        said = {"key": str(UUID(int=1)), "over": "since", "good": 7}
        for _ in range(2):
            answer = client.post(f"/schedule/of/{station.uuid}/counts/", said, headers=headers)
            assert answer["X-Entry"] == "stored"
    assert HandCount.objects.count() == 2
    assert abs(HandCount.objects.earliest("pk").ended_at - given) < timedelta(seconds=1)
    assert sum(Signal.objects.values_list("good", flat=True)) == 14


def test_a_slip_is_taken_back_and_stays_on_record(station, enter):
    at = now()
    make_job_run(station, actual_start=at - HOUR)
    enter(good=10, bad=2)
    settle(now=now())
    ann = make_operator(company=station.company, initials="ANN")
    make_sign_on(station, ann, started_at=now())
    count = HandCount.objects.get()
    for _ in range(2):
        assert enter(undo=count.key).status_code == 200
    settle(now=now())
    assert sums(station, at - 2 * HOUR, now())[station.pk] == (0, 0)
    count.refresh_from_db()
    assert (count.good, count.undone_by) == (10, "ANN")
    assert "taken back (ANN)" in enter().content.decode()


def test_a_correction_takes_the_place_and_the_time_of_what_it_corrects(station, enter):
    at = now()
    make_job_run(station, actual_start=at - HOUR)
    ann = make_operator(company=station.company, initials="ANN")
    make_sign_on(station, ann, started_at=at - HOUR)
    enter(good=100)
    first = HandCount.objects.get()
    shown = enter(f"?correct={first.key}").content.decode()
    assert 'value="100"' in shown
    assert enter(good=10, corrects=first.key).status_code == 200
    second = HandCount.objects.get(corrects=first)
    first.refresh_from_db()
    assert (second.window, str(second.operator), first.undone_by) == (first.window, "ANN", "ANN")
    settle(now=now())
    assert sums(station, at - 2 * HOUR, now())[station.pk] == (10, 0)
    again = enter(good=11, corrects=first.key)
    assert again.status_code == 409
    assert "taken this back already" in again.content.decode()
    assert HandCount.objects.counting().get() == second


def test_an_entry_tells_of_the_time_since_the_last_one_the_run_or_the_shift(station, enter):
    at = now()
    make_job_run(station, actual_start=at - 3 * HOUR)
    assert "the run began" in enter().content.decode()
    enter(good=1)
    first = HandCount.objects.get()
    assert first.started_at == at - 3 * HOUR
    enter(good=1)
    second = HandCount.objects.exclude(pk=first.pk).get()
    assert second.started_at == first.ended_at
    assert "the last entry" in enter().content.decode()
    enter(good=1, over="hour")
    enter(good=1, over="now")
    lengths = [one.window.duration for one in HandCount.objects.order_by("pk")[2:]]
    assert lengths == [HOUR, timedelta()]


def test_the_quantity_of_a_run_ends_it(station, enter):
    at = now()
    run = make_job_run(station, actual_start=at - HOUR, planned_quantity=50, ends_on_quantity=True)
    enter(good=49)
    settle(now=now())
    turn_over(now=now())
    run.refresh_from_db()
    assert run.actual_end is None
    enter(good=1, over="now")
    settle(now=now() + MINUTE)
    turn_over(now=now() + MINUTE)
    run.refresh_from_db()
    assert run.actual_end is not None


def test_silence_raises_no_stop_where_people_count(station, enter):
    make_job_run(station, actual_start=now() - 5 * HOUR)
    enter(good=5)
    later = now() + 3 * HOUR
    settle(now=later)
    assert StationLive.objects.get(station=station).status == "running"
    assert not station.issues.exists()


def test_a_wire_that_says_productive_still_tells_stops(station):
    station.detection = Station.Detection.UTILISATION
    assert not station.is_silent


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"good": 0, "bad": 0}, "how many were good or bad"),
        ({"good": -1}, "greater than or equal to 0"),
        ({"good": "nan"}, "Enter a number"),
        ({"good": 1e9}, "less than or equal to"),
        ({"good": "twelve"}, "Enter a number"),
        ({"good": 1, "key": "x"}, "valid UUID"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_stored(enter, said, words):
    answer = enter(**said)
    assert answer.status_code == 409
    assert words in answer.content.decode()
    assert not HandCount.objects.exists()
    assert not Signal.objects.exists()


def test_where_a_machine_counts_nobody_enters(station, enter):
    Station.objects.update(counted_by_hand=False)
    assert "A machine counts here" in enter().content.decode()
    assert enter(good=1).status_code == 409
    assert not Signal.objects.exists()


def test_entries_of_other_stations_are_not_there(station, enter):
    other = make_hand_count(make_station(company=station.company))
    assert enter(undo=other.key).status_code == 404
    assert enter(good=1, corrects=other.key).status_code == 404
    assert enter(undo="x").status_code == 404


@given(
    good=st.one_of(st.integers(0, 5000), st.floats(0, 5000)),
    bad=st.integers(0, 50),
    lengths=st.lists(st.integers(1, 90), min_size=1, max_size=4),
)
def test_spread_units_add_up_are_whole_and_lie_inside(good, bad, lengths):
    windows, start = [], NOON
    for length in lengths:
        windows.append(Window(start, start + length * MINUTE))
        start = windows[-1].end + 10 * MINUTE
    parts = list(spread(Amount(float(good), float(bad), windows)))
    assert sum(part[1] for part in parts) == pytest.approx(good)
    assert sum(part[2] for part in parts) == bad
    assert all(part[1] == int(part[1]) for part in parts[:-1])
    assert all(any(at in window for window in windows) for at, _, _ in parts)
    assert [at for at, _, _ in parts] == sorted({at for at, _, _ in parts})
    assert len(parts) <= sum(lengths)
