"""The admin as a whole: its name, its order, the plant's clock, and what is still to be set up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.urls import path, reverse
from django.utils import timezone

# In the order in which an administrator needs them; what has no better name keeps its own.
PARTS = ("production", "scheduling", "downtime", "quality", "reports", "outgoing", "accounts", "auditlog")
ORDER = (
    "Plant", "StationGroup", "Station", "StationLive", "Sku", "SkuGroup", "Job", "JobImport", "JobRun", "Operator",
    "QuarantinedMessage", "Calendar", "ShiftPattern", "ScheduleEvent", "EventAssignment", "PatternException",
    "EventInstance", "Recomputation", "Issue", "Cause", "AnswerRule", "ErrorCode",
    "AnswerBook", "Reject", "RejectReason", "User", "Device", "ApiKey",
    "Endpoint", "OutboxMessage",
)  # fmt: skip
NAMES = {
    "StationLive": "What stations do now",
    "QuarantinedMessage": "Quarantine",
    "Issue": "Stops",
    "AnswerRule": "Rules that answer",
    "AnswerBook": "Rules in force, and since when",
    "ScheduleEvent": "Events",
    "EventAssignment": "Recurring events",
    "PatternException": "Exceptions of a date",
    "EventInstance": "One-off events",
    "Recomputation": "Recomputations of the past",
    "KpiDefinition": "Definition of OEE, costs and the rest",
    "OutboxMessage": "Outgoing messages",
    "Endpoint": "Webhooks",
    "Subscription": "Who is told what",
    "Summary": "Daily summaries",
    "Company": "Company",
    "LogEntry": "Who changed what",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a new company needs before it sees its first stop."""

    title: str
    why: str
    address: str
    done: bool


# Pages that are no list of rows, by the part among whose lists they stand.
PAGES = {
    "scheduling": {"Calendar": "admin:scheduling_calendar"},
    "reports": {"How every number is computed": "reports:numbers"},
}


class FloorlightAdmin(AdminSite):
    """Django's own admin, in one company and on its plant's clock."""

    site_header = site_title = "Floorlight"
    index_title = "Administration"
    enable_nav_sidebar = True

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """With the name of the clock that times are shown on."""
        return {**super().each_context(request), "clock": timezone.get_current_timezone_name()}

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        """Every page shows and reads times on the plant's clock."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def on_the_plants_clock(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            with timezone.override(clock_of(request)):
                response = inner(request, *args, **kwargs)
                if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
                    response.render()  # here, because a template that is rendered later has lost the clock
                return response

        return on_the_plants_clock

    def get_urls(self) -> list[Any]:
        """With the calendar, which is a page of no list."""
        from scheduling.admin.calendar import calendar_view

        calendar = path("scheduling/calendar/", self.admin_view(calendar_view), name="scheduling_calendar")
        return [calendar, *super().get_urls()]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Parts and lists in their order, under names that say what they are for."""
        parts = super().get_app_list(request, app_label)
        for part in parts:
            for model in part["models"]:
                model["name"] = NAMES.get(model["object_name"], model["name"])
            part["models"] += [
                _page(name, address) for name, address in PAGES.get(part["app_label"], {}).items()
            ]
            part["models"].sort(key=lambda model: _place(model["object_name"], ORDER))
        return sorted(parts, key=lambda part: _place(part["app_label"], PARTS))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With the list of what is still to be set up."""
        return super().index(request, {"steps": steps_to_go(request), **(extra_context or {})})


class FloorlightAdminConfig(AdminConfig):
    """Makes it the site that every part registers with."""

    default_site = "mesproject.adminsite.FloorlightAdmin"


def _page(name: str, address: str) -> dict[str, Any]:
    """A page that is no list of rows, among the lists."""
    return {
        "name": name,
        "object_name": name,
        "admin_url": reverse(address),
        "add_url": None,
        "view_only": True,
    }


def _place(name: str, order: Sequence[str]) -> int:
    return order.index(name) if name in order else len(order)


def clock_of(request: HttpRequest) -> ZoneInfo:
    """The clock of the company's plants, where they have one in common; else UTC."""
    from production.models import Plant

    company = getattr(request.user, "company_id", None)
    zones = set(Plant.objects.of(company).values_list("timezone", flat=True)) if company else set()
    return ZoneInfo(zones.pop() if len(zones) == 1 else "UTC")


def steps_to_go(request: HttpRequest) -> list[Step]:
    """The way to the first stop, in one query; empty when all is done, or the user may not do it."""
    if not request.user.has_perm("production.add_plant"):
        return []
    done = _what_there_is(request.user.company_id)
    steps = [Step(title, why, reverse(name), done[key]) for key, (title, why, name) in STEPS.items()]
    return [] if all(step.done for step in steps) else steps


STEPS = {
    "plant": ("A plant", "with its time zone and the start of its day", "admin:production_plant_add"),
    "group": ("A group of stations", "a line, a cell, a hall", "admin:production_stationgroup_add"),
    "station": ("A station", "the machine that is listened to", "admin:production_station_add"),
    "shifts": ("Shifts", "without them nothing is planned, and nothing is a stop",
               "admin:scheduling_shiftpattern_add"),
    "cause": ("Causes", "what an operator can answer when a station stops", "admin:downtime_cause_add"),
    "sender": ("A device or an API key", "something that may send signals", "admin:accounts_device_add"),
    "heard": ("A first signal", "send one as the device's page shows",
              "admin:production_stationlive_changelist"),
}  # fmt: skip


def _what_there_is(company: int) -> dict[str, bool]:
    from django.db.models import Exists

    from downtime.models import Cause
    from mesproject.accounts.models import ApiKey, Company, Device
    from production.models import Plant, Station, StationGroup, StationLive
    from scheduling.models import PatternAssignment

    rows = {
        "plant": Plant.objects, "group": StationGroup.objects, "station": Station.objects,
        "shifts": PatternAssignment.objects, "cause": Cause.objects,
    }  # fmt: skip
    exists = {key: Exists(manager.of(company)) for key, manager in rows.items()}
    gateways = Device.objects.of(company).active().filter(kind=Device.Kind.GATEWAY)
    exists["sender"] = Exists(gateways) | Exists(ApiKey.objects.of(company).filter(revoked_at=None))
    exists["heard"] = Exists(StationLive.objects.of(company).exclude(last_seen_at=None))
    return Company.objects.filter(pk=company).values(**exists).get()
