"""Templates of causes, by industry and language, as they lie in `data/`. Pure."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).parent / "data"
INDUSTRIES = ("machining", "moulding", "packaging", "assembly", "food", "general")
LANGUAGES = {
    "en": "English", "de": "Deutsch", "es": "Español", "fr": "Français", "pl": "Polski", "pt": "Português",
    "zh-hans": "简体中文",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Proposed:
    """A cause that may be taken."""

    code: str
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Branch:
    """A cause with those below it."""

    cause: Proposed
    below: tuple[Proposed, ...]


def branches(industry: str, language: str) -> list[Branch]:
    """The tree of an industry, in its order."""
    found: dict[str, list[str]] = {}
    for row in _rows(f"{industry}.csv"):
        if row["below"]:
            found[row["below"]].append(row["code"])
        else:
            found[row["code"]] = []
    return [
        Branch(_proposed(code, language), tuple(_proposed(one, language) for one in below))
        for code, below in found.items()
    ]


def _proposed(code: str, language: str) -> Proposed:
    words = _words()[code]
    return Proposed(code, words[language] or words["en"], words["kind"])


@lru_cache(1)
def _words() -> Mapping[str, Mapping[str, str]]:
    return {row["code"]: row for row in _rows("causes.csv")}


@lru_cache
def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
