"""When walls begin anew: in the night, when nobody looks. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

AT = time(3, 30)


def night_after(at: datetime, tz: ZoneInfo | None) -> datetime:
    """The next half past three on a plant's clock that is at least an hour away."""
    local = (at + timedelta(hours=1)).astimezone(tz or UTC)
    day = local.date() + timedelta(days=local.time() >= AT)
    return datetime.combine(day, AT, local.tzinfo).astimezone(UTC)
