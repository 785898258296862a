"""What a wall loads must be understood by the browsers of old televisions: Chrome 59 is the measure."""

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[2] / "static" / "floorlight"
TOO_NEW_IN_CSS = (
    r"(?<![-\w])gap\s*:", r"\bclamp\(", r"\b(min|max)\(", r":has\(", r":is\(", r":where\(", r"@layer", r"@container",
    r"\binset\s*:", r"[;{]\s*aspect-ratio\s*:", r"\bplace-content\s*:", r"display\s*:\s*contents", r"&",
    r"\b(margin|padding|border)-(inline|block)", r"overflow\s*:\s*clip", r"overflow-wrap\s*:\s*anywhere",
)  # fmt: skip
TOO_NEW_IN_SCRIPT = (
    r"=>", r"\blet\s", r"\bconst\s", r"`", r"\?\.", r"\?\?", r"\.\.\.", r"\basync\b", r"\bawait\b", r"\bfetch\(",
    r"\.flat\(", r"\.includes\(", r"\.matchAll\(", r"Object\.entries", r"replaceAll",
)  # fmt: skip


def read(name: str) -> str:
    text = (STATIC / name).read_text()
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("name", ["floorlight.css", "board.css"])
@pytest.mark.parametrize("pattern", TOO_NEW_IN_CSS)
def test_the_sheets_of_the_wall_are_written_for_old_browsers(name, pattern):
    assert re.findall(pattern, read(name)) == []


@pytest.mark.parametrize("pattern", TOO_NEW_IN_SCRIPT)
def test_the_script_of_the_wall_is_written_for_old_browsers(pattern):
    assert re.findall(pattern, read("live.js")) == []


def test_what_a_wall_loads_is_small():
    assert sum(len(read(name)) for name in ("floorlight.css", "board.css", "live.js")) < 24_000
    assert len(read("live.js")) < 8_000
