"""One of each mail that leaves the building, written by the product itself, with names as long as they come."""

from datetime import UTC, datetime, timedelta

from django.test import Client

from downtime.models.issues import Who
from mesproject.accounts.models import OutboxMessage, Role
from mesproject.analysis.builder import mailing
from mesproject.outgoing import alerts, daily
from production.live import sum_again
from production.models import Station
from tests.make import (
    NOON,
    make_cause,
    make_group,
    make_issue,
    make_mailing,
    make_operator,
    make_pattern,
    make_plant,
    make_reject,
    make_report,
    make_station,
    make_subscription,
    make_user,
)
from tests.reports.test_facts import say, settle

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# The morning after the Wednesday on which everything happens.
SEVEN = datetime(2026, 3, 12, 7, tzinfo=UTC)
LONG = "Bearbeitungszentrum Grob G552 mit Kühlschmierstoffversorgung"


def one_of_each():
    """The newest mail of each kind, by its name."""
    plant = make_plant(name="Hutmacher & Söhne, Werk Süd", code="SOUTH")
    groups = [make_group(plant=plant, name=name) for name in ("Presses", "Lathes <new>")]
    company = plant.company
    names = ("Kühlschmierstoffversorgung verstopft", "Jam")
    causes = [make_cause(company=company, description=name) for name in names]
    stations = [_yesterday(group, number, causes) for number, group in enumerate(groups)]
    ann = make_user(Role.SUPERVISOR, company=company, email="ann@example.com")
    make_subscription(ann, alerts=True, escalations=True, daily=True, alert_after=5)
    make_subscription(make_user(company=company, email="bob@example.com"), alerts=True, alert_after=5)
    alerts.tell(now=SEVEN - 10 * HOUR)
    assert daily.tell(now=SEVEN) == 1
    _waiting(stations, at=SEVEN)
    assert alerts.tell(now=SEVEN + 12 * MINUTE) == 3
    Client().post("/login/link/", {"email": "ann@example.com"})
    asks = "metric=good_parts&metric=oee&metric=downtime&by=machine&by=shift&range=yesterday"
    report = make_report(ann, name="Gutteile je Maschine <new>", description=LONG, asks=asks)
    make_mailing(report, plant=plant, since=SEVEN - HOUR)
    assert mailing.tell(now=SEVEN) == 1
    kinds = ("alerts", "escalations", "daily", "login-link", "report")
    return {kind: OutboxMessage.objects.filter(key__startswith=kind).latest("pk") for kind in kinds}


def _yesterday(group, number, causes):
    """A station that worked from ten to twelve, stood for some reasons, and was told of; the day before, too."""
    station = make_station(group=group, name=f"{LONG} {number}", cycle_time_ms=60_000)
    make_pattern(("Day", 600, 480), follows=station)
    Station.objects.filter(pk=station.pk).update(stop_multiplier=5)
    start = NOON - 2 * HOUR
    day_before = start - timedelta(days=1)
    say(station, *(day_before + minute * MINUTE for minute in range(0, 60, 2 + number)), good=1.0)
    minutes = [*range(0, 70, 1), *range(100, 140, 2), *range(160, 300, 2), *range(330, 460, 1)]
    say(station, *(start + minute * MINUTE for minute in minutes), good=1.0, kwh=0.4)
    make_reject(station, quantity=4 + number, at=NOON - HOUR)
    settle(now=NOON)
    settle(now=SEVEN)
    over = station.issues.exclude(ended_at=None).order_by("-started_at")
    for cause, issue in zip(causes, over[:2], strict=True):
        type(issue).objects.filter(pk=issue.pk).update(cause=cause)
    sum_again([station.pk], since=start)
    settle(now=SEVEN)
    return station


def _waiting(stations, *, at):
    """Stops of this morning: one that nobody has, one that is in hand, late, and calls for help."""
    company = stations[0].company
    hans = Who(operator=make_operator(company=company, initials="HWS", name="Hans-Werner Schwarzenegger"))
    make_issue(stations[0], started_at=at)
    issue = make_issue(stations[1], started_at=at - 20 * MINUTE)
    issue.acknowledge(by=hans, at=at)
    issue.estimate(at + 30 * MINUTE, by=hans, at=at)
    issue.escalate(by=hans, at=at)
