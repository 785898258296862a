"""How dates and numbers are written.

Dates are the same in every language: a plant must never ask which of two numbers is the month. Numbers follow the
language where our filters write them for people; a number that a page draws with keeps its point.
"""

from django.utils.translation import get_language

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
