"""Reports as Busroot asks for them: the parameters of each."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from mesproject.busroot import Codes
from scheduling.rangecode import ALLOWED

MOST_ROWS = 50_000

Plantcode = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=55,
        description="The code of a plant; ranges are on its clock.",
        examples=["RIVERSIDE"],
    ),
]
Rangecode = Annotated[
    str, Meta(min_length=1, max_length=64, description=f"Which time: {ALLOWED}.", examples=["last-7-days"])
]
Buckets = Annotated[
    Literal["hour", "day", "week", "month", "shift"] | None,
    Meta(
        description="Cut the answer into hours, days, weeks, months or shifts (hour, day, week, month or shift)."
    ),
]
Flag = Annotated[bool, Meta(description="true or false.")]
WithDefinition = Annotated[
    bool, Meta(description="Say in `definition` how the numbers are meant: true or false.")
]
Limit = Annotated[
    int, Meta(ge=1, le=MOST_ROWS, description=f"How many rows: a whole number from 1 to {MOST_ROWS:,}.")
]
Skip = Annotated[
    int, Meta(ge=0, le=10**9, description="How many rows to leave out first: a whole number from 0.")
]


class RangeQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """What all reports are asked with."""

    plantcode: Plantcode
    rangecode: Rangecode
    stationcodes: Codes = None
    stationgroupcodes: Codes = None
    includefuture: Flag = False
    definition: WithDefinition = False


class ReportQuery(RangeQuery, kw_only=True, forbid_unknown_fields=True):
    """What reports of facts are asked with."""

    skucodes: Codes = None
    aggregatewindow: Buckets = None
    inshiftaverages: Flag = False


class CycleQuery(RangeQuery, kw_only=True, forbid_unknown_fields=True):
    """What cycle times are asked with."""

    skucodes: Codes = None
    inshiftaverages: Flag = False


class WindowQuery(RangeQuery, kw_only=True, forbid_unknown_fields=True):
    """What station windows are asked with."""

    limit: Limit = 10_000
    skip: Skip = 0


class CellQuery(RangeQuery, kw_only=True, forbid_unknown_fields=True):
    """What the heatmap of utilisation is asked with."""

    cellminutes: Annotated[
        Literal[5, 15], Meta(description="The length of a cell: 15, or 5 in high resolution.")
    ] = 15


class IntervalQuery(RangeQuery, kw_only=True, forbid_unknown_fields=True):
    """What the interval chart is asked with."""

    intervalminutes: Annotated[Literal[30, 60], Meta(description="The length of an interval: 60, or 30.")] = (
        60
    )
