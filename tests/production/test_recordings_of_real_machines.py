"""What the reader makes of recordings of real machines, against a script that knows nothing of it."""

from itertools import pairwise

import pytest

from production.messages import Message
from production.mtconnect import shdr, xml
from production.mtconnect.mapping import Names, Reader
from tests.production import recordings
from tests.production.recordings import HURCO_02, HURCO_04, MAZAK, OKUMA


def plainly(patterns, execution, part_count):
    """Counts and times of a recording, by loops over its lines: no parser, no state, no classes."""
    states, counts = [], []
    for line in recordings.lines(patterns):
        if execution not in line and part_count not in line:
            continue
        cells = line.rstrip("\r\n").split("|")
        for position in range(1, len(cells) - 1, 2):
            if cells[position] == execution:
                states.append((micros(cells[0]), cells[position + 1]))
            if cells[position] == part_count and cells[position + 1].isdigit():
                counts.append((micros(cells[0]), int(cells[position + 1])))
    states.sort(key=lambda row: row[0])
    counts.sort(key=lambda row: row[0])
    active, programs, cycles = 0, 0, 0
    for (begin, state), (end, following) in pairwise(states):
        active += end - begin if state == "ACTIVE" else 0
        programs += state != "PROGRAM_COMPLETED" and following == "PROGRAM_COMPLETED"
        cycles += state == "ACTIVE" and following in ("READY", "STOPPED")
    made = sum(max(second - first, 0) for (_, first), (_, second) in pairwise(counts))
    return {"active": active // 1000, "programs": programs, "cycles": cycles, "made": made, "counts": counts}


def micros(text):
    """Microseconds of a time of one of these recordings, by arithmetic on its digits."""
    day, clock = text.rstrip("Z").split("T")
    year, month, date = map(int, day.split("-"))
    hours, minutes, seconds = clock.split(":")
    whole, _, fraction = seconds.partition(".")
    years = year - 1 if month < 3 else year
    months = (month - 3) % 12
    days = 365 * years + years // 4 - years // 100 + years // 400 + (153 * months + 2) // 5 + date
    total = ((days * 24 + int(hours)) * 60 + int(minutes)) * 60 + int(whole)
    return total * 1_000_000 + int(fraction[:6].ljust(6, "0"))


def ours(patterns, **names):
    """The same figures from the messages that the reader makes."""
    messages = list(Reader(Names(**names)).read(shdr.read(recordings.lines(patterns))))
    assert all(isinstance(message, Message) for message in messages)
    messages.sort(key=lambda message: message.at)
    active, since = 0, None
    for message in messages:
        stops = message.productive is False or message.available is False
        if since is not None and (stops or message.productive):
            active += (message.at - since).total_seconds() * 1_000_000
            since = None
        if message.productive:
            since = message.at
    counts = [message.good_total for message in messages if message.good_total is not None]
    return {
        "active": round(active) // 1000,
        "units": sum(message.good or 0 for message in messages),
        "made": sum(max(second - first, 0) for first, second in pairwise(counts)),
        "counts": counts,
    }


@pytest.mark.parametrize(("recording", "made"), [(HURCO_02, 117), (HURCO_04, 113)])
def test_a_hurco_is_read_to_the_unit_and_the_millisecond(recording, made):
    script = plainly(recording, "Program_Status", "Part_Count")
    reader = ours(recording)
    assert (reader["active"], reader["made"]) == (script["active"], script["made"])
    assert reader["counts"] == [count for _, count in script["counts"]]
    assert script["made"] == made
    assert ours(recording, count_by="program_end")["units"] == script["programs"]


def test_a_fortnight_of_a_mazak_is_read_to_the_unit_and_the_millisecond():
    script = plainly(MAZAK, "execution", "PartCountAct")
    reader = ours(
        MAZAK, execution="execution", part_count="PartCountAct", program="program", availability="avail"
    )
    assert reader["active"] == script["active"]
    assert reader["made"] == script["made"] == 0
    assert ours(MAZAK, count_by="cycle_end")["units"] == script["cycles"] > 0


def test_an_okuma_recorded_out_of_order_and_full_of_assets_is_read():
    script = plainly(OKUMA, "pexecution", "ppartcount")
    assert script["programs"] == ours(OKUMA, count_by="program_end")["units"] == 4
    assert ours(OKUMA)["active"] == script["active"]
    assert script["active"] == pytest.approx(1000 * (186.7 + 605.0 + 548.9 + 16.8), abs=100)


@pytest.mark.parametrize("recording", [HURCO_02, MAZAK, OKUMA])
def test_reading_a_recording_twice_says_the_same_twice(recording):
    first, second = (list(Reader(Names()).read(shdr.read(recordings.lines(recording)))) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("part", ["01", "02"])
def test_an_agent_s_document_says_what_the_adapter_s_lines_said(part):
    answer = xml.parse(recordings.document(f"nist-mtc-hurco/mtconnect_xml/Cover-Hurco04-{part}of20.xml.gz"))
    assert answer.instance == 1488215604
    by_agent = {(one.at, one.productive) for one in Reader(Names()).read(answer.observations)}
    lines = shdr.read(recordings.lines(HURCO_04))
    by_adapter = {(one.at, one.productive) for one in Reader(Names()).read(lines)}
    said = {(at, productive) for at, productive in by_agent if productive is not None}
    assert said
    assert said <= by_adapter


def test_a_capture_wrapped_at_80_columns_is_refused_line_by_line():
    path = recordings.files(["nist-mtc-hurco/raw_adapter/1-31-2017-Hurco02.txt"])[0]
    found = list(shdr.read(path.read_text().splitlines()))
    assert sum(isinstance(one, shdr.BadLine) for one in found) > len(found) / 2
