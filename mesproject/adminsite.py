"""The admin as a whole: its name, its order, the plant's clock, and what is still to be set up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mesproject.words import gettext_noop

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    from mesproject.setup.steps import Standing

# Django's catalogues say “Save” by another word than ours in some languages; these stand on the buttons beside it.
BESIDE_SAVE = (gettext_noop("Save and add another"), gettext_noop("Save and continue editing"))
# What an administrator comes for, and the lists he needs for it, in their order. What is in none of them comes last.
TASKS: Sequence[tuple[StrPromise, Sequence[str]]] = (
    (_("Build the plant"), ("Plant", "StationGroup", "Station", "Sku", "SkuGroup", "File", "Operator")),
    (_("Plan the time"), (
        "Calendar", "ShiftPattern", "ScheduleEvent", "EventAssignment", "HolidayCalendar", "PatternException",
        "EventInstance", "CalendarFeed", "Recomputation",
    )),
    (_("Plan the work"), ("Job", "JobImport", "JobRun")),
    (_("Why it stops, what is bad"), ("Cause", "AnswerRule", "ErrorCode", "AnswerBook", "RejectReason")),
    (_("Correct what was noted"), ("Issue", "Reject", "SignOn", "HandCount", "ShiftNote")),
    (_("Connect machines and screens"), ("Device", "ApiKey", "StationLive", "QuarantinedMessage")),
    (_("People, and what they are told"), (
        "User", "Subscription", "Summary", "Sending", "AllowedAddress", "Endpoint", "OutboxMessage",
    )),
    (_("The company and its numbers"), ("Company", "KpiDefinition", "How", "LogEntry")),
)  # fmt: skip
NAMES = {
    "StationLive": _("What stations do now"),
    "QuarantinedMessage": _("Quarantine"),
    "Issue": _("Stops"),
    "AnswerRule": _("Rules that answer"),
    "AnswerBook": _("Rules in force, and since when"),
    "ScheduleEvent": _("Events"),
    "EventAssignment": _("Recurring events"),
    "PatternException": _("Exceptions of a date"),
    "EventInstance": _("One-off events"),
    "Recomputation": _("Recomputations of the past"),
    "KpiDefinition": _("Definition of OEE, costs and the rest"),
    "OutboxMessage": _("Outgoing messages"),
    "Endpoint": _("Webhooks"),
    "Subscription": _("Who is told what"),
    "Summary": _("Daily summaries"),
    "Company": _("Company"),
    "LogEntry": _("Who changed what"),
}

# Pages that are no list of rows, by the name under which they stand among those.
PAGES = {
    "Calendar": (_("Calendar"), "admin:scheduling_calendar"),
    "How": (_("How every number is computed"), "reports:numbers"),
}


class FloorlightAdmin(AdminSite):
    """Django's own admin, in one company and on its plant's clock."""

    site_header = site_title = "Floorlight"
    index_title = _("Administration")
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
        """By task, under names that say what each list is for; of one part its own lists only."""
        parts = super().get_app_list(request, app_label)
        for part in parts:
            for model in part["models"]:
                model["name"] = NAMES.get(model["object_name"], model["name"])
        if app_label or not parts:
            return parts
        return _by_task([*(model for part in parts for model in part["models"]), *_pages()])

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With the list of what is still to be set up."""
        return super().index(request, {"steps": steps_to_go(request), **(extra_context or {})})


class FloorlightAdminConfig(AdminConfig):
    """Makes it the site that every part registers with."""

    default_site = "mesproject.adminsite.FloorlightAdmin"

    def ready(self) -> None:
        """Name models and fields in the reader's language, before forms are made of them."""
        from mesproject.accounts.field_names import speak

        speak(apps.get_models())
        super().ready()


def _by_task(lists: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lists that there are, under the task for which they are."""
    home = reverse("admin:index")
    places = {name: (n, place) for n, (_task, names) in enumerate(TASKS) for place, name in enumerate(names)}
    found: dict[int, list[tuple[int, dict[str, Any]]]] = {}
    for one in lists:
        task, place = places.get(one["object_name"], (len(TASKS), 0))
        found.setdefault(task, []).append((place, one))
    titles = [title for title, _names in TASKS] + [_("Everything else")]
    return [
        {
            "name": titles[n], "app_label": f"task-{n}", "app_url": f"{home}#task-{n}", "has_module_perms": True,
            "models": [one for _place, one in sorted(its, key=itemgetter(0))],
        }
        for n, its in sorted(found.items())
    ]  # fmt: skip


def _pages() -> list[dict[str, Any]]:
    """Pages that are no list of rows, as if they were."""
    return [
        {"name": name, "object_name": key, "admin_url": reverse(address), "add_url": None, "view_only": True}
        for key, (name, address) in PAGES.items()
    ]


def clock_of(request: HttpRequest) -> ZoneInfo:
    """The clock of the company's plants, where they have one in common; else UTC."""
    from production.models import Plant

    company = getattr(request.user, "company_id", None)
    zones = set(Plant.objects.of(company).values_list("timezone", flat=True)) if company else set()
    return ZoneInfo(zones.pop() if len(zones) == 1 else "UTC")


def steps_to_go(request: HttpRequest) -> list[Standing]:
    """The way to the first stop, in one query; empty when all is done, or the user may not do it."""
    from mesproject.accounts.models import Role
    from mesproject.setup.steps import standings

    if getattr(request.user, "role", None) != Role.ADMINISTRATOR:
        return []
    found = standings(request.user.company_id)
    return found if any(one.word == "open" for one in found) else []
