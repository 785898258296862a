"""Codes that are made of names. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from itertools import count

_OTHERS = re.compile(r"[^A-Za-z0-9]+")


def code_of(name: str, *, taken: Container[str] = (), otherwise: str = "X", longest: int = 32) -> str:
    """Capitals, digits and dashes that remind of a name and are not taken; a number where it has no such letters."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = _OTHERS.sub("-", letters).strip("-").upper()[:longest].strip("-")
    wanted = (
        f"{(plain or otherwise)[: longest - len(end)]}{end}"
        for end in ("" if plain and not n else f"-{n + 1}" for n in count())
    )
    return next(code for code in wanted if code not in taken)
