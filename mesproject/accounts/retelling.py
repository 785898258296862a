"""What a program wrote down in English, told in the language of whoever reads it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from django.utils.translation import gettext

# What stands in a place: by its name, where not just anything can.
STANDS_IN = {"number": r"\d+", "key": r"\w+", "source": r"\w+://\S+?|[^:'\"]+?"}
# In this stands a sentence again, and one of the same; what a person wrote stands in others, and stays.
AGAIN = "why"
# No sentence of ours gets longer; what a stranger wrote is not searched for one.
LONGEST = 2_000


def retold(text: str, sentences: Iterable[str]) -> str:
    """The text in the reader's language, if it was made of one of these `{named}` sentences; else as it is."""
    known = tuple(sentences) if len(text) <= LONGEST else ()
    for sentence in known:
        if found := _pattern(sentence).fullmatch(text):
            values = found.groupdict()
            if AGAIN in values:
                values[AGAIN] = retold(values[AGAIN], known)
            return gettext(sentence).format(**values)
    return text


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    """It with whatever stood in its places: every other piece is a name."""
    pieces = re.split(r"\{(\w+)\}", sentence)
    parts = (
        f"(?P<{piece}>{STANDS_IN.get(piece, '.*?')})" if number % 2 else re.escape(piece)
        for number, piece in enumerate(pieces)
    )
    return re.compile("".join(parts), re.DOTALL)
