"""One of each, with sensible defaults: name only what the test is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

from auditlog.context import disable_auditlog

from downtime.models import AnswerRule, Cause, ErrorCode, Issue, Photo
from downtime.models.answers import publish
from mesproject.accounts.models import ApiKey, Company, Device, Endpoint, OutboxMessage, Role, User
from mesproject.analysis.builder.models import Mailing, Recipient, Run, SavedReport
from mesproject.outgoing.models import Subscription
from production.files import keep
from production.models import (
    ErpRun,
    File,
    HandCount,
    Job,
    JobImport,
    JobRun,
    Operator,
    PinMapping,
    Plant,
    QuarantinedMessage,
    ShiftNote,
    SignOn,
    Sku,
    Station,
    StationGroup,
)
from quality.models import Reject, RejectReason
from scheduling.models import EventAssignment, PatternAssignment, PatternShift, ScheduleEvent, ShiftPattern

# A Wednesday without a clock change anywhere near.
NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)
PASSWORD = "correct horse battery"
DAY = 24 * 60

_numbers = count(1)
# The history of what a test begins with, a tenth of the time of many, is part of nothing that it tests.
unlogged = disable_auditlog()


@unlogged
def make_company(**kwargs: Any) -> Company:
    """A company with a code of its own."""
    return Company.objects.create(**{"code": f"company-{next(_numbers)}", "name": "Acme"} | kwargs)


@unlogged
def make_user(role: str = Role.ADMINISTRATOR, *, password: str = "", **kwargs: Any) -> User:
    """A person; an administrator of a new company where nothing else is said."""
    number = next(_numbers)
    defaults = {"username": f"user-{number}", "role": role, "is_staff": role != Role.OPERATOR}
    user = User(**_owned(defaults, kwargs))
    user.set_password(password) if password else user.set_unusable_password()
    user.save()
    return user


@unlogged
def make_api_key(*scopes: str, **kwargs: Any) -> tuple[ApiKey, str]:
    """A key, by default to everything, and its token."""
    defaults = {"name": "integration", "scopes": scopes or tuple(ApiKey.Scope.values)}
    key = ApiKey(**_owned(defaults, kwargs))
    token = key.issue_token()
    key.save()
    return key, token


@unlogged
def make_device(kind: str = Device.Kind.GATEWAY, **kwargs: Any) -> tuple[Device, str]:
    """A device and its token."""
    defaults = {"name": f"device-{next(_numbers)}", "kind": kind}
    device = Device(**_owned(defaults, kwargs))
    token = device.issue_token()
    device.save()
    return device, token


@unlogged
def make_plant(timezone: str = "UTC", **kwargs: Any) -> Plant:
    """A plant whose shop day begins at midnight UTC."""
    defaults = {"code": f"P{next(_numbers)}", "name": "Lyon", "timezone": timezone, "day_start": time(0)}
    return Plant.objects.create(**_owned(defaults, kwargs))


@unlogged
def make_group(**kwargs: Any) -> StationGroup:
    """A line in a plant (of `company`, where one is given)."""
    plant = kwargs.pop("plant", None) or make_plant(**_taken(kwargs, "company"))
    return StationGroup.objects.create(**{"code": f"L{next(_numbers)}", "name": "Line"} | kwargs, plant=plant)


@unlogged
def make_station(code: str = "", **kwargs: Any) -> Station:
    """A station with a minute's cycle and running counters, in no pattern: see `make_pattern`."""
    code = code or f"S{next(_numbers)}"
    group = kwargs.pop("group", None) or make_group(**_taken(kwargs, "company", "plant"))
    return Station.objects.create(**{"code": code, "name": f"Machine {code}"} | kwargs, group=group)


@unlogged
def make_sku(code: str = "", **kwargs: Any) -> Sku:
    """A product that takes a minute a piece."""
    defaults = {"code": code or f"SKU-{next(_numbers)}", "name": "Bracket", "cycle_time_ms": 60_000}
    return Sku.objects.create(**_owned(defaults, kwargs))


