"""The one door: what it stores, what it refuses, and that nothing is stored twice."""

import json
from datetime import timedelta

import pytest
from django.db import connection

from production.ingest import Delivery, Parcel, Verdict, record
from production.messages import Message, NotUnderstood, decode
from production.models import QuarantinedMessage, Signal, StationLive
from tests.make import NOON, make_station

pytestmark = pytest.mark.django_db


def make_parcel(station, payload, **kwargs):
    message = payload if isinstance(payload, Message) else decode(json.dumps(payload).encode())
    return Parcel(station.company_id, station.code, message, "mqtt", topic="t", **kwargs)


def send(station, *payloads, at=NOON, **kwargs):
    parcels = [make_parcel(station, payload, **kwargs) for payload in payloads]
    return [outcome.verdict for outcome in record(parcels, received_at=at, quarantine=True)]


def test_a_signal_is_stored_with_all_it_says():
    station = make_station()
    send(
        station,
        {
            "timestamp": "2026-03-11T11:59:00+00:00",
            "production_complete": 2.5,
            "production_complete_bad": 1,
            "production_count_good": 100,
            "production_count_bad": 4,
            "productive": 1,
            "line_speed": 12.5,
            "electrical_kwh": 15774.45,
            "electrical_kwh_interval": 0.25,
            "rssi": -71,
            "error_code": "E17",
            "available": True,
            "program": "O1234",
        },
    )
    signal = Signal.objects.get(station=station)
    assert signal.at == NOON - timedelta(minutes=1)
    assert (signal.good, signal.bad, signal.good_total, signal.bad_total) == (2.5, 1, 100, 4)
    assert (signal.productive, signal.speed, signal.kwh_total, signal.kwh) == (True, 12.5, 15774.45, 0.25)
    assert (signal.rssi, signal.error_code, signal.available, signal.program) == (-71, "E17", True, "O1234")


def test_the_live_row_moves_in_the_same_transaction():
    station = make_station()
    send(station, {"production_complete": 1, "rssi": -60})
    live = StationLive.objects.get(station=station)
    assert live.last_output_at == live.last_seen_at == NOON
    assert (live.rssi, live.version) == (-60, 1)
    assert live.deadline == NOON  # never looked at before: the tick must look


@pytest.mark.parametrize(
    "payload",
    [
        {"timestamp": "2026-03-11T11:00:00Z", "production_complete": 1},
        {"id": "a-1", "production_complete": 1},
        {"boot": "b", "seq": 7, "production_complete": 1},
        {"boot": "b", "seq": 7, "timestamp": "2026-03-11T11:00:00Z", "production_complete": 1},
        {"timestamp": "2026-03-11T13:00:00Z", "production_complete": 1},  # an hour ahead
    ],
    ids=["time", "id", "seq", "seq and time", "skewed"],
)
def test_the_same_message_again_changes_nothing(payload):
    station = make_station()
    assert send(station, payload) == [Verdict.STORED]
    before = StationLive.objects.values().get(station=station)
    assert send(station, payload, payload, at=NOON + timedelta(seconds=9)) == [Verdict.DUPLICATE] * 2
    assert StationLive.objects.values().get(station=station) == before
    assert Signal.objects.count() == 1


def test_the_same_message_twice_in_one_batch_is_stored_once():
    station = make_station()
    payload = {"id": "a-1", "production_complete": 1}
    assert send(station, payload, payload) == [Verdict.STORED, Verdict.DUPLICATE]


def test_two_different_messages_of_one_instant_are_both_stored():
    station = make_station()
    at = "2026-03-11T11:00:00Z"
    send(station, {"timestamp": at, "productive": 1}, {"timestamp": at, "production_complete": 1})
    assert Signal.objects.count() == 2


def test_messages_without_time_and_key_are_told_apart_by_their_delivery():
    station, one = make_station(), {"production_complete": 1}
    first, second = Delivery("s", 1, False), Delivery("s", 2, False)
    assert send(station, one, delivery=first) == [Verdict.STORED]
    assert send(station, one, delivery=second) == [Verdict.STORED]
    assert send(station, one, delivery=Delivery("s", 2, True)) == [Verdict.DUPLICATE]
    assert send(station, one, delivery=Delivery("s", 2, False)) == [Verdict.STORED]  # the id is free again
    assert send(station, one, delivery=Delivery("s", 3, True)) == [Verdict.STORED]  # sent again, never stored


def test_seq_is_counted_anew_after_a_boot_and_by_each_sender():
    station = make_station()
    one = {"boot": "1", "seq": 7, "production_complete": 1}
    assert send(station, one, {**one, "boot": "2"}) == [Verdict.STORED] * 2
    assert send(station, one, sender="other") == [Verdict.STORED]


@pytest.mark.parametrize("when", ["1970-01-01T00:00:00Z", "2106-02-07T06:28:15Z"])
def test_an_impossible_time_is_kept_in_quarantine_with_its_reason(when):
    station = make_station()
    assert send(station, {"timestamp": when, "production_complete": 1}) == [Verdict.REFUSED]
    kept = QuarantinedMessage.objects.of(station.company_id).get()
    assert kept.code == "bad_time"
    assert "Set the clock" in kept.reason
    assert not Signal.objects.exists()


