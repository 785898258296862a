"""MachineMetrics' reports: what is asked, and what is answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from mesproject.reports import metrics

DIALECT = "machinemetrics"
TIME_GROUPS = ("hour", "day", "week", "month")
GROUPS = (
    "machine", "machineGroup", "plant", *TIME_GROUPS, "shift", "run", "job", "jobOperation", "part", "operator",
)  # fmt: skip
MOST_IDS = 2_000
# Its words, and our own names for what it has none for.
METRICS = list(dict.fromkeys([*metrics.words(DIALECT), *metrics.METRICS]))

Kind = Literal["production", "downtime", "quality"]
Day = Annotated[
    date, Meta(description="A shop day of the years 1970 to 2100, as in 2017-07-19; both days are included.")
]
Instant = Annotated[
    datetime,
    Meta(tz=True, description="An ISO 8601 date-time with Z or an offset, as in 2017-07-19T10:00:00Z."),
]
Ids = Annotated[list[str | int], Meta(max_length=MOST_IDS)]
Flag = Annotated[bool, Meta(description="true or false.")]


class DataItem(Struct, forbid_unknown_fields=True):
    """A metric to compute."""

    metric: Annotated[str, Meta(extra_json_schema={"enum": METRICS})]


class GroupItem(Struct, forbid_unknown_fields=True):
    """A level of the tree; `reason` is of downtime and quality."""

    group: Annotated[str, Meta(extra_json_schema={"enum": [*GROUPS, "reason"]})]


class Filter(
    Struct, rename="camel", forbid_unknown_fields=True, omit_defaults=True, kw_only=True, frozen=True
):
    """Ids by group, as `entities` names them; an empty list, or none, filters nothing."""

    machine: Ids = []
    machine_group: Ids = []
    plant: Ids = []
    hour: Ids = []
    day: Ids = []
    week: Ids = []
    month: Ids = []
    shift: Ids = []
    run: Ids = []
    job: Ids = []
    job_operation: Ids = []
    part: Ids = []
    operator: Ids = []


class LossFilter(Filter, kw_only=True, frozen=True):
    """The same, and reasons."""

    reason: Ids = []


_groups = f"A list of {{group}}, the outermost first; each of {', '.join(GROUPS)}"
_filter = f"Lists of at most {MOST_IDS:,} ids by group, as entities names them."


class Asked(Struct, rename="camel", forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What all reports take: startDay and endDay, or start and end."""

    start_day: Day | UnsetType = UNSET
    end_day: Day | UnsetType = UNSET
    start: Instant | UnsetType = UNSET
    end: Instant | UnsetType = UNSET
    csv: Flag = False
    flatten: Flag = False
    # Ours: whether the answer says which definition its numbers follow.
    definition: Flag = False


class ProductionAsked(Asked, kw_only=True):
    """A production query. `definition` is ours."""

    data: Annotated[
        list[DataItem],
        Meta(
            min_length=1, max_length=200, description=f"A list of {{metric}}; each of {', '.join(METRICS)}."
        ),
    ]
    group_by: Annotated[list[GroupItem], Meta(max_length=len(GROUPS), description=f"{_groups}.")] = []
    filter: Annotated[Filter, Meta(description=_filter)] = Filter()
    exclude: Annotated[Filter, Meta(description=_filter)] = Filter()


class LossAsked(Asked, kw_only=True):
    """A downtime or quality query. `data` is taken and ignored; `definition` is ours."""

    data: Annotated[Any, Meta(description="Ignored.")] = None
    group_by: Annotated[
        list[GroupItem], Meta(max_length=len(GROUPS) + 1, description=f"{_groups}, reason.")
    ] = []
    filter: Annotated[LossFilter, Meta(description=_filter)] = LossFilter()
    exclude: Annotated[LossFilter, Meta(description=_filter)] = LossFilter()


ASKED: dict[Kind, type[ProductionAsked] | type[LossAsked]] = {
    "production": ProductionAsked,
    "downtime": LossAsked,
    "quality": LossAsked,
}


class CsvQuery(Struct, kw_only=True):
    """How a CSV is written."""

    localize: Annotated[
        bool, Meta(description="Times on the plant's clock, durations as h:mm:ss, ratios in percent.")
    ] = False


class TokenQuery(Struct, kw_only=True):
    """What a token is for."""

    report: Annotated[
        str, Meta(description="The resource id of the only report that the token shall open (ours).")
    ] = ""


# Answers, as OpenAPI describes them; they are written without these classes.


class Range(Struct):
    """The window, in UTC."""

    start: datetime
    end: datetime


class Resource(Struct):
    """Where the report can be had as CSV, and until when."""

    url: str
    expires: datetime


class Reported(Struct):
    """A report: metrics by name, entities by group and id, and the tree (or flat rows) of items."""

    range: Range
    aggregate: dict[str, Any]
    entities: dict[str, dict[str, Any]]
    items: list[dict[str, Any]]
    csv: Resource | UnsetType = UNSET
    definition: dict[str, Any] | UnsetType = UNSET
