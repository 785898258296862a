"""The hours in which somebody is left alone. Pure."""

from __future__ import annotations

from datetime import time


def is_quiet(at: time, start: time | None, end: time | None) -> bool:
    """Whether a time on the wall lies in the quiet time, which may reach over midnight."""
    if start is None or end is None or start == end:
        return False
    if start < end:
        return start <= at < end
    return at >= start or at < end
