"""Feeds of the plan: what a phone reads, and who may."""

import io
import logging
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
import recurring_ical_events
from hypothesis import given
from hypothesis import strategies as st

from mesproject.accounts import secrets
from mesproject.logs import WithoutSecrets
from scheduling.feeds import text_of
from scheduling.holidays import Source, keep
from scheduling.ical import Entry, calendar, escaped, folded
from scheduling.models import CalendarFeed, PatternAssignment, PatternException
from tests.make import (
    NOON,
    make_event_assignment,
    make_group,
    make_pattern,
    make_plant,
    make_station,
)

DAY = timedelta(days=1)
STAMP = datetime(2026, 11, 21, tzinfo=UTC)


def make_feed(subject, **kwargs):
    """A feed of a plant or a station, and its token."""
    key = "plant" if hasattr(subject, "day_start") else "station"
    feed = CalendarFeed(company=subject.company, name="Ann's phone", **{key: subject}, **kwargs)
    token = feed.issue_token()
    feed.save()
    return feed, token


def make_followed_station(zone="Europe/Berlin", **kwargs):
    """Early and night shift on weekdays, a tea break, the holidays of Bavaria."""
    plant = kwargs.pop("plant", None) or make_plant(zone, name="Augsburg")
    station = make_station(plant=plant, **kwargs)
    pattern = make_pattern(("Early", 360, 480), ("Night", 1320, 480), days=range(5), follows=station)
    make_event_assignment(pattern, "DTSTART:20250101T100000\nRRULE:FREQ=DAILY", minutes=30, name="Tea")
    bavaria = Source(country="DE", subdivision="BY", language="de")
    keep(station.company, bavaria, name="Bayern", patterns=None, at=NOON)
    return station


def read(text):
    return icalendar.Calendar.from_ical(text)


def events(text, kind=None):
    found = [e for e in read(text).walk("VEVENT") if kind in (None, str(e["CATEGORIES"].cats[0]))]
    return [(str(e["SUMMARY"]), e["DTSTART"].dt, e["DTEND"].dt) for e in found]


# The text


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200), max_size=5)
)
def test_any_name_comes_back_as_it_was(names):
    entries = [Entry("shift", name, STAMP, STAMP + DAY, name) for name in names]
    text = calendar("Plant", "", entries, stamp=STAMP, domain="x")
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))
    text.decode()
    found = [str(event["SUMMARY"]) for event in read(text).walk("VEVENT")]
    assert found == names


def test_a_name_cannot_break_out_of_its_line():
    evil = "A\r\nEND:VEVENT\nBEGIN:VALARM;x,y\\z\x00\x1b"
    text = calendar("P", "", [Entry("shift", evil, STAMP, STAMP + DAY)], stamp=STAMP, domain="x")
    assert b"\r\nBEGIN:VALARM" not in text
    assert escaped("a;b,c\\d\ne") == "a\\;b\\,c\\\\d\\ne"
    [event] = read(text).walk("VEVENT")
    assert str(event["SUMMARY"]) == "A\nEND:VEVENT\nBEGIN:VALARM;x,y\\z"


def test_long_lines_are_folded_between_letters():
    line = "SUMMARY:" + "Frühschicht 早班 " * 20
    parts = folded(line).removesuffix(b"\r\n").split(b"\r\n ")
    assert len(parts) > 3
    for part in parts:
        assert len(part) <= 75
        part.decode()
    assert b"".join(parts).decode() == line


def test_ids_are_the_same_each_time_and_no_two_alike():
    same = Entry("shift", "Early", STAMP, STAMP + DAY)
    entries = [same, same, Entry("shift", "Early", STAMP + DAY, STAMP + 2 * DAY)]
    ids = [[str(e["UID"]) for e in read(calendar("P", "", entries, stamp=at, domain="x")).walk("VEVENT")]
           for at in (STAMP, STAMP + DAY)]  # fmt: skip
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 3
    other = calendar("P", "", entries, stamp=STAMP, domain="y")
    assert not {str(e["UID"]) for e in read(other).walk("VEVENT")} & set(ids[0])


# What is in it


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "UTC"])
@pytest.mark.parametrize("now", [NOON, datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 9, 20, tzinfo=UTC)])
def test_the_feed_of_a_station_is_its_plan(zone, now):
    from production.models import Station
    from production.windows import Window
    from scheduling.planned import plans

    station = make_followed_station(zone)
    feed, _ = make_feed(station)
    text = text_of(feed, now=now)
    today = datetime(now.year, now.month, now.day, tzinfo=UTC)
    within = Window(today - 31 * DAY, today + 92 * DAY)
    plan = plans(list(Station.objects.filter(pk=station.pk).in_place()), within)[station.pk]
    shifts = [(one.name, one.window.start, one.window.end) for one in plan.shifts]
    assert events(text, "shift") == shifts
    assert len(shifts) > 150
    breaks = [(e.name, e.window.start, e.window.end) for e in plan.events if e.kind == "break"]
    assert events(text, "break") == breaks


