"""Issues and causes as Busroot's clients ask for them and read them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from downtime.models import Issue
from downtime.models.issues import LONGEST_ESTIMATE, LONGEST_TEXT
from mesproject.busroot import Codes
from mesproject.openapi import SEVERAL
from scheduling.rangecode import ALLOWED

MOST_MINUTES = int(LONGEST_ESTIMATE.total_seconds() // 60)
Type = Literal["stop", "slow", "quality", "material", "maintenance", "safety", "help"]
Step = Literal[
    "acknowledge", "estimate", "escalate", "cause", "watch", "note", "exclude", "reopen", "close", "split", "merge"
]  # fmt: skip
ReasonType = Literal["downtime", "non-production"]
TYPES: tuple[str, ...] = tuple(Issue.Kind.values)

StationCode = Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^([a-zA-Z0-9-_]+)$")]
Code = Annotated[str, Meta(min_length=1, max_length=50, pattern=r"^[^\x00-\x1f\x7f]+$")]
Words = Annotated[str, Meta(min_length=1, max_length=50, pattern=r"^[^\x00-\x1f\x7f]*$")]
Text = Annotated[str, Meta(max_length=LONGEST_TEXT, pattern=r"^[^\x00]*$")]
Instant = Annotated[str, Meta(min_length=1, max_length=40)]
Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]

Needed = Annotated[
    str,
    Meta(
        min_length=1,
        description="Codes of stations with commas between them, or the parameter several times.",
        examples=["HURCO-1,HURCO-2"],
        extra_json_schema=SEVERAL,
    ),
]
Plantcode = Annotated[
    str, Meta(min_length=1, max_length=55, description="The code of a plant.", examples=["RIVERSIDE"])
]
Rangecode = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        description=f"Which time, on the plant's clock: {ALLOWED}.",
        examples=["last-7-days"],
    ),
]
Limit = Annotated[int, Meta(ge=1, le=1000, description="How many at most: a whole number from 1 to 1,000.")]
After = Annotated[
    str | None,
    Meta(description="Go on behind this place of the list: `paging.next` of an answer."),
]


# What is asked


class IssuesQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """What GET /issue is asked with."""

    stationcodes: Codes = None
    rangecode: Rangecode | None = None
    plantcode: Plantcode | None = None
    id: Annotated[int | None, Meta(description="One issue, by its number.")] = None
    limit: Limit = 100
    after: After = None


class FileQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """What GET /issue/csv is asked with."""

    plantcode: Plantcode
    rangecode: Rangecode
    stationcodes: Codes = None


class OngoingQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """What GET /issue/ongoing is asked with."""

    stationcodes: Needed


class CountQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """What GET /issue/unreported-downtime/count is asked with."""

    stationcodes: Needed
    rangecode: Rangecode


class CausesQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """What GET /issue/cause is asked with."""

    codes: Codes = None


class ReasonsQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """What GET /reason is asked with."""

    codes: Codes = None
    type: Annotated[ReasonType | None, Meta(description="downtime or non-production.")] = None


class IssueIn(Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """The body of POST /issue."""

    type: Type
    station_code: StationCode
    start_at: Instant
    end_at: Instant | None = None


class EventIn(Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """The body of POST /issue/{id}/event: `estimatedTime` in minutes from now. What goes beyond Busroot: `text` of a
    note or an exclusion; `splitAt` and `nextCauseCode` of a split; `nextIssueId` of a merge."""

    type: Step
    estimated_time: float | None = None
    cause_code: Code | None = None
    operator: Annotated[str, Meta(max_length=16, description="Initials.")] | None = None
    text: Text | None = None
    split_at: Instant | None = None
    next_cause_code: Code | None = None
    next_issue_id: Id | None = None


class CauseIn(Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """The body of POST /issue/cause: makes a cause, or changes the one with this code."""

    code: Code
    description: Words
    parent_cause_code: Code | UnsetType | None = UNSET
    parent_reason_code: Code | UnsetType | None = UNSET


class CauseChange(Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """The body of PATCH /issue/cause/{code}: what is left out stays. `code` is the new one."""

    code: Code | UnsetType = UNSET
    description: Words | UnsetType = UNSET
    parent_cause_code: Code | UnsetType | None = UNSET
    parent_reason_code: Code | UnsetType | None = UNSET


class ReasonIn(CauseIn, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """The body of POST /reason."""

    type: Annotated[list[ReasonType], Meta(min_length=1, max_length=1)]


# What is answered


class Event(Struct, rename="camel", kw_only=True):
    """A step in an issue's life."""

    id: int
    downtime_id: int
    type: str
    user_id: int | None
    estimate_end_at: str | None
    notified_at: str | None
    cause_code: str | None
    account_id: str
    created_at: str
    updated_at: str
    operator_initials: str | None
    user_email: str | None