def test_a_clock_that_was_never_set_gives_no_station_years_it_never_had():
    station, dead = make_station(), {"timestamp": "2001-01-01T00:00:07Z", "production_complete": 1}
    edge = {"timestamp": (NOON - timedelta(days=400)).isoformat(), "production_complete": 1}
    assert send(station, dead, edge) == [Verdict.REFUSED, Verdict.STORED]
    kept = QuarantinedMessage.objects.get()
    assert (kept.code, '"recorded": true' in kept.reason) == ("bad_time", True)
    assert StationLive.objects.get().last_seen_at == NOON - timedelta(days=400)


def test_a_recording_may_be_as_old_as_it_says():
    station = make_station()
    said = {"timestamp": "2001-01-01T00:00:07Z", "production_complete": 1, "recorded": True}
    assert send(station, said, said) == [Verdict.STORED, Verdict.DUPLICATE]
    assert send(station, {"recorded": True, "rssi": -60}) == [Verdict.STORED]  # a word too much does no harm


def test_a_clock_that_runs_ahead_is_replaced_by_the_time_of_arrival():
    station = make_station()
    parcel = make_parcel(station, {"timestamp": "2026-03-11T13:00:00Z", "productive": 1})
    [outcome] = record([parcel], received_at=NOON, quarantine=False)
    assert outcome.verdict is Verdict.STORED
    assert "1:00:00 ahead" in outcome.reason
    assert Signal.objects.get().at == NOON


@pytest.mark.parametrize("key", [{}, {"boot": "b", "seq": 7}], ids=["time", "seq"])
def test_what_was_stored_when_its_clock_was_ahead_is_known_again_when_that_time_has_come(key):
    station, late = make_station(), NOON + timedelta(hours=2)
    said = {"timestamp": "2026-03-11T13:00:00Z", "production_complete": 1, **key}
    assert send(station, said) == [Verdict.STORED]
    assert send(station, said, at=late) == [Verdict.DUPLICATE]
    other = said | {"timestamp": "2026-03-11T13:00:01Z"}
    assert send(station, other, at=late) == [Verdict.STORED]
    assert Signal.objects.count() == 2


def test_nonsense_is_kept_once_and_does_not_harm_its_neighbours():
    station = make_station()
    bad = Parcel(station.company_id, station.code, NotUnderstood("bad_json", "no"), "mqtt", "t", b"{\x00")
    lost = Parcel(station.company_id, "gone", Message(good=1), "mqtt", "t", b"{}")
    nobody = Parcel(None, station.code, Message(good=1), "mqtt", "t", b"{}")
    good = make_parcel(station, {"production_complete": 1})
    for _ in range(2):
        outcomes = record([bad, lost, good, nobody], received_at=NOON, quarantine=True)
        assert [o.verdict.value for o in outcomes] == ["refused", "refused", "stored", "refused"]
    assert set(QuarantinedMessage.objects.values_list("code", "times", "company")) == {
        ("bad_json", 2, station.company_id),
        ("unknown_company", 2, None),
        ("unknown_station", 2, station.company_id),
    }


def test_a_running_count_is_output_where_it_grows():
    station, outputs = make_station(), []
    for minute, total in enumerate([1909, 1910, 1910, 1913]):
        send(station, {"production_count": total}, at=NOON + timedelta(minutes=minute))
        outputs.append(StationLive.objects.get(station=station).last_output_at)
    assert outputs == [None, *(NOON + timedelta(minutes=minute) for minute in (1, 1, 3))]


def test_a_late_signal_marks_its_station_dirty_from_its_instant():
    station = make_station()
    send(station, {"production_complete": 1})
    send(
        station,
        {"timestamp": "2026-03-11T10:00:00Z", "production_complete": 1},
        at=NOON + timedelta(minutes=1),
    )
    live = StationLive.objects.get(station=station)
    assert live.dirty_from == NOON - timedelta(hours=2)
    assert live.last_output_at == NOON


def test_a_batch_costs_the_same_queries_however_large(django_assert_num_queries):
    station = make_station()
    send(station, {"production_complete": 1})

    def batch(size):
        return [make_parcel(station, {"id": f"{size}-{n}", "production_complete": 1}) for n in range(size)]

    with django_assert_num_queries(9):
        record(batch(2), received_at=NOON, quarantine=True)
    with django_assert_num_queries(9):
        record(batch(500), received_at=NOON, quarantine=True)


def test_a_number_that_is_none_can_not_be_stored_by_any_way():
    from django.db.utils import IntegrityError

    from production import partitions

    station = make_station()
    partitions.ensure([(NOON.year, NOON.month)])
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO production_signal (station_id, at, key, received_at, good) VALUES (%s, %s, 1, %s, 'NaN')",
            [station.pk, NOON, NOON],
        )
