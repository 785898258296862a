"""How dates, numbers and prepared sentences are written.

Dates are the same in every language: a plant must never ask which of two numbers is the month. Numbers follow the
language where our filters write them for people; a number that a page draws with keeps its point.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, pgettext

from mesproject.words import Said

# The decimal sign, and what stands between thousands.
SIGNS = {
    "de": ",.",
    "es": ",\u00a0",
    "fr": ",\u202f",
    "pl": ",\u00a0",
    "pt": ",.",
    "en": ".,",
    "zh-hans": ".,",
}


def number(written: str) -> str:
    """A number written in English, as the language of the page writes it: 1,234.5 is 1.234,5."""
    return written.translate(str.maketrans(".,", SIGNS.get(get_language() or "en", SIGNS["en"])))


def spoken(said: Said) -> str:
    """A sentence in the language of the page."""
    text = pgettext(said.context, said.text) if said.context else gettext(said.text)
    return text.format(**{name: _spoken(value) for name, value in said.values.items()})


def _spoken(value: Any) -> Any:
    if isinstance(value, Said):
        return spoken(value)
    if isinstance(value, int):
        return number(f"{value:,}")
    if isinstance(value, datetime):
        return date_format(value, "D j M H:i")
    return date_format(value, "j M") if isinstance(value, date) else value
