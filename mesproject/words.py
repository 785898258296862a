"""Words of modules that know nothing of languages: marked here, translated where they are shown. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


def gettext_noop(text: str) -> str:
    """As it is; the collector of what is to be translated knows the name."""
    return text


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence with {places} and what stands in them: sentences too, times on a wall, numbers with their thousands
    set apart, or what needs no language. A context tells words apart that are written alike.

    As text it is English.
    """

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    context: str = ""

    def __str__(self) -> str:
        return self.text.format(**{name: _english(value) for name, value in self.values.items()})


class Refusal(Exception):
    """Why something cannot be: `said` is spoken to people, the text is for programs, in English."""

    def __init__(self, sentence: str, **values: Any) -> None:
        self.said = Said(sentence, values)
        super().__init__(str(self.said))


def _english(value: Any) -> Any:
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return f"{value:%a} {value.day} {value:%b %H:%M}"
    return f"{value.day} {value:%b}" if isinstance(value, date) else value
