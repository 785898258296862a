"""Yesterday in numbers: at seven on the plant's wall, once, with the numbers of every other screen."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from mesproject.accounts.models import OutboxMessage
from mesproject.outgoing import daily
from mesproject.outgoing.models import Summary
from mesproject.outgoing.summary import plant_day
from mesproject.reports.admin import total
from mesproject.reports.asking import Days, Question, production
from mesproject.reports.definitions import KpiDefinition, definition_of
from mesproject.reports.metrics import METRICS
from mesproject.reports.models import FactMark
from production.live import sum_again
from production.models import Station
from tests.make import (
    NOON,
    make_cause,
    make_company,
    make_group,
    make_issue,
    make_pattern,
    make_plant,
    make_reject,
    make_station,
    make_subscription,
    make_user,
)
from tests.reports.test_facts import say, settle

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# The morning after the Wednesday on which everything happens.
SEVEN = datetime(2026, 3, 12, 7, tzinfo=UTC)
WEDNESDAY = NOON.date()


@pytest.fixture
def station(db):
    """A station with a day's shift, that worked from ten to twelve and then stood still."""
    plant = make_plant(name="Lyon <west>")
    station = make_station("M1", group=make_group(plant=plant, name="Presses"), cycle_time_ms=60_000)
    make_pattern(("Day", 600, 480), follows=station)
    Station.objects.filter(pk=station.pk).update(stop_multiplier=5)
    say(station, *(NOON - 2 * HOUR + minute * MINUTE for minute in range(0, 120, 2)), good=1.0)
    make_reject(station, quantity=4, at=NOON - HOUR)
    settle(now=NOON)
    settle(now=SEVEN)
    return station


def subscriber(station, **wanted):
    user = make_user(company=station.company, email="ann@example.com")
    return make_subscription(user, daily=True, **wanted)


def test_the_mail_comes_at_seven_and_not_before_and_once(station):
    subscriber(station)
    assert daily.tell(now=SEVEN - MINUTE) == 0
    assert daily.tell(now=SEVEN) == 1
    assert daily.tell(now=SEVEN + MINUTE) == 0
    [mail] = OutboxMessage.objects.all()
    assert mail.subject == "Lyon <west>, Wed 11 Mar: OEE 11.7 %"
    assert "Output of target: 56 of 480" in mail.body
    assert "Rejects: 4" in mail.body
    assert "Machine M1: 6 h 02 min from 11:58, unexplained" in mail.body
    assert "Lyon &lt;west&gt;" in mail.html


def test_its_numbers_are_those_of_reports_by_the_company_s_own_definition(station):
    KpiDefinition.objects.create(company=station.company, oee_base="shift", planned_stops="outside")
    told = plant_day(station.plant, WEDNESDAY, now=SEVEN).whole({station.group_id})
    stations = list(Station.objects.of(station.company).in_place())
    asked = total(m for _, m in production(Question(stations, Days(WEDNESDAY, WEDNESDAY), now=SEVEN)))
    definition = definition_of(station.company)
    for factor in told.factors:
        assert factor.value == METRICS[factor.name].compute(asked, definition)
    for shown, metric in [("good", "good_parts"), ("downtime", "downtime"), ("bad", "rejected_parts"),
                          ("target", "ideal_parts"), ("unexplained", "uncategorized_downtime")]:  # fmt: skip
        assert getattr(told, shown) == METRICS[metric].compute(asked, definition)


def test_factors_are_told_against_the_day_before_and_the_week(station):
    settle(now=SEVEN + timedelta(days=1))
    settle(now=SEVEN + timedelta(days=2))
    late = plant_day(station.plant, WEDNESDAY + timedelta(days=1), now=SEVEN + timedelta(days=1))
    oee = late.whole({station.group_id}).factors[0]
    assert (oee.name, oee.value) == ("oee", 0)
    assert oee.day == oee.week == pytest.approx(-0.1167, abs=0.001)
    later = plant_day(station.plant, WEDNESDAY + timedelta(days=2), now=SEVEN + timedelta(days=2))
    assert later.whole({station.group_id}).factors[0].day == 0, "the day before made nothing either"
    assert later.whole({station.group_id}).factors[0].week == pytest.approx(-0.0583, abs=0.001)
    assert plant_day(station.plant, WEDNESDAY, now=SEVEN).whole({station.group_id}).factors[0].day is None