@unlogged
def make_file(content: bytes = b"%PDF-1.7", **kwargs: Any) -> File:
    """Something to read at a machine."""
    defaults = {"code": f"F{next(_numbers)}", "name": "How", "content_type": "application/pdf"}
    file = File.objects.create(**_owned(defaults | {"size": len(content)}, kwargs))
    keep(file, content)
    return file


@unlogged
def make_operator(**kwargs: Any) -> Operator:
    """Somebody at a machine."""
    defaults = {"initials": f"O{next(_numbers)}", "name": "Ann Other"}
    return Operator.objects.create(**_owned(defaults, kwargs))


@unlogged
def make_sign_on(station: Station | None = None, operator: Operator | None = None, **kwargs: Any) -> SignOn:
    """Somebody who stood at a station from noon on, for ten hours."""
    station = station or make_station()
    start = kwargs.pop("started_at", NOON)
    return SignOn.objects.create(
        station=station, operator=operator or make_operator(company=station.company), started_at=start,
        **{"ends_at": start + timedelta(hours=10)} | kwargs,
    )  # fmt: skip


@unlogged
def make_shift_note(station: Station | None = None, **kwargs: Any) -> ShiftNote:
    station = station or make_station()
    kwargs = {"text": "Watch the bearing", "written_at": NOON, **kwargs}
    return ShiftNote.objects.create(station=station, **kwargs)


@unlogged
def make_hand_count(station: Station | None = None, **kwargs: Any) -> HandCount:
    """Ten good units of the hour before noon; only the record, no signals."""
    times = {"started_at": NOON - timedelta(hours=1), "ended_at": NOON, "entered_at": NOON}
    return HandCount.objects.create(
        **{"good": 10, "bad": 0} | times | kwargs, station=station or make_station(counted_by_hand=True)
    )


@unlogged
def make_job(**kwargs: Any) -> Job:
    """An order's operation."""
    defaults = {"name": f"J{next(_numbers)}", "part": "A-1", "operation": "10"}
    return Job.objects.create(**_owned(defaults, kwargs))


@unlogged
def make_job_run(station: Station | None = None, **kwargs: Any) -> JobRun:
    """A run that began at noon and goes on, of an SKU of the station's company."""
    station = station or make_station()
    defaults: dict[str, Any] = {"actual_start": NOON}
    if not (kwargs.get("job") or kwargs.get("sku")):
        defaults["sku"] = make_sku(company=station.company)
    return JobRun.objects.create(**defaults | kwargs, station=station)


@unlogged
def make_job_import(company: Company, **kwargs: Any) -> JobImport:
    """A file of jobs that somebody has sent."""
    defaults = {
        "asked_by": "ann",
        "asked_at": NOON,
        "file_name": "jobs.csv",
        "state": "done",
        "finished_at": NOON,
    }
    return JobImport.objects.create(**defaults | kwargs, company=company)


@unlogged
def make_erp_run(run: JobRun, erp_run_id: str = "") -> ErpRun:
    """The id by which an ERP knows a run."""
    company_id = run.station.company_id
    return ErpRun.objects.create(
        company_id=company_id, erp_run_id=erp_run_id or f"ERP-{next(_numbers)}", run=run, told={"start": {}}
    )


@unlogged
def make_pattern(
    *shifts: tuple[str, int, int],
    days: range = range(7),
    follows: Station | StationGroup | None = None,
    valid_from: date = date(2000, 1, 1),
    **kwargs: Any,
) -> ShiftPattern:
    """A week of (name, start minute, minutes) on each of `days`, else around the clock; `follows` follows it.

    `make_pattern(("Early", 360, 480), ("Late", 840, 480), days=range(5), follows=station)`
    """
    if follows:
        kwargs.setdefault("company_id", follows.owning_company_id)
    defaults = {"code": f"W{next(_numbers)}", "title": "Week"}
    pattern = ShiftPattern.objects.create(**_owned(defaults, kwargs))
    PatternShift.objects.bulk_create(
        PatternShift(pattern=pattern, day=day, name=name, start_minute=start, minutes=minutes)
        for day in days
        for name, start, minutes in shifts or [("Day", 0, DAY)]
    )
    if follows:
        assign(pattern, follows, valid_from=valid_from)
    return pattern


