"""`manage.py replay`, through a real broker and the reader, into the tables."""

import json
import signal
import time
from itertools import pairwise

import pytest

from mesproject.servers.process import end
from production.models import MTConnectSource, QuarantinedMessage, Signal
from production.mtconnect import shdr
from production.mtconnect.mapping import Names, Reader
from tests.make import make_company, make_station
from tests.production import processes, recordings
from tests.production.processes import wait_for
from tests.production.recordings import HURCO_02, HURCO_04


@pytest.fixture
def plant(tmp_path, transactional_db):
    with processes.plant(tmp_path) as running:
        running.start_broker()
        running.start("ingest")
        wait_for(lambda: "Connected" in running.said("ingest"), "the reader")
        yield running


@pytest.fixture
def station(transactional_db):
    return make_station("M1", company=make_company(code="acme"))


def replayed(plant, *arguments: object, ends_with: int = 0) -> str:
    """Run the command to its end and return what it said."""
    process = plant.start("replay", *map(str, arguments))
    assert process.wait(120) == ends_with, plant.said("replay")
    plant.running.remove(process)
    said = plant.said("replay")
    (plant.data / "replay.log").unlink()
    return said


def recording(folder, times: list[str]):
    """A file that says one unit at each of these times."""
    path = folder / "recording.jsonl"
    path.write_text("\n".join(json.dumps({"timestamp": at, "production_complete": 1}) for at in times))
    return path


def wait_for_silence(station) -> None:
    """Until no more signals arrive."""
    count, before = Signal.objects.filter(station=station).count, -1
    while count() != before:
        before = count()
        time.sleep(0.7)


@pytest.mark.parametrize("patterns", [HURCO_02, pytest.param(HURCO_04, marks=pytest.mark.long)])
def test_a_recording_arrives_whole_and_a_second_replay_changes_nothing(plant, station, patterns):
    [path] = recordings.files(patterns)
    MTConnectSource.objects.create(station=station)
    expected = list(Reader(Names()).read(shdr.read(recordings.lines(patterns))))
    said = replayed(plant, path, "--station", "M1", "--speed", 0)
    assert f"{len(expected):,} messages published to busroot/v2/acme/signals/M1, 0 lines refused." in said
    wait_for_silence(station)
    rows = list(Signal.objects.filter(station=station).order_by("at", "key").values())
    assert len(rows) == len({(one.at, *one.measures()) for one in expected})
    counts = [row["good_total"] for row in rows if row["good_total"] is not None]
    assert counts == [one.good_total for one in expected if one.good_total is not None]
    replayed(plant, path, "--station", "M1", "--speed", 0)
    wait_for_silence(station)
    assert list(Signal.objects.filter(station=station).order_by("at", "key").values()) == rows


def test_a_recording_is_replayed_at_its_speed_and_as_of_now(plant, station, tmp_path):
    path = recording(tmp_path, [f"2026-03-11T12:00:{n:02}Z" for n in range(0, 60, 10)])
    began = time.time()
    replayed(plant, path, "--station", "M1", "--speed", 20, "--times", "now")
    wait_for_silence(station)
    times = [signal.at.timestamp() for signal in Signal.objects.filter(station=station).order_by("at")]
    assert len(times) == 6
    assert began < times[0] < times[-1] < time.time()
    assert [second - first for first, second in pairwise(times)] == pytest.approx([0.5] * 5, abs=0.001)


def test_lines_that_nobody_understands_are_kept_with_number_and_reason(plant, station, tmp_path):
    path = tmp_path / "adapter.txt"
    garbage = "|".join("x" * 40)
    good = ["2026-03-11T12:00:00Z|Part_Count|7", "2026-03-11T12:00:01Z|avail|AVAILABLE"]
    path.write_text("\n".join([good[0], garbage, good[1]]))
    said = replayed(plant, path, "--station", "M1", "--speed", 0)
    assert "2 messages published" in said
    assert "1 lines refused (see the quarantine in the admin)" in said
    kept = QuarantinedMessage.objects.get()
    assert (kept.source, kept.topic, kept.code) == ("file", "busroot/v2/acme/signals/M1", "bad_time")
    assert kept.reason.startswith("adapter.txt: Line 2: ")
    assert bytes(kept.payload).decode() == garbage


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing.txt", "--station", "M1"], "cannot be read"),
        (["manage.py", "--station", "M1"], "neither adapter lines"),
        (["manage.py", "--station", "M2"], "There is no station M2; there is M1."),
        (["manage.py", "--station", "M1", "--company", "other"], "There is no company other."),
        (["manage.py", "--station", "M1", "--speed", "nan"], "is a number from 0"),
        (["manage.py", "--station", "M1", "--speed", "0", "--times", "now"], "needs a --speed above 0"),
    ],
)
def test_what_cannot_be_replayed_is_told_in_a_sentence(station, arguments, sentence, tmp_path):
    env_plant = processes.Plant(tmp_path)
    process = env_plant.start("replay", *arguments)
    try:
        assert process.wait(60) in (1, 2)
    finally:
        end(process)
    assert sentence in env_plant.said("replay")
    assert "Traceback" not in env_plant.said("replay")


def test_ctrl_c_stops_it_cleanly(plant, station, tmp_path):
    lines = [
        json.dumps({"timestamp": f"2026-03-11T12:{n:02}:00Z", "production_complete": 1}) for n in range(60)
    ]
    path = tmp_path / "recording.jsonl"
    path.write_text("\n".join(lines))
    process = plant.start("replay", str(path), "--station", "M1", "--speed", "1")
    wait_for(lambda: Signal.objects.filter(station=station).exists(), "the first message")
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    assert "Stopped." in plant.said("replay")
    assert "1 messages published" in plant.said("replay")