def test_downtime_is_told_by_cause_longest_first_with_a_bar(station):
    issue = station.issues.get()
    other = make_cause(company=station.company, description="Jam")
    type(issue).objects.filter(pk=issue.pk).update(cause=other)
    sum_again([station.pk], since=NOON - HOUR)
    settle(now=SEVEN)
    told = plant_day(station.plant, WEDNESDAY, now=SEVEN).whole({station.group_id})
    assert [(bar.name, bar.percent) for bar in told.bars] == [("Jam", 100)]


def test_energy_is_told_where_a_meter_told_it(station):
    subscriber(station)
    daily.tell(now=SEVEN)
    assert "Energy" not in OutboxMessage.objects.get().body
    say(station, NOON - HOUR + MINUTE / 2, kwh=1.5)
    settle(now=SEVEN)
    told = plant_day(station.plant, WEDNESDAY, now=SEVEN).whole({station.group_id})
    assert told.energy == 1.5
    OutboxMessage.objects.all().delete()
    Summary.objects.update(written_at=None)
    assert daily.tell(now=SEVEN) == 1
    mail = OutboxMessage.objects.get()
    assert "Energy: 1.5 kWh" in mail.body
    assert "1.5 kWh" in mail.html


def test_times_are_those_of_the_plant_s_own_wall(db):
    plant = make_plant("Asia/Kolkata")
    station = make_station("M1", group=make_group(plant=plant))
    make_pattern(follows=station)
    say(station, NOON - 6 * HOUR, good=1.0)
    say(station, NOON, good=1.0)
    settle(now=NOON + timedelta(days=1))
    [stop] = plant_day(plant, WEDNESDAY, now=NOON + timedelta(days=1)).longest({station.group_id})[1:]
    assert (stop.since, stop.ms) == ("11:30", 6 * HOUR / timedelta(milliseconds=1))


def test_who_is_told_of_no_group_with_shifts_gets_no_mail(station):
    idle = make_station(group=make_group(plant=station.plant))
    subscriber(station, groups=[idle.group])
    assert daily.tell(now=SEVEN) == 0
    assert Summary.objects.get().written_at == SEVEN


def test_each_reader_is_told_of_his_own_groups_only(station):
    other = make_station("M9", group=make_group(plant=station.plant, name="Lathes"))
    make_pattern(follows=other)
    say(other, NOON, good=1.0)
    settle(now=SEVEN)
    subscriber(station, groups=[other.group])
    make_subscription(make_user(company=station.company, email="bob@example.com"), daily=True)
    assert daily.tell(now=SEVEN) == 2
    ann, bob = OutboxMessage.objects.order_by("recipient")
    assert "Presses" not in ann.body
    assert "Presses" in bob.body
    assert "Lathes" in bob.body


def test_another_company_is_told_nothing(station):
    make_subscription(make_user(email="eve@example.com"), daily=True)
    assert daily.tell(now=SEVEN) == 0


def test_numbers_that_are_still_being_summed_are_waited_for(station):
    subscriber(station)
    FactMark.objects.all().delete()
    sum_again([station.pk], since=NOON - timedelta(days=20))
    later = SEVEN + timedelta(hours=10)
    assert daily.tell(now=later) == 0
    assert Summary.objects.get().error == "The numbers are being summed."
    settle(now=later)
    assert daily.tell(now=later + daily.PAUSE) == 1


def test_an_installation_that_slept_tells_the_same_day_but_not_the_next(station):
    subscriber(station)
    assert daily.tell(now=SEVEN + timedelta(hours=18)) == 0
    settle(now=SEVEN + timedelta(hours=10))
    assert daily.tell(now=SEVEN + timedelta(hours=10)) == 1


