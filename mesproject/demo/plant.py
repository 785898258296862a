"""Setting the demo plant up in the database, once; what people change in it afterwards stays changed."""

from __future__ import annotations

import os
from datetime import date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from downtime.models import Cause
from mesproject.accounts.models import ApiKey, Company, Device, Role, User
from mesproject.demo import plan
from mesproject.demo.secrets import Kept
from production.models import MTConnectSource, Operator, Plant, Sku, Station, StationGroup
from quality.models import RejectReason
from scheduling.models import EventAssignment, PatternAssignment, PatternShift, ScheduleEvent, ShiftPattern
from scheduling.models.patterns import MINUTES_PER_DAY

CODE = "demo"
GATEWAY, TABLET, BOARD = "gateway-1", "tablet", "board"
HEARTBEAT_MS = 180_000
# The shifts are older than any past that is filled in: else its first weeks would have no plan, and no target.
SHIFTS_SINCE = timedelta(days=3650)
LOGINS = {
    "admin": (Role.ADMINISTRATOR, "Alex Admin"),
    "supervisor": (Role.SUPERVISOR, "Sam Super"),
    "operator": (Role.OPERATOR, "Olli Operator"),
    "member": (Role.MEMBER, "Mia Member"),
    "viewer": (Role.READ_ONLY, "Vera Viewer"),
}


def existing() -> Company | None:
    """The demo's company, where it has been set up."""
    return Company.objects.filter(code=CODE).first()


def set_up(*, now: datetime, timezone: str, password: str) -> Company:
    """The demo's company: found as people left it, else made with all that a plant needs."""
    if company := existing():
        return company
    with transaction.atomic():
        company = Company.objects.create(code=CODE, name="Floorlight demo works")
        # The whole demo is told from the instant at which it opened.
        Company.objects.filter(pk=company.pk).update(created_at=now)
        company.created_at = now
        _users(company, password)
        _reasons(company)
        _stations(company, timezone, now)
        Device.objects.create(company=company, kind=Device.Kind.GATEWAY, name=GATEWAY)
    return company


def stations_of(company: Company) -> dict[str, Station]:
    """The stations of the plan that still stand in the plant, by their code."""
    codes = [one.code for one in plan.STATIONS]
    found = Station.objects.of(company).active().filter(code__in=codes).in_place()
    return {station.code: station for station in found}


def renew_secrets(company: Company, kept: Kept) -> None:
    """Make the secrets that the demo must know work, whichever side has forgotten them."""
    gateway, _ = Device.objects.get_or_create(
        company=company, name=GATEWAY, defaults={"kind": Device.Kind.GATEWAY}
    )
    if kept.gateway is None or Device.objects.matching(kept.gateway) != gateway:
        kept.gateway = gateway.issue_token()
        gateway.save(update_fields=["digest", "broker_digest"])
    key = ApiKey.objects.of(company).filter(name="demo").first()
    if key is None:
        key = ApiKey(
            company=company, name="demo", scopes=[ApiKey.Scope.SIGNALS, ApiKey.Scope.READ, ApiKey.Scope.WRITE]
        )
        kept.api_key = None
    if kept.api_key is None or not kept.api_key.startswith(f"{key.prefix}."):
        kept.api_key = key.issue_token()
        key.save()


def set_password(company: Company, password: str) -> None:
    """Give the demo's logins this password, where they have another."""
    users = list(User.objects.of(company).filter(username__in=LOGINS))
    if users and not check_password(password, users[0].password):
        encoded = make_password(password)
        User.objects.filter(pk__in=[user.pk for user in users]).update(password=encoded)


def give_addresses(company: Company) -> None:
    """Let the supervisor be told of calls for help by mail.

    Only when the past has been filled in, so that its calls are not sent today.
    """
    User.objects.of(company).filter(username="supervisor", email="").update(email="supervisor@demo.example")


def waiting_code(company: Company, kind: str, name: str, *, now: datetime) -> str:
    """A fresh code to enrol a tablet or display with; those that have been enrolled stay as they are."""
    devices = Device.objects.of(company).filter(kind=kind)
    device = devices.active().filter(digest="", name__startswith=name).order_by("pk").first()
    if device is None:
        taken = set(Device.objects.of(company).values_list("name", flat=True))
        free = next(number for number in count(1) if f"{name}-{number}" not in taken)
        device = Device(company=company, kind=kind, name=f"{name}-{free}")
    code = device.issue_code(at=now)
    device.save()
    return code


