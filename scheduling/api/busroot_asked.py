"""What Busroot's clients ask in a query string; see `mesproject.busroot`."""

from mesproject.busroot import (
    EPOCH,
    LONGEST,
    MOST_CODES,
    MS,
    OFFSET,
    Anything,
    BadValue,
    codes_of,
    iso,
    ms,
    parsed,
    spoken,
)
from mesproject.busroot import BusrootView as AskedView

__all__ = [
    "EPOCH",
    "LONGEST",
    "MOST_CODES",
    "MS",
    "OFFSET",
    "Anything",
    "AskedView",
    "BadValue",
    "codes_of",
    "iso",
    "ms",
    "parsed",
    "spoken",
]
