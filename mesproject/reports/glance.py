"""What a station is doing, in one glance: the one source of tablet and boards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet

from downtime.models import Issue
from downtime.models.issues import IssueQuerySet
from downtime.rag import Rag
from downtime.seen import with_last_words
from downtime.standing import colour_of
from mesproject.accounts.models import Company
from mesproject.reports.asking import Beyond, Days, Question, beyond, production
from mesproject.reports.definition import DEFAULT, Definition
from mesproject.reports.definitions import definition_of
from mesproject.reports.measures import Measures, total
from mesproject.reports.metrics import METRICS
from mesproject.reports.setups import ABOVE, SETUP, SettingUp, setting_up
from mesproject.reports.story import Question as Of
from mesproject.reports.story import to_come
from mesproject.reports.tally import tally
from production.models import JobRun, Station, StationLive
from production.models.live import Status
from production.windows import Window
from scheduling.calendar import Shift, current
from scheduling.expansion import Pause, Plan, pauses
from scheduling.planned import Plans, plans

# How far back the last shift is sought, so that its numbers stay on the screens when it is over.
BEHIND, AHEAD = timedelta(hours=36), timedelta(hours=24)
BY_SHIFT = ("machine", "day", "shift")
A_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Glance:
    """One station as screens show it. Numbers are of `shift`: the present one, else the last one.

    They are those of reports. `good` and `bad` are None where nothing was ever counted or there was no shift,
    `target` where nothing was planned; all of them while so much is summed anew that a look cannot know them.
    """

    station: Station
    now: datetime
    status: str
    since: datetime | None
    run: JobRun | None
    shift: Shift | None
    counts: bool  # whether anything ever counted units here
    measures: Measures | None  # of the shift so far, where there is one and it is known
    due: float | None  # by the end of the shift
    issues: list[Issue]  # stops of the shift and those that go on, newest first
    calls: list[Issue]  # what people raised by hand and goes on, newest first
    unexplained_in_a_day: int  # stops of the last 24 hours, whichever shift they were in
    asked: list[Issue]  # these, newest first, where it was asked for alone
    pauses: list[Pause]  # of the shift, those to come as well
    setup: SettingUp | None = None
    definition: Definition = DEFAULT
    # What facts do not hold of its shift: for whoever asks for more of the same.
    beyond: Beyond | None = None

    @property
    def state(self) -> str:
        """What people see: its status, or that it is being set up."""
        return SETUP if self.setup and self.status not in ABOVE else self.status

    @property
    def state_since(self) -> datetime | None:
        """Since when that is so."""
        return self.setup.since if self.setup and self.state == SETUP else self.since

    @property
    def good(self) -> float | None:
        """Good units: what the machine counted, less what people declared bad."""
        return self._counted.good if self._counted else None

    @property
    def bad(self) -> float | None:
        """Bad units, counted or declared."""
        return self._counted.bad if self._counted else None

    @property
    def target(self) -> float | None:
        """Units that planned time asked for up to now, at the ideal pace."""
        return self._counted.ideal_units if self._counted and self._counted.planned_ms else None

    @property
    def efficiency(self) -> float | None:
        """Good units over the target: OEE in units."""
        return self.of_counts("efficiency")

    @property
    def downtime(self) -> timedelta | None:
        """How long it stood still in planned time."""
        if self.measures is None:
            return None
        return timedelta(milliseconds=METRICS["downtime"].compute(self.measures, self.definition) or 0)

    def of_counts(self, metric: str) -> float | None:
        """A metric of what the shift counted so far."""
        return METRICS[metric].compute(self._counted, self.definition) if self._counted else None

    @property
    def _counted(self) -> Measures | None:
        return self.measures if self.counts else None

    @property
    def behind(self) -> int | None:
        """Whole units that are missing to where the station should be; negative when it is ahead."""
        if self.target is None or self.good is None:
            return None
        return int(self.target) - int(self.good)

    @property
    def is_being_summed(self) -> bool:
        """Whether its shift has numbers, but they are not known yet."""
        return self.shift is not None and self.measures is None

    @property
    def is_over(self) -> bool:
        """Whether the shift that the numbers are of has ended."""
        return self.shift is not None and self.shift.window.end <= self.now

    @property
    def issue(self) -> Issue | None:
        """The stop that goes on, if one does."""
        return next((issue for issue in self.issues if issue.ended_at is None), None)

    @property
    def needs_somebody(self) -> bool:
        """Whether anything that goes on here is red."""
        ongoing = [self.issue, *self.calls]
        return any(issue is not None and colour_of(issue, now=self.now) == Rag.RED for issue in ongoing)

    @property
    def unexplained(self) -> list[Issue]:
        """Stops that nobody has explained, newest first."""
        return [issue for issue in self.issues if issue.is_unexplained]

    @property
    def explained(self) -> list[Issue]:
        """Stops that ask nothing any more, newest first."""
        return [issue for issue in self.issues if not issue.is_unexplained]


@dataclass(slots=True)
class _Known:
    """What the tables say of one station."""

    plan: Plan
    shift: Shift | None = None
    live: StationLive | None = None
    measures: Measures | None = None
    rest: Measures = field(default_factory=Measures)  # of what is to come of the shift
    beyond: Beyond | None = None
    issues: list[Issue] = field(default_factory=list)
    calls: list[Issue] = field(default_factory=list)
    unexplained_in_a_day: int = 0
    asked: list[Issue] = field(default_factory=list)


def glances(stations: Sequence[Station], *, now: datetime) -> list[Glance]:
    """A glance at each station (from `in_place()`, of one company), in their order; as many queries for any number.

    What came with the stations is not asked for again: their plans, their `live` rows with what runs, the definition.
    """
    if not stations:
        return []
    known, first = _known(stations, now), stations[0]
    has_company = Station.company.is_cached(first)
    definition = definition_of(first.company if has_company else first.company_id)
    return [_glance(station, known[station.pk], now, definition) for station in stations]


def in_the_hall(company: Company | int) -> QuerySet[Station]:
    """The active stations of a company with what a glance needs of them, in the order of the hall."""
    return Station.objects.of(company).active().in_place().select_related("plan")


def stations_of(company: Company) -> list[Station]:
    """The same, read."""
    return list(in_the_hall(company))


def _known(stations: Sequence[Station], now: datetime) -> dict[int, _Known]:
    planned = plans(stations, Window(now - BEHIND, now + AHEAD))
    known = {pk: _Known(plan, current(plan.shifts, now)) for pk, plan in planned.items()}
    for live in _lives(stations):
        known[live.station_id].live = live
    shifts = {station: shift for station in stations if (shift := known[station.pk].shift)}
    if shifts:
        _sum(known, shifts, planned, now)
    begin = min((shift.window.start for shift in shifts.values()), default=now)
    _issues(known, stations, Window(begin, now + timedelta(microseconds=1)))
    return known


def _lives(stations: Sequence[Station]) -> Iterable[StationLive]:
    if all(Station.live.is_cached(station) for station in stations):
        return [station.live for station in stations if hasattr(station, "live")]
    lives = StationLive.objects.filter(station__in=[station.pk for station in stations])
    return lives.select_related("job_run__sku", "job_run__job__sku")


def _sum(known: dict[int, _Known], shifts: dict[Station, Shift], planned: Plans, now: datetime) -> None:
    """Sum each shift up to now, as reports do, and what is planned of the rest."""
    days = Days(min(shift.day for shift in shifts.values()), max(shift.day for shift in shifts.values()))
    whole = {station: shift.window for station, shift in shifts.items()}
    _take(known, shifts, Question(list(shifts), days, BY_SHIFT, planned=planned, within=whole, now=now))
    again = {s: shift for s, shift in shifts.items() if _is_another(shift, known[s.pk].plan.shifts)}
    # What facts know by shop day and name only, of these shifts alone; stations of one plan are asked together.
    for window in {shift.window for shift in again.values()}:
        mine = {station: shift for station, shift in again.items() if shift.window == window}
        _take(known, mine, Question(list(mine), window, BY_SHIFT, planned=planned, now=now))
    rests = {s: Window(now, shift.window.end) for s, shift in shifts.items() if now < shift.window.end}
    stories = to_come([Of(s, rest, now) for s, rest in rests.items()], planned) if rests else {}
    for station, rest in rests.items():
        known[station.pk].rest = total(tally(stories[station.pk], rest).measures.values())


def _take(known: dict[int, _Known], shifts: dict[Station, Shift], asked: Question) -> None:
    """The sums of these shifts, where the question can tell all of them."""
    told = beyond(asked)
    apart, sums = told.by_station(), dict(production(asked, known=told))
    for station, shift in shifts.items():
        mine = known[station.pk]
        mine.beyond = apart[station.pk]
        is_known = told.late.tell(station.pk, min(shift.window.end, asked.now))
        mine.measures = sums.get((station.pk, shift.day, shift.name), Measures()) if is_known else None


def _is_another(shift: Shift, shifts: Iterable[Shift]) -> bool:
    """Whether another of its shop day and name was over before: teams take turns, or the clock was changed."""
    earlier = (one for one in shifts if one.window.start < shift.window.start)
    return any((one.day, one.name) == (shift.day, shift.name) for one in earlier)


def _issues(known: dict[int, _Known], stations: Sequence[Station], seen: Window) -> None:
    """What happened in a time and what goes on; of one station all that is asked, of several how much it is."""
    rows = Issue.objects.filter(station__among=list(known))
    shown = rows.overlapping(seen) | rows.filter(ended_at=None, silent_since=None, withdrawn_at=None)
    unexplained = rows.overlapping(Window(seen.end - A_DAY, seen.end)).unexplained()
    if len(stations) == 1:
        found = with_last_words(shown | unexplained)
        _issues_of_one(known[stations[0].pk], _with_station(found, stations), seen)
        return
    for issue in _with_station(shown, stations):
        mine = known[issue.station_id]
        if issue.ended_at is None or (mine.shift and issue.ended_at > mine.shift.window.start):
            (mine.issues if issue.is_by_machine else mine.calls).append(issue)
    for station, number in unexplained.order_by().values_list("station").annotate(number=Count("pk")):
        known[station].unexplained_in_a_day = number


def _issues_of_one(mine: _Known, found: Iterable[Issue], seen: Window) -> None:
    for issue in found:
        if not issue.is_by_machine:
            mine.calls.append(issue)
            continue
        if issue.ended_at is None or issue.ended_at > seen.start:
            mine.issues.append(issue)
        if issue.is_unexplained and (issue.ended_at is None or issue.ended_at > seen.end - A_DAY):
            mine.asked.append(issue)
    mine.unexplained_in_a_day = len(mine.asked)


def _with_station(issues: IssueQuerySet, stations: Sequence[Station]) -> Iterator[Issue]:
    """Newest first; their stations are at hand, and would cost more than they do."""
    of = {station.pk: station for station in stations}
    found = issues.for_screens().select_related(None).select_related("cause__parent", "owner", "owner_user")
    for issue in found:
        issue.station = of[issue.station_id]
        yield issue


def _glance(station: Station, known: _Known, now: datetime, definition: Definition) -> Glance:
    live, shift, sums, rest = known.live, known.shift, known.measures, known.rest
    counts = bool(live and live.last_output_at)
    return Glance(
        station=station,
        now=now,
        status=live.status if live else Status.NO_SIGNAL.value,
        since=live.since if live else None,
        run=live.job_run if live else None,
        shift=shift,
        counts=counts,
        measures=sums,
        due=_due(sums, rest) if counts and sums else None,
        issues=known.issues,
        calls=known.calls,
        unexplained_in_a_day=known.unexplained_in_a_day,
        asked=known.asked,
        pauses=pauses(known.plan.spans, shift.window) if shift else [],
        setup=setting_up(live.job_run if live else None, known.plan.production, now=now),
        definition=definition,
        beyond=known.beyond,
    )


def _due(sums: Measures, rest: Measures) -> float | None:
    return sums.ideal_units + rest.ideal_units if sums.planned_ms + rest.planned_ms else None
