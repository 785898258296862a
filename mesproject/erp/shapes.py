"""Job runs as MachineMetrics' ERP operations write them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

MOST = 2**31 - 1
MOST_SECONDS = MOST // 1000
LONGEST_ID = LONGEST_NAME = 64

Id = Annotated[
    str | int,
    Meta(description=f"Text of 1 to {LONGEST_ID} characters, or a whole number, as the ERP has it."),
]
Name = Annotated[
    str | int, Meta(description=f"Text of at most {LONGEST_NAME} characters, or a whole number.")
]
Told = Annotated[
    datetime,
    Meta(tz=True, description="An ISO 8601 date-time with Z or an offset; null or left out is now."),
]
Milliseconds = Annotated[
    int, Meta(ge=0, le=MOST, description=f"Whole milliseconds, 0 to {MOST}; 0 says nothing.")
]
Seconds = Annotated[
    int, Meta(ge=0, le=MOST_SECONDS, description=f"Whole seconds, 0 to {MOST_SECONDS}; 0 says nothing.")
]
Quantity = Annotated[int, Meta(ge=0, le=MOST, description=f"Whole units, 0 to {MOST}.")]
Flag = Annotated[bool, Meta(description="true or false.")]


class StartRun(Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A job run to start. `dueAt` and `partValue` are sent by older clients."""

    erp_job_operation_run_id: Id
    erp_machine_id: Id
    job_name: Name
    operation_name: Name | None = None
    lot_name: Name | None = None
    part_name: Name | None = None
    start_in_setup: Flag | None = None
    start_at: Told | None = None
    job_operation_description: (
        Annotated[str, Meta(description="At most 255 characters; used when the job is new.")] | None
    ) = None
    quantity_required: Quantity | None = None
    expected_setup_time: Seconds | None = None
    ideal_part_time: Milliseconds | None = None
    expected_part_time: Milliseconds | None = None
    due_at: Told | None = None
    part_value: (
        Annotated[Decimal, Meta(description="A number of at most two decimals, 0 or more.")] | None
    ) = None


class StopRun(Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A job run to stop."""

    erp_job_operation_run_id: Id
    end_at: Told | None = None


class RunQuery(Struct, rename="camel"):
    """Which job run."""

    erp_run_id: Annotated[str, Meta(description="The id under which the run was started.")]


class RunMetrics(Struct, rename="camel"):
    """What was made in the run; whole numbers where they are whole."""

    total_parts: int | float
    good_parts: int | float
    scrap_parts: int | float
    nonconform_parts: int | float


class RunAnswer(Struct, rename="camel"):
    """A job run: when it began, when it ended (null while it goes on), what was made (null while it is not known)."""

    start_at: str
    end_at: str | None
    metrics: RunMetrics | None


class ImportQuery(Struct, rename="camel"):
    """Which program wrote the file."""

    type: Annotated[
        Literal["mm", "inforVisual", "inforLN"], Meta(description="One of mm, inforVisual, inforLN.")
    ] = "mm"


class ImportFault(Struct):
    """What is wrong on which line (0: the file as a whole) in which column (none: the line as a whole)."""

    field: str
    code: str
    message: str
    line: int


class ImportRefusal(Struct):
    """Why nothing of a file was stored; the first hundred faults."""

    code: str
    message: str
    errors: list[ImportFault]


class ImportAnswer(Struct, rename="camel", kw_only=True):
    """How far a file is: waiting, reading, checking, storing, done or refused; and what it did, or would do."""

    import_ref: int
    state: str
    dry_run: bool
    rows: int
    added: int
    changed: int
    unchanged: int
    archived: int
    ignored_columns: list[str]
    fault_count: int
    errors: list[ImportFault]
