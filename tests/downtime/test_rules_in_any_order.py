"""Whatever comes in which order, late, twice, with people in between: a person's word wins, and all else follows from
signals and rules alone."""

from datetime import time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from downtime import engine, ruling
from downtime.models import Issue, IssueEvent
from downtime.models.events import Who
from production.errors import DomainError
from production.ingest import Parcel, record
from production.messages import Message
from production.models import Station, StationLive
from tests.downtime.test_any_order import SPAN, batches, make_listening_station, ordinary
from tests.make import NOON, make_cause, make_error_code, make_operator, make_rule

pytestmark = pytest.mark.django_db
BY_PEOPLE = ("cause", "exclude", "reopen")
ERRORS = ["E1", "E1: Feeder", "E2", ""]
CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "error_codes": st.sampled_from(["E1", "E2", "E*"]),
        "alarm_text": st.just("feeder"),
        "at_least_ms": st.sampled_from([110_000, 300_000]),
        "at_most_ms": st.sampled_from([300_000, 600_000]),
        "before": st.sampled_from(["running", "not_planned", "no_signal"]),
        "until_time": st.just(time(12, 15)),
    },
)


@st.composite
def stories(draw):
    """Signals at whole seconds; the order and batches in which they come; what people do after which batch."""
    seconds = draw(st.lists(st.integers(0, SPAN - 1), min_size=1, max_size=20, unique=True))
    kinds = st.sampled_from(["work", "work", "alive", "lost", "back", *ERRORS])
    signals = [(second, draw(kinds)) for second in sorted(seconds)]
    arrivals = draw(st.permutations([*signals, *draw(st.lists(st.sampled_from(signals), max_size=4))]))
    sizes = draw(st.lists(st.integers(1, 6), min_size=len(arrivals), max_size=len(arrivals)))
    steps = draw(st.dictionaries(st.integers(0, 5), st.sampled_from(BY_PEOPLE), max_size=3))
    rules = draw(st.lists(CONDITIONS, max_size=4))
    return arrivals, sizes, steps, rules


def message(second, kind):
    at = NOON + timedelta(seconds=second)
    if kind == "work":
        return Message(at=at, good=1.0)
    if kind in ERRORS:
        return Message(at=at, error_code=kind)
    return Message(at=at, rssi=-70.0) if kind == "alive" else Message(at=at, available=kind == "back")


def tell(station, signals, *, at):
    parcels = [Parcel(station.company_id, station.code, message(*signal), "mqtt") for signal in signals]
    record(parcels, received_at=at, quarantine=False)


def make_ruled_station(rules):
    station = make_listening_station("with a break", 150)
    causes = [make_cause(company=station.company) for _ in range(len(rules) + 2)]
    for cause, conditions in zip(causes, rules, strict=False):
        if "at_least_ms" in conditions and conditions["at_least_ms"] > conditions.get("at_most_ms", 10**9):
            conditions = conditions | {"at_most_ms": None}
        make_rule(cause, **conditions)
    make_error_code("E2", causes[-2])
    return station, causes[-1]


def step(station, kind, cause, at):
    """What a person does about the newest stop, if that is allowed."""
    issue = Issue.objects.filter(station=station).valid().first()
    by = Who(operator=make_operator(company=station.company))
    try:
        if issue and kind == "cause":
            issue.explain(cause, by=by, at=at, seen=issue.cause)
        elif issue:
            getattr(issue, kind)(by=by, at=at)
    except DomainError:
        pass


def look(station, at):
    """Let the clock run up to an instant."""
    for _ in range(60):
        due = StationLive.objects.filter(station=station, deadline__lte=at).order_by().values_list("deadline")
        if not due or not engine.tick(now=at):
            return


def found(station):
    """What is known of each stop, and how often the rules have spoken."""
    issues = Issue.objects.filter(station=station).order_by("started_at", "pk")
    spoken = IssueEvent.objects.filter(issue__station=station, kind="rule").count()
    return list(issues.values_list("started_at", "ended_at", "cause", "left_to_people")), spoken


@ordinary
@given(story=stories())
def test_a_persons_word_wins_and_the_rest_follows_from_signals_and_rules(story):
    arrivals, sizes, steps, rules = story
    station, persons_cause = make_ruled_station(rules)
    end = NOON + timedelta(seconds=SPAN)
    latest = NOON
    for number, batch in enumerate(batches(arrivals, sizes)):
        latest = max(latest, NOON + timedelta(seconds=max(second for second, _ in batch)))
        tell(station, batch, at=latest)
        look(station, latest)
        if kind := steps.get(number):
            step(station, kind, persons_cause, latest)
    look(station, end)

    place = Station.objects.in_place().get(pk=station.pk)
    for issue in Issue.objects.filter(station=station).valid():
        words = issue.events.filter(kind__in=BY_PEOPLE)
        assert issue.left_to_people == words.exists()
        if (last := words.exclude(kind="exclude").last()) or issue.left_to_people:
            assert last is None or issue.cause_id == last.cause_id
        else:
            [(_, decision)] = ruling.decisions([issue], {station.pk: place}, now=end)
            assert issue.cause_id == (decision.answer.cause if decision.answer else None)

    before = found(station)
    engine.rebuild(station, now=end)
    assert found(station) == before, "once more changes nothing"


# A stop of which is seen late that it ended, without a signal, before what is decided then.
ENDED_EARLIER = (
    [(82, "work"), (131, "work"), (139, "work"), (212, "E1"), (235, "back"), (283, ""), (495, "back"), (563, "work")],
    [8], {}, [{"at_most_ms": 300_000}],
)  # fmt: skip


@ordinary
@example(story=ENDED_EARLIER)
@given(story=stories())
def test_without_people_the_order_in_which_signals_come_makes_no_difference(story):
    arrivals, sizes, _, rules = story
    end = NOON + timedelta(seconds=SPAN)
    station, _ = make_ruled_station(rules)
    for batch in batches(arrivals, sizes):
        tell(station, batch, at=end)
        look(station, end)
    in_order, _ = make_ruled_station(rules)
    for signal in sorted(set(arrivals)):
        at = NOON + timedelta(seconds=signal[0])
        tell(in_order, [signal], at=at)
        look(in_order, at)
    look(in_order, end)
    assert told(station) == told(in_order)


def told(station):
    """The stops with the rule or code that answered each."""
    rows = Issue.objects.filter(station=station).valid().order_by("started_at")
    return [(issue.started_at, issue.ended_at, issue.cause and place(issue)) for issue in rows]


def place(issue):
    """Where in the company's causes it stands: those of two companies are compared."""
    return list(issue.cause.company.causes.order_by("pk")).index(issue.cause)
