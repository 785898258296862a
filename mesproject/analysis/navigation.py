"""The pages of the analysis, in the order of their navigation: a page adds itself with one line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the navigation: its code, its word, and the name of its address."""

    code: str
    word: Any  # translated when it is shown
    route: str


ENTRIES = (
    Entry("overview", _("Overview"), "analysis:start"),
    Entry("progress", _("Job progress"), "analysis:progress"),
    Entry("utilisation", _("Utilisation"), "analysis:utilisation"),
    Entry("intervals", _("Intervals"), "analysis:intervals"),
    Entry("downtime", _("Downtime"), "analysis:downtime"),
    Entry("oee", _("OEE"), "analysis:oee"),
    Entry("production", _("Production"), "analysis:production"),
    Entry("rejects", _("Rejects"), "analysis:rejects"),
    Entry("comparison", _("Operators and shifts"), "analysis:comparison"),
    Entry("energy", _("Energy"), "analysis:energy"),
    Entry("cycle-times", _("Cycle times"), "cycles:cycle-times"),
    Entry("report", _("Report"), "builder:report"),
)


def links(chosen: str, kept: str = "") -> Iterator[tuple[str, str, bool]]:
    """Of each page its word, its address with the place and time that are looked at, and whether it is this one."""
    for entry in ENTRIES:
        yield str(entry.word), reverse(entry.route) + kept, entry.code == chosen