@pytest.mark.django_db
def test_another_reader_of_calendars_finds_the_same_days():
    station = make_followed_station()
    feed, _ = make_feed(station)
    found = recurring_ical_events.of(read(text_of(feed, now=STAMP))).between(
        date(2026, 12, 24), date(2026, 12, 27)
    )
    names = {str(event["SUMMARY"]) for event in found}
    assert {"Erster Weihnachtstag", "Zweiter Weihnachtstag", "Early", "Night", "Tea"} == names


@pytest.mark.django_db
def test_holidays_are_whole_days():
    feed, _ = make_feed(make_followed_station())
    assert ("Erster Weihnachtstag", date(2026, 12, 25), date(2026, 12, 26)) in events(
        text_of(feed, now=datetime(2026, 11, 21, tzinfo=UTC)), "holiday"
    )


@pytest.mark.django_db
def test_exceptions_of_a_date_are_told_on_that_day():
    station = make_followed_station()
    day = date(2026, 11, 25)
    PatternException.objects.create(
        station=station, date=day, action="cancelled", replaces=360, reason="Power cut"
    )
    feed, _ = make_feed(station)
    text = text_of(feed, now=datetime(2026, 11, 21, tzinfo=UTC))
    assert events(text, "exception") == [("Cancelled: 06:00", day, day + DAY)]
    assert day not in {start.date() for name, start, _ in events(text, "shift") if name == "Early"}
    assert "Power cut" in text.decode()


@pytest.mark.django_db
def test_a_plant_shows_each_shift_once_and_says_whose_it_is():
    plant = make_plant("Europe/Berlin", name="Augsburg")
    group = make_group(plant=plant)
    first, second = (make_station(code, group=group) for code in ("M1", "M2"))
    make_pattern(("Early", 360, 480), days=range(5), follows=group)
    other = make_station("M3", group=group)
    make_pattern(("Early", 360, 480), ("Late", 840, 480), days=range(5), follows=other)
    feed, _ = make_feed(plant)
    text = text_of(feed, now=NOON)
    assert str(read(text)["X-WR-CALNAME"]) == "Augsburg"
    starts = [start for name, start, _ in events(text, "shift") if name == "Early"]
    assert len(starts) == len(set(starts)) > 80
    late = [e for e in read(text).walk("VEVENT") if str(e["SUMMARY"]) == "Late"]
    assert {str(e["DESCRIPTION"]) for e in late} == {"M3"}
    assert first.code not in str(late)
    assert second.code not in str(late)


@pytest.mark.django_db
def test_a_plant_without_stations_has_an_empty_calendar():
    feed, _ = make_feed(make_plant())
    assert events(text_of(feed, now=NOON)) == []


@pytest.mark.django_db
def test_a_plant_s_feed_costs_the_same_number_of_queries_for_any_number_of_stations(
    django_assert_max_num_queries,
):
    plant = make_plant()
    group = make_group(plant=plant)
    make_pattern(follows=group)
    for _ in range(10):
        make_station(group=group)
    feed, _ = make_feed(plant)
    with django_assert_max_num_queries(14):
        text_of(feed, now=NOON)


# The language


def uids(text):
    return {str(event["UID"]) for event in read(text).walk("VEVENT")}


@pytest.fixture
def told_in_german(db):
    """A company that speaks German, and a station with all that words are made for."""
    station = make_followed_station()
    station.company.language = "de"
    station.company.save()
    row = {"station": station, "name": "Extra", "start_minute": 600, "minutes": 60}
    PatternException.objects.create(
        **row, date=date(2026, 11, 25), action="moved", replaces=360, reason="Audit"
    )
    PatternException.objects.create(station=station, date=date(2026, 11, 26), action="cancelled")
    return station