class EventTold(Event, rename="camel", kw_only=True):
    """The same with what Busroot has no names for: what was written down, at which device, by which key, where a stop
    was cut, and whether there is a photo."""

    text: str | None
    device: str | None
    api_key: str | None
    split_at: str | None
    has_photo: bool


class CauseOut(Struct, rename="camel", kw_only=True):
    """A cause, and the one above it."""

    code: str
    description: str
    parent_cause_code: str | None


class Raised(Struct, rename="camel", kw_only=True):
    """An issue as POST /issue answers it."""

    id: int
    type: str
    station_code: str
    start_at: str
    end_at: str | None
    created_at: str
    updated_at: str
    start_notified_at: str | None
    end_notified_at: str | None
    account_id: str
    excluded_at: str | None


class IssueOut(Raised, rename="camel", kw_only=True):
    """An issue with all that is known of it. Durations are milliseconds."""

    events: list[Event]
    is_acknowledged: bool
    is_estimated: bool
    is_escalated: bool
    has_cause: bool
    cause_code: str | None
    estimate_end_at: str | None
    rag_status: Literal["red", "amber", "green"]
    status_text: str
    station_name: str
    cause_breadcrumb: list[CauseOut]
    start_at_timestamp: int
    end_at_timestamp: int | None
    duration: int
    duration_formatted: str
    sku_code: str | None
    sku_name: str | None


class Next(Struct, rename="camel"):
    """Where the list goes on: ask again with `after`."""

    next: str


class Answer(Struct, rename="camel", kw_only=True):
    """The envelope."""

    is_success: bool = True


class IssuesAnswer(Answer, rename="camel", kw_only=True):
    """Issues; `paging` where there are more."""

    results: list[IssueOut]
    paging: Next | UnsetType = UNSET


class IssueAnswer(Answer, rename="camel", kw_only=True):
    """One issue."""

    result: IssueOut


class IssueStepsAnswer(Answer, rename="camel", kw_only=True):
    """All steps in an issue's life, in their order."""

    results: list[EventTold]


class RaisedAnswer(Answer, rename="camel", kw_only=True):
    """What was raised."""

    results: list[Raised]


class Unreported(Struct, rename="camel"):
    """How many stops of a station nobody has explained."""

    station_code: str
    count: int


class CountAnswer(Answer, rename="camel", kw_only=True):
    """The same of each station that was asked for, in its order."""

    results: list[Unreported]


class CausesAnswer(Answer, rename="camel", kw_only=True):
    """Causes."""

    results: list[CauseOut]


class CauseKept(Struct, rename="camel", kw_only=True):
    """A cause that was made or changed."""

    code: str
    description: str
    account_id: str
    parent_cause_code: str | None
    created_at: str
    updated_at: str


class CauseAnswer(Answer, rename="camel", kw_only=True):
    """The same in the envelope."""

    result: CauseKept


class ReasonOut(Struct, rename="camel", kw_only=True):
    """A cause under Busroot's other name for it."""

    code: str
    description: str
    parent_reason_code: str | None
    parent_cause_code: str | None
    type: list[ReasonType]


class ReasonsAnswer(Answer, rename="camel", kw_only=True):
    """Reasons."""

    results: list[ReasonOut]


class ReasonAnswer(Answer, rename="camel", kw_only=True):
    """One reason."""

    result: ReasonOut
