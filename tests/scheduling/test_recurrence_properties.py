"""Any rule, against the same rule by looking at every day."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from production.windows import Window
from scheduling.recurrence import BadRule, Recurrence, moved_by_clock, next_after, occurrences, read, write
from scheduling.recurrence_rules import WEEKDAYS, parse
from scheduling.wall_clock import local_to_utc
from tests.scheduling.slow_recurrence import slow_walls
from tests.tries import tries

ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca",
        "Antarctica/Troll", "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Kiritimati",
    )
]  # fmt: skip
ANY = datetime(2000, 1, 1)


def numbers(low: int, high: int, back: bool = False):
    one = st.integers(low, high)
    return st.lists(st.one_of(one, one.map(lambda n: -n)) if back else one, min_size=1, max_size=4)


def written(name: str, values) -> st.SearchStrategy[str]:
    return values.map(lambda found: f"{name}={','.join(map(str, found))}")


def weekdays(places: int):
    each = st.sampled_from(WEEKDAYS)
    if places:
        place = st.integers(-places, places).map(lambda n: n or "")
        each = st.one_of(each, st.tuples(place, each).map(lambda pair: f"{pair[0]}{pair[1]}"))
    return written("BYDAY", st.lists(each, min_size=1, max_size=5))


PLACES = {"DAILY": 0, "WEEKLY": 0, "MONTHLY": 5, "YEARLY": 6}
TIMES = [written("BYHOUR", numbers(0, 23)), written("BYMINUTE", numbers(0, 59))]
LISTS = {
    "DAILY": [written("BYMONTHDAY", numbers(1, 31, back=True))],
    "WEEKLY": [],
    "MONTHLY": [written("BYMONTHDAY", numbers(1, 31, back=True))],
    "YEARLY": [
        written("BYMONTHDAY", numbers(1, 31, back=True)),
        written("BYYEARDAY", numbers(1, 366, back=True)),
        written("BYWEEKNO", numbers(1, 53, back=True)),
    ],
}
STARTS = st.datetimes(datetime(1995, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(microsecond=0))


@st.composite
def rules(draw) -> Recurrence:
    """Rules of all kinds, many of which occur."""
    freq = draw(st.sampled_from(tuple(LISTS)))
    pool = [*LISTS[freq], *TIMES, written("BYMONTH", numbers(1, 12))]
    lists = [draw(one) for one in draw(st.lists(st.sampled_from(pool), max_size=3, unique=True))]
    if draw(st.booleans()):
        lists.append(draw(weekdays(0 if any("BYWEEKNO" in each for each in lists) else PLACES[freq])))
    if lists and draw(st.integers(0, 3)) == 0:
        lists.append(draw(written("BYSETPOS", numbers(1, 9, back=True))))
    start = draw(STARTS)
    parts = [f"FREQ={freq}", *lists, f"WKST={draw(st.sampled_from(WEEKDAYS))}"]
    if draw(st.booleans()):
        parts.append(f"INTERVAL={draw(st.one_of(st.integers(1, 4), st.integers(1, 20)))}")
    ending = draw(st.integers(0, 3))
    if ending == 0:
        parts.append(f"COUNT={draw(st.integers(1, 60))}")
    elif ending == 1:
        until = start + timedelta(seconds=draw(st.integers(0, 5 * 366 * 86400)))
        parts.append(f"UNTIL={until:%Y%m%dT%H%M%S}")
    text = f"DTSTART:{start:%Y%m%dT%H%M%S}\n" + ";".join(parts)
    return parse(text, default_start=ANY)


def rule(text: str) -> Recurrence:
    return parse(text, default_start=ANY)


WINDOW_YEARS = timedelta(days=4 * 366)


@settings(max_examples=tries(400), deadline=None)
@given(rules())
@example(rule("DTSTART:19970509T022713\nFREQ=YEARLY;BYWEEKNO=-53,53;BYDAY=MO;WKST=TH"))
@example(rule("DTSTART:20240229T000000\nFREQ=YEARLY"))
@example(rule("DTSTART:20240131T000000\nFREQ=MONTHLY;BYDAY=-1FR,MO;BYMONTHDAY=-1,-2,-3"))
def test_a_rule_occurs_on_the_days_that_its_lists_name(rule):
    until = rule.start + WINDOW_YEARS
    window = Window(rule.start.replace(tzinfo=UTC), until.replace(tzinfo=UTC))
    found = occurrences(rule, tz=ZoneInfo("UTC"), within=window)
    assert [at.replace(tzinfo=None) for at in found] == slow_walls(rule, until)


@settings(max_examples=tries(150), deadline=None)
@given(rules(), st.sampled_from(ZONES), st.integers(-30, 1400), st.integers(0, 400))
def test_a_window_is_a_part_of_the_whole_wherever_it_begins(rule, tz, after, days):
    begin = rule.start.replace(tzinfo=UTC)
    whole = Window(begin - timedelta(days=40), begin + timedelta(days=2000))
    part = Window(begin + timedelta(days=after), begin + timedelta(days=after + days))
    everything = occurrences(rule, tz=tz, within=whole)
    assert occurrences(rule, tz=tz, within=part) == [at for at in everything if at in part]
    assert next_after(rule, part.start, tz=tz) == next(
        (at for at in everything if at > part.start),
        next_after(rule, whole.end - timedelta(microseconds=1), tz=tz),
    )


@settings(max_examples=tries(150), deadline=None)
@given(rules(), st.sampled_from(ZONES))
@example(rule("DTSTART:20000101T000000\nFREQ=YEARLY;BYWEEKNO=-1,1;BYSETPOS=1"), ZONES[0])
@example(rule("DTSTART:20111229T003000\nFREQ=DAILY;BYHOUR=0,12"), ZoneInfo("Pacific/Apia"))
@example(rule("DTSTART:20260401T014500\nFREQ=WEEKLY;BYDAY=SU,SA;BYHOUR=1,2"), ZoneInfo("Australia/Lord_Howe"))
def test_a_wall_time_is_the_instant_that_the_clock_says_it_is(rule, tz):
    until = rule.start + timedelta(days=500)
    window = Window((rule.start - timedelta(days=3)).replace(tzinfo=UTC), until.replace(tzinfo=UTC))
    walls = slow_walls(rule, until + timedelta(days=3))
    expected = {local_to_utc(wall, tz): wall for wall in reversed(walls)}
    assert occurrences(rule, tz=tz, within=window) == sorted(at for at in expected if at in window)
    moved = [
        (wall, at)
        for wall in walls
        if (at := local_to_utc(wall, tz)) in window and (skipped(wall, at, tz) or shown_twice(wall, tz))
    ]
    assert [(found.wall, found.at) for found in moved_by_clock(rule, tz=tz, within=window)] == moved


def skipped(wall, at, tz) -> bool:
    return at.astimezone(tz).replace(tzinfo=None) != wall


def shown_twice(wall, tz) -> bool:
    return wall.replace(tzinfo=tz, fold=0).utcoffset() > wall.replace(tzinfo=tz, fold=1).utcoffset()


@settings(max_examples=tries(300), deadline=None)
@given(rules())
def test_what_is_written_reads_as_the_same_rule(rule):
    assert parse(write(rule), default_start=ANY) == rule


@settings(max_examples=tries(300), deadline=None)
@given(st.text(alphabet="FREQDAILYWKUNTCOB=;:,-+0123456789TZ\n ", max_size=80))
@example("FREQ=DAILY;UNTIL=00000000")
@example("DTSTART:20240101\nRRULE:FREQ=DAILY;COUNT=１０")
def test_any_text_is_a_rule_or_said_not_to_be_one(text):
    refused = refusal(text)
    assert refused is None or (refused.field and refused.reason.endswith("."))


def refusal(text: str) -> BadRule | None:
    try:
        read(text, default_start=ANY)
    except BadRule as refused:
        return refused
    return None