def test_a_feed_speaks_the_language_of_its_company_unless_it_has_one_of_its_own(client, told_in_german):
    own, none = make_feed(told_in_german, language="fr")[1], make_feed(told_in_german)[1]
    german = client.get(f"/ical/{none}.ics", headers={"Accept-Language": "pl"})
    french = client.get(f"/ical/{own}.ics")
    assert [answer["Content-Language"] for answer in (german, french)] == ["de", "fr"]
    assert [name for name, *_ in events(german.content, "exception")] == [
        "Verlegt: 06:00 → Extra 10:00", "Entfällt: alle Schichten",
    ]  # fmt: skip
    assert "Feiertage und Ausnahmen" in str(read(german.content)["X-WR-CALDESC"])
    about = {
        str(event["SUMMARY"]): str(event.get("DESCRIPTION", ""))
        for event in read(german.content).walk("VEVENT")
    }
    assert (about["Erster Weihnachtstag"], about["Tea"]) == ("Feiertag", "Pause")
    assert about["Verlegt: 06:00 → Extra 10:00"].startswith("Audit")
    assert "Annulée : toutes les équipes" in [name for name, *_ in events(french.content, "exception")]


def test_events_keep_their_ids_when_the_language_changes(client, told_in_german):
    feed, token = make_feed(told_in_german)
    said = {}
    for language in ("en", "de", "zh-hans"):
        CalendarFeed.objects.update(language=language)
        said[language] = client.get(f"/ical/{token}.ics").content
    assert uids(said["en"]) == uids(said["de"]) == uids(said["zh-hans"])
    assert len(set(said.values())) == 3
    cancelled = Entry("exception", "Cancelled: all shifts", date(2026, 11, 26), date(2026, 11, 27))
    before = calendar("P", "", [cancelled], stamp=STAMP, domain=f"station {feed.station_id}")
    assert uids(before) <= uids(said["de"])


def test_without_any_language_a_feed_speaks_english_whatever_the_phone_speaks(client, told_in_german):
    told_in_german.company.language = ""
    told_in_german.company.save()
    token = make_feed(told_in_german)[1]
    answer = client.get(f"/ical/{token}.ics", headers={"Accept-Language": "pl"})
    assert "Cancelled: all shifts" in [name for name, *_ in events(answer.content, "exception")]


def test_a_shift_without_people_and_a_long_list_of_stations_are_told_in_words_of_the_feed(
    client, told_in_german
):
    plant = told_in_german.plant
    many = [make_station(f"S{n:02}", plant=plant) for n in range(22)]
    pattern = make_pattern(("Ghost", 0, 240), days=range(5))
    pattern.shifts.update(attendance="unattended")
    for station in many:
        PatternAssignment.objects.create(pattern=pattern, station=station, valid_from=date(2026, 1, 1))
    answer = client.get(f"/ical/{make_feed(plant)[1]}.ics")
    [about] = {
        str(e["DESCRIPTION"]) for e in read(answer.content).walk("VEVENT") if str(e["SUMMARY"]) == "Ghost"
    }
    assert about.startswith("Unbesetzt\nS00, S01")
    assert about.endswith("S19 und 2 weitere")


# The address


@pytest.fixture
def link(db):
    return f"/ical/{make_feed(make_followed_station())[1]}.ics"


def test_whoever_has_the_link_may_read_it_without_a_login(client, link):
    answer = client.get(link)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "private, max-age=900"
    assert not answer.cookies
    assert events(answer.content)
    assert client.head(link).status_code == 200


def test_a_phone_that_has_it_already_is_told_so(client, link):
    etag = client.get(link)["ETag"]
    again = client.get(link, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == etag
    assert client.get(link, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_change_of_the_plan_is_another_calendar(client, link):
    etag = client.get(link)["ETag"]
    feed = CalendarFeed.objects.get()
    make_pattern(("Day", 480, 480), follows=feed.station, valid_from=date(2001, 1, 1))
    assert client.get(link)["ETag"] != etag


def test_a_revoked_link_and_one_that_never_was_are_not_there(client, link):
    CalendarFeed.objects.get().revoke(at=NOON)
    for address in (link, f"/ical/{secrets.new_token()}.ics", "/ical/short.ics", "/ical/.ics"):
        assert client.get(address).status_code == 404


def test_the_feed_only_reads(client, link):
    for method in (client.post, client.put, client.delete, client.patch):
        assert method(link).status_code == 405


def test_a_token_in_the_query_is_refused(client, link):
    token = link.removeprefix("/ical/").removesuffix(".ics")
    assert client.get(f"{link}?token={token}").status_code == 400


def test_only_a_digest_is_kept(link):
    token = link.removeprefix("/ical/").removesuffix(".ics")
    assert token not in str(CalendarFeed.objects.values().get())


def test_a_token_stands_in_no_log(client, link, caplog):
    token = link.removeprefix("/ical/").removesuffix(".ics")
    CalendarFeed.objects.get().revoke(at=NOON)
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(WithoutSecrets())
    logging.getLogger().addHandler(handler)
    try:
        client.get(link)
    finally:
        logging.getLogger().removeHandler(handler)
    assert "/ical/…" in out.getvalue()
    assert token not in out.getvalue()
