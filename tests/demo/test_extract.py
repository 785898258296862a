"""What is shipped: small, lawful, and the same when it is made again."""

import gzip
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from mesproject.demo.extract import CONDITIONS, DATA, SOURCES, Source, extract, thin
from mesproject.demo.plan import STATIONS
from production.mtconnect import shdr
from production.mtconnect.observation import BadLine

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "data"
RECORDINGS = sorted(DATA.glob("*.gz"))
README = (DATA / "README.md").read_text()


def test_the_shipped_recordings_stay_small():
    assert sum(path.stat().st_size for path in DATA.iterdir()) < 4 * 2**20


def test_each_recording_is_named_and_its_terms_are_stated():
    assert all(path.name in README for path in RECORDINGS)
    for said in ("968279f14ebe96c03c8877eeb1901cf6b4c8fbab", "may be distributed or copied", "thank NIST"):
        assert said in README
    for said in ("ce6efee8b044d0ed6d3bbdd56bea0b750e672191", "Attribution 4.0", "10.24432/C52G8C"):
        assert said in README


def test_the_number_of_lines_is_as_stated():
    for path in RECORDINGS:
        with gzip.open(path, "rt") as lines:
            count = sum(1 for _ in lines)
        row = next(row for row in README.splitlines() if row.startswith(f"| `{path.name}`"))
        assert row.endswith(f"| {count:,} |")


def test_every_line_is_one_that_an_adapter_could_have_sent():
    for source in SOURCES:
        with gzip.open(DATA / f"{source.name}.shdr.gz", "rt") as lines:
            found = list(shdr.read(lines))
        assert found
        assert not [item for item in found if isinstance(item, BadLine)]
        assert {item.name for item in found} <= source.keys


def test_each_recording_is_played_by_a_station():
    played = {work.stretch.recording for station in STATIONS for work in station.works}
    assert played == {path.name.split(".")[0] for path in RECORDINGS}


def test_thinning_keeps_the_pairs_that_are_used_and_leaves_the_line_as_it_was():
    source = Source("mill", (), frozenset({"Program_Status", "Part_Count"}))
    lines = [
        "2017-02-01T03:13:55.0468750Z|EStop_State|ARMED|Part_Count|1909|Feed_Rate|0|Program_Status|READY",
        "2017-02-01T03:13:59.0156250Z|Spindle_Override|106.000000",
        "2017-02-01T18:28:57.9843750Z|Program_Status|ACTIVE",
    ]
    assert list(thin(lines, source)) == [
        "2017-02-01T03:13:55.0468750Z|Part_Count|1909|Program_Status|READY",
        "2017-02-01T18:28:57.9843750Z|Program_Status|ACTIVE",
    ]


def test_of_conditions_only_changes_are_kept():
    source = Source("lathe", (), CONDITIONS)
    lines = [
        "2018-09-17T11:00:00Z|system_cond|Normal||||",
        "2018-09-17T11:44:02Z|system_cond|Fault|414|||AUTO CALCULATION IMPOSSIBLE",
        "2018-09-17T11:44:03Z|system_cond|Fault|414|||AUTO CALCULATION IMPOSSIBLE",
        "2018-09-17T11:45:00Z|system_cond|Normal||||",
    ]
    assert list(thin(lines, source)) == [lines[0], lines[1], lines[3]]


def test_the_furnace_s_quarters_follow_each_other_whatever_the_published_dates_say():
    with gzip.open(DATA / "furnace.csv.gz", "rt") as lines:
        ends = [datetime.fromisoformat(line.split(",")[0]) for line in list(lines)[1:]]
    assert ends[0].isoformat() == "2017-12-31T15:15:00+00:00"
    assert {b - a for a, b in pairwise(ends)} == {ends[1] - ends[0]}


@pytest.mark.long
def test_made_again_from_what_was_published_the_recordings_are_the_same(tmp_path):
    if not PUBLISHED.is_dir():
        pytest.skip("The published recordings are not here.")
    extract(PUBLISHED, tmp_path)
    for path in RECORDINGS:
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()