def test_one_plant_s_trouble_does_not_silence_the_others(station, monkeypatch):
    subscriber(station)
    broken = make_plant("UTC", company=station.company, code="A")
    Summary.objects.create(plant=broken, day=date(1, 1, 1), due_at=SEVEN - HOUR)
    assert daily.tell(now=SEVEN) == 1
    summary = Summary.objects.get(plant=broken, day=date(1, 1, 1))
    assert (summary.attempts, summary.written_at) == (1, None)
    assert "OverflowError" in summary.error
    assert summary.due_at > SEVEN


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "day", "utc"),
    [
        ("Europe/Berlin", date(2026, 3, 28), "2026-03-28T06:00"),
        ("Europe/Berlin", date(2026, 3, 29), "2026-03-29T05:00"),
        ("Europe/Berlin", date(2026, 10, 24), "2026-10-24T05:00"),
        ("Europe/Berlin", date(2026, 10, 25), "2026-10-25T06:00"),
        ("America/New_York", date(2026, 3, 8), "2026-03-08T11:00"),
        ("America/New_York", date(2026, 11, 1), "2026-11-01T12:00"),
        ("Australia/Lord_Howe", date(2026, 4, 5), "2026-04-04T20:30"),
        ("Asia/Kolkata", date(2026, 5, 1), "2026-05-01T01:30"),
        ("Asia/Kathmandu", date(2026, 5, 1), "2026-05-01T01:15"),
        ("America/St_Johns", date(2026, 3, 8), "2026-03-08T09:30"),
        ("America/St_Johns", date(2026, 11, 1), "2026-11-01T10:30"),
        ("Pacific/Apia", date(2026, 5, 1), "2026-04-30T18:00"),
        ("Pacific/Niue", date(2026, 5, 1), "2026-05-01T18:00"),
        ("Pacific/Kiritimati", date(2026, 5, 1), "2026-04-30T17:00"),
    ],
)  # fmt: skip
def test_seven_is_seven_on_the_plant_s_own_wall_also_when_its_clock_has_changed(zone, day, utc):
    plant = make_plant(zone, day_start=time(6))
    at = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    for minutes in range(-24 * 60, 17 * 60, 30):  # from seven to seven, and a day on
        daily.note_due(now=at + minutes * MINUTE)
    due = Summary.objects.filter(plant=plant).order_by("due_at")
    assert [(row.day, row.due_at) for row in due][-1] == (day - timedelta(days=1), at)
    assert due.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("start", "day"),
    [(time(6), date(2026, 3, 11)), (time(0), date(2026, 3, 11)), (time(8), date(2026, 3, 10))],
)
def test_the_day_told_is_the_last_shop_day_that_is_over(start, day):
    assert daily.last_day(make_plant(day_start=start), SEVEN) == day


@pytest.mark.django_db
def test_it_asks_as_much_for_many_stations_as_for_one(django_assert_num_queries):
    plant = make_plant()
    for _ in range(4):
        group = make_group(plant=plant)
        for _ in range(3):
            make_issue(make_station(group=group), ended_at=NOON + HOUR)
    with django_assert_num_queries(9):
        plant_day(plant, WEDNESDAY, now=SEVEN)


def test_plants_of_one_company_are_told_each_at_its_own_seven(db):
    company = make_company()
    zones = ("Pacific/Apia", "Asia/Kathmandu", "Europe/Berlin", "America/St_Johns")
    for zone in zones:
        station = make_station(group=make_group(plant=make_plant(zone, company=company, name=zone)))
        make_pattern(follows=station)
        say(station, *(NOON - hours * HOUR for hours in (40, 0)), good=1.0)
    settle(now=SEVEN + 12 * HOUR)
    make_subscription(make_user(company=company, email="ann@example.com"), daily=True)
    told = {}
    for minutes in range(-16 * 60, 6 * 60, 15):
        at = SEVEN + minutes * MINUTE
        if daily.tell(now=at):
            told[OutboxMessage.objects.latest("pk").subject.split(":")[0]] = f"{at:%d %H:%M}"
    assert [told[f"{zone}, Wed 11 Mar"] for zone in zones] == ["11 18:00", "12 01:15", "12 06:00", "12 09:30"]
    assert OutboxMessage.objects.filter(subject__contains="Wed 11 Mar").count() == 4