def local_timezone() -> str:
    """The name of this machine's time zone, so that the plant's clock shows what the visitor's shows."""
    candidates = [os.environ.get("TZ", "").lstrip(":")]
    if (link := Path("/etc/localtime")).is_symlink():
        candidates.append(str(link.resolve()).partition("zoneinfo/")[2])
    if (written := Path("/etc/timezone")).is_file():
        candidates.append(written.read_text().strip())
    known = available_timezones()
    return next((name for name in candidates if name in known), "UTC")


def _users(company: Company, password: str) -> None:
    encoded = make_password(password)  # once for all of them: it takes a third of a second
    for username, (role, name) in LOGINS.items():
        first, last = name.split()
        User.objects.create(
            company=company, username=username, role=role, first_name=first, last_name=last,
            password=encoded, is_staff=role != Role.OPERATOR,
        )  # fmt: skip
    Operator.objects.bulk_create(
        Operator(company=company, initials=initials, name=name) for initials, name in plan.OPERATORS.items()
    )


def _reasons(company: Company) -> None:
    for position, (description, below) in enumerate(plan.CAUSES.items()):
        cause = _cause(company, description, position)
        cause.save()
        Cause.objects.bulk_create(_cause(company, text, n, cause) for n, text in enumerate(below))
    RejectReason.objects.bulk_create(
        RejectReason(company=company, code=plan.cause_code(text), description=text, kind=kind, position=n)
        for n, (text, kind) in enumerate(plan.REJECT_REASONS.items())
    )


def _cause(company: Company, text: str, position: int, parent: Cause | None = None) -> Cause:
    code = plan.cause_code(text)
    kind = plan.CAUSE_KINDS.get(code, "")
    return Cause(company=company, parent=parent, code=code, description=text, kind=kind, position=position)


def _stations(company: Company, timezone: str, now: datetime) -> None:
    plant = Plant.objects.create(
        company=company, code="RIVERSIDE", name="Riverside plant", timezone=timezone, day_start=time(6)
    )
    skus = Sku.objects.bulk_create(
        Sku(company=company, code=code, name=name) for code, name in plan.SKUS.items()
    )
    assert skus
    since = now.astimezone(ZoneInfo(timezone)).date() - SHIFTS_SINCE
    for code, name in plan.GROUPS.items():
        group = StationGroup.objects.create(plant=plant, code=code, name=name)
        _follow(group, company, since)
        for position, one in enumerate(s for s in plan.STATIONS if s.group == code):
            _station(group, one, position)


def _station(group: StationGroup, one: plan.StationPlan, position: int) -> None:
    station = Station(
        group=group, code=one.code, name=one.name, erp_id=one.code, position=position, heartbeat_ms=HEARTBEAT_MS,
        counter=Station.Counter.RESET, **one.setting,
    )  # fmt: skip
    station.save()
    if one.count_by:
        MTConnectSource.objects.create(station=station, count_by=one.count_by)


def _follow(group: StationGroup, company: Company, since: date) -> None:
    """Three shifts a day, each with its break."""
    after, minutes = plan.BREAKS[group.code]
    pattern = ShiftPattern.objects.create(
        company=company, code=f"3x8-{group.code}", title=f"Three shifts, {group.name.lower()}"
    )
    PatternShift.objects.bulk_create(
        PatternShift(pattern=pattern, name=name, day=day, start_minute=start, minutes=plan.SHIFT_MINUTES)
        for day in range(7)
        for name, start in plan.SHIFTS
    )
    event = ScheduleEvent.objects.create(company=company, name="Break", minutes=minutes)
    for _, start in plan.SHIFTS:
        hour, minute = divmod((start + after) % MINUTES_PER_DAY, 60)
        rule = f"DTSTART:{since:%Y%m%d}T{hour:02}{minute:02}00\nRRULE:FREQ=DAILY"
        EventAssignment.objects.create(event=event, pattern=pattern, start_rule=rule)
    PatternAssignment.objects.create(pattern=pattern, group=group, valid_from=since)
