"""What a wall loads must be understood by the browsers of old televisions: Chrome 59 is the measure."""

import re
from pathlib import Path

import pytest
from calmjs.parse import es5
from calmjs.parse.exceptions import ECMASyntaxError
from django.template.loader import get_template

STATIC = Path(__file__).resolve().parents[2] / "static"
TOO_NEW_IN_CSS = (
    r"(?<![-\w])gap\s*:", r"\bclamp\(", r"\b(min|max)\(", r":has\(", r":is\(", r":where\(", r"@layer", r"@container",
    r"\binset\s*:", r"[;{]\s*aspect-ratio\s*:", r"\bplace-content\s*:", r"display\s*:\s*contents", r"&",
    r"\b(margin|padding|border)-(inline|block)", r"overflow\s*:\s*clip", r"overflow-wrap\s*:\s*anywhere",
)  # fmt: skip
# What a parser takes for a name, and Chrome 59 does not have.
TOO_NEW_IN_SCRIPT = (
    r"\bfetch\(", r"\.flat\(", r"\.flatMap\(", r"\.matchAll\(", r"\.fromEntries\(", r"replaceAll", r"replaceChildren",
    r"\.allSettled\(", r"\.finally\(", r"ResizeObserver", r"AbortController", r"queueMicrotask", r"globalThis",
)  # fmt: skip


def loaded(kind: str) -> list[str]:
    """The files that the page of every board loads, by the templates they all extend."""
    pages = "".join(get_template(name).template.source for name in ("base.html", "boards/wall.html"))
    return re.findall(rf"{{% static '([^']+\.{kind})' %}}", pages)


def read(name: str) -> str:
    return re.sub(r"/\*.*?\*/", "", (STATIC / name).read_text(), flags=re.DOTALL)


def test_every_board_loads_these_and_no_others():
    assert loaded("css") == ["floorlight/floorlight.css", "floorlight/board.css"]
    assert loaded("js") == ["floorlight/live.js", "floorlight/wall.js"]
    for name in ("board", "needed", "station", "line", "heat"):
        source = get_template(f"boards/{name}.html").template.source
        assert source.startswith('{% extends "boards/wall.html" %}')
        assert "<script" not in source
        assert "<link" not in source


@pytest.mark.parametrize("name", ["floorlight/floorlight.css", "floorlight/board.css"])
@pytest.mark.parametrize("pattern", TOO_NEW_IN_CSS)
def test_the_sheets_of_the_wall_are_written_for_old_browsers(name, pattern):
    assert re.findall(pattern, read(name)) == []


@pytest.mark.parametrize("name", ["floorlight/live.js", "floorlight/wall.js"])
def test_the_scripts_of_the_wall_are_parsed_by_a_grammar_older_than_2015(name):
    es5((STATIC / name).read_text())


@pytest.mark.parametrize(
    "script", ["var a = () => 1;", "let a;", "var a = `b`;", "a?.b;", "async function a() {}"]
)
def test_that_grammar_refuses_what_is_newer(script):
    with pytest.raises(ECMASyntaxError):
        es5(script)


@pytest.mark.parametrize("pattern", TOO_NEW_IN_SCRIPT)
def test_the_scripts_of_the_wall_call_nothing_newer(pattern):
    assert [name for name in loaded("js") if re.findall(pattern, read(name))] == []


def test_what_a_wall_loads_is_small():
    assert sum((STATIC / name).stat().st_size for name in loaded("js")) < 15_000
    assert sum((STATIC / name).stat().st_size for name in loaded("css")) < 25_000
