"""Recordings of real machines, beside the checkout; they are too large to ship."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
HURCO_02 = ["nist-mtc-hurco/stream_Hurco02.txt.gz"]
HURCO_04 = ["nist-mtc-hurco/stream_Hurco04.txt.gz"]
MAZAK = ["nist-mazak01-2018-09/raw/Mazak01-*.txt.gz"]
OKUMA = ["mtconnect-okuma/okuma.txt.gz"]


def files(patterns: list[str]) -> list[Path]:
    """The recordings, oldest first; the test is skipped where they are not there."""
    found = [path for pattern in patterns for path in sorted(DATA.glob(pattern))]
    if not found:
        pytest.skip(f"The recordings {', '.join(patterns)} are not in {DATA}.")
    return found


def lines(patterns: list[str]) -> Iterator[str]:
    """All lines of the recordings, one file after the other."""
    for path in files(patterns):
        with gzip.open(path, "rt", encoding="utf-8", errors="replace") as recording:
            yield from recording


def document(name: str) -> bytes:
    """One compressed file, whole."""
    return gzip.decompress(files([name])[0].read_bytes())