@unlogged
def assign(pattern: ShiftPattern, to: Station | StationGroup, *, valid_from: date) -> PatternAssignment:
    """Let a station or a group follow a pattern from a date on."""
    key = "station" if isinstance(to, Station) else "group"
    return PatternAssignment.objects.create(pattern=pattern, valid_from=valid_from, **{key: to})


@unlogged
def make_event(**kwargs: Any) -> ScheduleEvent:
    """A break of half an hour."""
    defaults = {"name": f"Break {next(_numbers)}", "event_type": "break", "minutes": 30}
    if kwargs.get("event_type", "break") != "break":
        defaults["minutes"] = None
    return ScheduleEvent.objects.create(**_owned(defaults, kwargs))


@unlogged
def make_event_assignment(
    pattern: ShiftPattern, starts: str = "DTSTART:20260101T100000\nRRULE:FREQ=DAILY", **kwargs: Any
) -> EventAssignment:
    """An event (by default a new one, made from the other arguments) that recurs on a pattern: at ten each day."""
    event = kwargs.pop("event", None) or make_event(company=pattern.company, **kwargs)
    return EventAssignment.objects.create(event=event, pattern=pattern, start_rule=starts)


@unlogged
def make_cause(code: str = "", **kwargs: Any) -> Cause:
    """A cause at the top of the tree, or below `parent`."""
    code = code or f"C{next(_numbers)}"
    if parent := kwargs.get("parent"):
        kwargs.setdefault("company", parent.company)
    return Cause.objects.create(**_owned({"code": code, "description": f"Cause {code}"}, kwargs))


@unlogged
def make_issue(station: Station | None = None, **kwargs: Any) -> Issue:
    """A stop that began at noon, was raised two minutes later, and goes on."""
    started = kwargs.pop("started_at", NOON)
    raised = started + timedelta(minutes=2)
    defaults = {"silent_since": started, "started_at": started, "raised_at": raised, "updated_at": raised}
    defaults["left_to_people"] = bool(kwargs.get("cause") or kwargs.get("excluded_at"))
    return Issue.objects.create(**defaults | kwargs, station=station or make_station())


@unlogged
def make_rule(
    cause: Cause | None = None, *, at: datetime | None = datetime(2000, 1, 1, tzinfo=UTC), **kwargs: Any
) -> AnswerRule:
    """A rule in force since `at` (None: it is off), asked after those there are; without a condition for every stop."""
    cause = cause or make_cause(**_taken(kwargs, "company"))
    number = AnswerRule.objects.of(cause.company).count() + 1
    places = {name: kwargs.pop(name, ()) for name in ("stations", "groups", "skus")}
    defaults = {"name": f"Rule of {cause.code}", "position": number, "on": at is not None}
    rule = AnswerRule.objects.create(**defaults | kwargs, cause=cause, company=cause.company)
    for name, rows in places.items():
        getattr(rule, name).set(rows)
    if at is not None:
        publish(cause.company, at=at, by="ann", why=f"{rule} switched on")
    return rule


@unlogged
def make_error_code(
    code: str, cause: Cause, *, at: datetime = datetime(2000, 1, 1, tzinfo=UTC), **kwargs: Any
) -> ErrorCode:
    """What an error code means, in force since `at`."""
    made = ErrorCode.objects.create(code=code, cause=cause, company=cause.company, **kwargs)
    publish(cause.company, at=at, by="ann", why=f"{code} means {cause}")
    return made


@unlogged
def make_photo(issue: Issue | None = None, content: bytes = b"\xff\xd8\xff") -> Photo:
    """What somebody took a picture of, with its note."""
    issue = issue or make_issue()
    event = issue.events.create(kind="note", at=issue.raised_at)
    return Photo.objects.create(event=event, content=content, width=1, height=1)


@unlogged
def make_reject_reason(code: str = "", **kwargs: Any) -> RejectReason:
    """Why a part was not good."""
    code = code or f"R{next(_numbers)}"
    defaults = {"code": code, "description": f"Reason {code}"}
    return RejectReason.objects.create(**_owned(defaults, kwargs))


