"""What a program wrote down in English, told in the language of whoever reads it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from django.utils.translation import gettext


def retold(text: str, sentences: Iterable[str]) -> str:
    """The text in the reader's language, if it was made of one of these `{named}` sentences; else as it is."""
    for sentence in sentences:
        if found := _pattern(sentence).fullmatch(text):
            return gettext(sentence).format(**found.groupdict())
    return text


@lru_cache
def _pattern(sentence: str) -> re.Pattern[str]:
    """It with whatever stood in its places: every other piece is a name."""
    pieces = re.split(r"\{(\w+)\}", sentence)
    parts = (f"(?P<{piece}>.*)" if number % 2 else re.escape(piece) for number, piece in enumerate(pieces))
    return re.compile("".join(parts), re.DOTALL)
