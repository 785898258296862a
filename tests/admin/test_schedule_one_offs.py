"""One-off events in the admin: planned for stations, groups or patterns, ended early, taken back."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from production.models import Station, StationLive
from scheduling.models import EventInstance, Recomputation
from tests.admin.one_of_each import address
from tests.admin.planning import Watched, hours, written_down
from tests.admin.posting import errors_of, fields_of, send
from tests.make import make_event, make_group, make_pattern, make_plant, make_station

ADD, LIST = address(EventInstance, "add"), address(EventInstance, "changelist")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOON = {"begin_date": "2027-03-01", "begin_time": "08:00", "end_date": "2027-03-01", "end_time": "12:00"}


@pytest.fixture
def event(company):
    return make_event(company=company, name="Bearings", event_type="maintenance")


@pytest.fixture
def station(company):
    station = make_station("M1", company=company)
    make_pattern(follows=station)
    return station


def plan(client, event, *where, **said):
    places = [f"{type(one).__name__.lower().removeprefix('shift').removeprefix('station') or 'station'}:{one.pk}"
              for one in where]  # fmt: skip
    return send(client, ADD, {"event": event.pk, "where": places} | SOON | said)


def times(at):
    return f"{at:%Y-%m-%d}", f"{at:%H:%M}"


def from_to(begin, end):
    names = ("begin_date", "begin_time", "end_date", "end_time")
    return dict(zip(names, (*times(begin), *(times(end) if end else ("", ""))), strict=True))


def test_a_station_a_group_or_a_pattern_is_meant(admin_client, event, company):
    group = make_group(company=company)
    ours = [make_station(group=group) for _ in range(2)]
    old = make_station(group=group, archived_at=now())
    pattern = make_pattern(follows=ours[0])
    other = make_station(company=company)
    for where, expected in (((group,), ours), ((pattern,), ours[:1]), ((other, pattern), [other, ours[0]])):
        assert plan(admin_client, event, *where).status_code == 302
        rows = EventInstance.objects.filter(one_off=True)
        assert {row.station for row in rows} == set(expected) - {old}
        rows.delete()


def test_times_are_on_the_clock_of_the_stations_plant(admin_client, event, company):
    make_plant("Europe/Berlin", company=company)
    station = make_station(plant=make_plant("Asia/Tokyo", company=company))
    plan(admin_client, event, station)
    row = EventInstance.objects.get()
    assert (row.start_at.hour, row.end_at.hour) == (23, 3)  # UTC
    fields = fields_of(admin_client.get(address(EventInstance, "change", row.pk)))
    assert fields["end_time"] == "12:00:00"
    assert "Mon 2027-03-01 08:00" in admin_client.get(LIST).content.decode()


def test_stations_of_different_clocks_are_refused(admin_client, event, company):
    stations = [make_station(plant=make_plant(zone, company=company)) for zone in ("Asia/Tokyo", "UTC")]
    refused = plan(admin_client, event, *stations)
    assert errors_of(refused) == ["These stations have different clocks. Enter it for each plant by itself."]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"end_time": "07:00"}, "The end is after the start, by a year at most."),
        ({"end_date": "2029-03-01"}, "The end is after the start, by a year at most."),
        ({"end_date": ""}, "Say both the day and the time, or neither."),
        ({"where": []}, "This field is required."),
        ({"where": ["station:999999"]}, "Select a valid choice. station:999999 is not one of the available choices."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(admin_client, event, station, said, sentence):
    assert sentence in errors_of(plan(admin_client, event, station, **said))
    assert not EventInstance.objects.exists()


def test_another_companys_station_is_not_offered_nor_accepted(admin_client, event):
    theirs = make_station(name="Secret press")
    assert "Secret press" not in admin_client.get(ADD).content.decode()
    assert errors_of(plan(admin_client, event, theirs))[0].startswith("Select a valid choice.")


def test_what_is_planned_ahead_shortens_the_future_only(admin_client, event, station):
    watched = Watched(written_down(station))
    past, future = watched.past, watched.future
    begin = now() + 3 * DAY
    plan(admin_client, event, station, **from_to(begin, begin + 4 * HOUR))
    assert (watched.past, watched.future) == (past, future - 4)
    assert not Recomputation.objects.exists()


def test_what_is_entered_for_the_past_is_accounted_for(admin_client, administrator, event, station):
    watched = Watched(written_down(station))
    past = watched.past
    begin = (now() - 2 * DAY).replace(second=0, microsecond=0)
    plan(admin_client, event, station, **from_to(begin, begin + 4 * HOUR))
    assert watched.past == past - 4
    row = Recomputation.objects.get()
    assert (row.asked_by, row.since) == (administrator.username, begin)
    change = row.changed["M1"]
    assert change["before_ms"] - change["after_ms"] == 4 * 3_600_000
    assert StationLive.objects.get(station=station).dirty_from <= begin


def test_one_that_is_under_way_is_ended_early(admin_client, event, station):
    written_down(station)
    begin = now() - HOUR
    plan(admin_client, event, station, **from_to(begin, None))
    before = hours(station, now(), now() + DAY)
    admin_client.post(LIST, {"action": "end_early", "_selected_action": [EventInstance.objects.get().pk]})
    assert (before, round(hours(station, now(), now() + DAY), 2)) == (0, 24)
    assert EventInstance.objects.get().end_at is not None


def test_its_end_can_be_changed(admin_client, event, station):
    plan(admin_client, event, station)
    row = EventInstance.objects.get()
    page = address(EventInstance, "change", row.pk)
    assert send(admin_client, page, {"end_time": "14:00"}).status_code == 302
    assert EventInstance.objects.get().end_at == row.end_at + 2 * HOUR
    send(admin_client, page, {"end_date": "", "end_time": ""})
    assert EventInstance.objects.get().end_at is None
    assert not Recomputation.objects.exists()


@pytest.mark.parametrize("by_action", [True, False])
def test_one_that_is_deleted_was_never_there(admin_client, event, station, by_action):
    watched = Watched(written_down(station))
    past = watched.past
    plan(admin_client, event, station, **from_to(now() - 2 * DAY, now() + 4 * HOUR))
    pk = EventInstance.objects.get().pk
    if by_action:
        chosen = {"action": "delete_selected", "_selected_action": [pk], "post": "yes"}
        admin_client.post(LIST, chosen)
    else:
        admin_client.post(address(EventInstance, "delete", pk), {"post": "yes"})
    assert watched.past == past
    assert Recomputation.objects.latest("asked_at").reason == "“Bearings” was taken back."


def test_the_list_holds_what_was_entered_and_not_over(admin_client, event, station, company):
    written_down(station)
    plan(admin_client, event, station, **from_to(now() - 2 * DAY, now() - DAY))
    plan(admin_client, event, station)
    shown = {
        name: admin_client.get(f"{LIST}?when={name}").context["cl"].queryset.count()
        for name in ("over", "all")
    }
    assert shown == {"over": 1, "all": 2}
    assert admin_client.get(LIST).context["cl"].queryset.count() == 1


def test_stations_ticked_in_their_list_are_chosen_on_the_page(admin_client, station):
    chosen = {"action": "plan_maintenance", "_selected_action": [station.pk]}
    answer = admin_client.post(address(Station, "changelist"), chosen)
    assert answer["Location"] == f"{ADD}?where=station%3A{station.pk}"
    assert fields_of(admin_client.get(answer["Location"]))["where"] == f"station:{station.pk}"


def test_a_station_shows_what_is_coming(admin_client, event, station):
    plan(admin_client, event, station)
    page = admin_client.get(address(Station, "change", station.pk)).content.decode()
    assert "Mon 2027-03-01 08:00" in page