@unlogged
def make_reject(station: Station | None = None, **kwargs: Any) -> Reject:
    """A bad part, declared at noon."""
    station = station or make_station()
    reason = kwargs.pop("reason", None) or make_reject_reason(company=station.company)
    return Reject.objects.create(**{"quantity": 1, "at": NOON} | kwargs, station=station, reason=reason)


@unlogged
def make_pin(device: Device, station: Station, pin: str = "c1", **kwargs: Any) -> PinMapping:
    """A pin of a data acquisition unit that counts good units."""
    defaults = {"meaning": PinMapping.Meaning.GOOD}
    return PinMapping.objects.create(**defaults | kwargs, device=device, station=station, pin=pin)


@unlogged
def make_quarantined(payload: bytes = b"{nonsense", **kwargs: Any) -> QuarantinedMessage:
    """A message nobody understood."""
    defaults = {
        "source": QuarantinedMessage.Source.MQTT, "topic": "busroot/v2/acme/signals/M1", "payload": payload,
        "code": "bad_json", "reason": "This is not JSON.", "received_at": NOON, "digest": next(_numbers),
    }  # fmt: skip
    return QuarantinedMessage.objects.create(**_owned(defaults, kwargs))


@unlogged
def make_outbox_message(**kwargs: Any) -> OutboxMessage:
    """A mail that waits to be sent."""
    defaults = {
        "key": f"mail-{next(_numbers)}", "recipient": "ann@example.com", "subject": "M1 stopped",
        "body": "M1 has stood still for an hour.", "due_at": NOON,
    }  # fmt: skip
    return OutboxMessage.objects.create(**_owned(defaults, kwargs))


@unlogged
def make_endpoint(url: str = "https://erp.example.com/hook", **kwargs: Any) -> Endpoint:
    """A webhook that is told everything."""
    endpoint = Endpoint(**_owned({"name": "ERP", "url": url, "types": Endpoint.Type.values}, kwargs))
    endpoint.issue_secret()
    endpoint.save()
    return endpoint


@unlogged
def make_subscription(user: User | None = None, **kwargs: Any) -> Subscription:
    """What somebody with an address wants to be told; nothing, where nothing is said."""
    user = user or make_user(email=f"user-{next(_numbers)}@example.com")
    places = {name: kwargs.pop(name, ()) for name in ("plants", "groups")}
    subscription = Subscription.objects.create(user=user, **kwargs)
    for name, rows in places.items():
        getattr(subscription, name).set(rows)
    return subscription


@unlogged
def make_report(owner: User | None = None, **kwargs: Any) -> SavedReport:
    """A kept report of good units, station by station, of the day before."""
    owner = owner or make_user(email=f"user-{next(_numbers)}@example.com")
    defaults = {"name": "Good units", "asks": "metric=good_parts&by=machine&range=yesterday"}
    return SavedReport.objects.create(**defaults | kwargs, owner=owner, company=owner.company)


@unlogged
def make_mailing(report: SavedReport | None = None, *to: User | str, **kwargs: Any) -> Mailing:
    """A report that is mailed each morning at seven from NOON on; to its owner where nobody else is said."""
    report = report or make_report()
    plant = kwargs.pop("plant", None) or make_plant(company=report.company)
    mailing = Mailing.objects.create(**{"at": time(7), "since": NOON} | kwargs, report=report, plant=plant)
    for one in to or [report.owner]:
        who = {"user": one} if isinstance(one, User) else {"address": one}
        Recipient.objects.create(mailing=mailing, **who)
    return mailing


@unlogged
def make_report_run(owner: User | None = None, **kwargs: Any) -> Run:
    """A report that waits to be worked out."""
    owner = owner or make_user()
    defaults = {"asks": "metric=good_parts&by=machine&range=yesterday", "asked_at": NOON}
    return Run.objects.create(**defaults | kwargs, owner=owner, company=owner.company)


def _owned(defaults: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The arguments with their defaults, and a company of their own where none is given."""
    company = {} if given.keys() & {"company", "company_id"} else {"company": make_company()}
    return defaults | company | given


def _taken(kwargs: dict[str, Any], *names: str) -> dict[str, Any]:
    """Take these out of the arguments, where they are."""
    return {name: kwargs.pop(name) for name in names if name in kwargs}
