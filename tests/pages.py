"""Every page there is: its address, who looks at it, and on what. The walk over them judges each in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from django.test.utils import CaptureQueriesContext

from downtime.models import Issue
from mesproject.accounts.models import Company, User
from mesproject.analysis.builder.models import AllowedAddress, Mailing
from production.models import JobRun
from tests.make import make_mailing, make_report, make_report_run

# A page of a year's numbers may ask the database so often.
MOST_QUERIES = 25
NO_QUESTION = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET LOCAL")


class Face(Enum):
    """What a page is looked at on."""

    TABLET = "tablet"
    WALL = "wall"
    DESK = "desk"
    ADMIN = "admin"  # the same desk, walked by itself because it has so many pages

    @property
    def size(self) -> tuple[int, int, int]:
        """Width and height in CSS pixels, and device pixels to one of them."""
        return SIZES.get(self, (1440, 900, 1))


SIZES = {Face.TABLET: (1280, 800, 1), Face.WALL: (960, 540, 2)}


@dataclass(frozen=True, slots=True)
class Page:
    """A page; `address` has places to fill in (`places_of`), `who` is a login of the demo, or None for nobody;
    a `panel` is opened within the tablet, an `action` of a list is asked for with its first two rows."""

    name: str
    address: str
    face: Face
    who: str | None
    queries: int = MOST_QUERIES
    panel: bool = False
    action: str = ""
    status: int = 200


REPORT = "/analysis/report/"
PAGES = (
    # Coming in.
    Page("login", "/login/", Face.DESK, None),
    Page("enrol", "/enrol/", Face.TABLET, None),
    Page("pair", "/pair/", Face.WALL, None),
    Page("not-found", "/there-is-nothing/", Face.DESK, "viewer", status=404),
    Page("home", "/", Face.DESK, "admin"),
    Page("design", "/design", Face.DESK, None),
    # The tablet.
    Page("stations", "/tablet/", Face.TABLET, "operator"),
    Page("tablet", "/tablet/{station}/", Face.TABLET, "operator"),
    Page("without-network", "/tablet/without-network/", Face.TABLET, "operator"),
    Page("operator", "/operator/{station}/", Face.TABLET, "operator"),
    Page("rejects", "/rejects/of/{station}/", Face.TABLET, "operator", panel=True),
    Page("stops", "/stops/of/{station}/", Face.TABLET, "operator", panel=True),
    Page("raise", "/stops/of/{station}/raise/", Face.TABLET, "operator", panel=True),
    Page("runs", "/schedule/of/{station}/", Face.TABLET, "operator", panel=True),
    Page("counts", "/schedule/of/{station}/counts/", Face.TABLET, "operator", panel=True),
    Page("hours", "/schedule/of/{station}/hours/", Face.TABLET, "operator", panel=True),
    Page("instructions", "/schedule/of/{station}/instructions/", Face.TABLET, "operator"),
    Page("notes", "/notes/of/{station}/", Face.TABLET, "operator", panel=True),
    Page("new-note", "/notes/of/{station}/?write=1", Face.TABLET, "operator", panel=True),
    Page("find-a-cause", "/tablet/{station}/?issue={issue}&ask=find", Face.TABLET, "operator"),
    # The wall.
    Page("board", "/board/", Face.WALL, "viewer"),
    Page("plant-board", "/board/{plant}/", Face.WALL, "viewer"),
    Page("station-board", "/board/station/{station}/", Face.WALL, "viewer"),
    Page("needed-board", "/board/needed/", Face.WALL, "viewer"),
    Page("line-board", "/board/line/{line}/", Face.WALL, "viewer"),
    Page("utilisation-board", "/board/utilisation/", Face.WALL, "viewer"),
    # The desk.
    Page("unanswered", "/unanswered/", Face.DESK, "supervisor"),
    Page("schedule", "/schedule/", Face.DESK, "supervisor"),
    Page("new-run", "/schedule/runs/new/?station={code}", Face.DESK, "supervisor"),
    Page("run", "/schedule/runs/{run}/", Face.DESK, "supervisor"),
    Page("upload", "/schedule/upload/", Face.DESK, "supervisor"),
    Page("numbers", "/how/", Face.DESK, "viewer"),
    Page("number", "/how/oee/", Face.DESK, "viewer"),
    Page("overview", "/analysis/", Face.DESK, "supervisor"),
    Page("overview-needs", "/analysis/?needs=1&sort=-downtime", Face.DESK, "supervisor"),
    Page("station-day", "/analysis/station/{code}/", Face.DESK, "supervisor"),
    Page("job-progress", "/analysis/progress/?runs=all", Face.DESK, "supervisor"),
    Page("utilisation", "/analysis/utilisation/", Face.DESK, "supervisor"),
    Page(
        "utilisation-of-station",
        "/analysis/utilisation/?station={code}&cells=5&range=last-30-days",
        Face.DESK,
        "supervisor",
    ),
    Page("intervals", "/analysis/intervals/?station={code}", Face.DESK, "supervisor"),
    Page("cycle-times", "/cycle-times/", Face.DESK, "supervisor"),
    Page("cycle-time", "/cycle-times/one/?sku={sku}", Face.DESK, "supervisor"),
    Page(
        "report",
        f"{REPORT}?metric=oee&metric=availability&metric=quality&by=day&range=last-7-days",
        Face.DESK,
        "viewer",
    ),
    Page(
        "report-by-two",
        f"{REPORT}?metric=good_parts&metric=oee&metric=energy&by=day&by=machineGroup&saved={{report}}",
        Face.DESK,
        "supervisor",
    ),
    Page(
        "report-losses",
        f"{REPORT}?of=downtime&by=reason&by=machine&range=last-7-days&not.shift=Night",
        Face.DESK,
        "viewer",
    ),
    Page("report-crossed", f"{REPORT}?metric=oee&by=machine&by=shift&range=last-7-days", Face.DESK, "viewer"),
    Page(
        "report-finding",
        f"{REPORT}?metric=good_parts&by=machineGroup&range=today&q=parts",
        Face.DESK,
        "viewer",
    ),
    Page("reports", f"{REPORT}saved/", Face.DESK, "supervisor"),
    Page("report-mails", f"{REPORT}saved/{{report}}/mails/", Face.DESK, "supervisor"),
    Page("report-run", f"{REPORT}runs/{{report_run}}/", Face.DESK, "supervisor"),
    Page("downtime-pareto", "/analysis/downtime/?range=last-30-days", Face.DESK, "supervisor"),
    Page("downtime-stops", "/analysis/downtime/stops/?cause=0", Face.DESK, "supervisor"),
    Page("oee", "/analysis/oee/?range=last-365-days", Face.DESK, "supervisor"),
    Page("oee-money", "/analysis/oee/?in=money", Face.DESK, "supervisor"),
    Page("production", "/analysis/production/?range=last-365-days", Face.DESK, "supervisor"),
    Page("production-weeks", "/analysis/production/?by=week&range=last-90-days", Face.DESK, "supervisor"),
    Page("reject-pareto", "/analysis/rejects/?range=last-30-days", Face.DESK, "supervisor"),
    Page("reject-list", "/analysis/rejects/list/", Face.DESK, "supervisor"),
    Page("comparison", "/analysis/comparison/?range=last-30-days", Face.DESK, "supervisor"),
    Page("energy", "/analysis/energy/?range=last-30-days", Face.DESK, "supervisor"),
    Page("messages", "/messages/", Face.DESK, "supervisor"),
    Page("api", "/api/docs", Face.DESK, "admin"),
    # Set-up.
    Page("set-up", "/set-up/", Face.DESK, "admin"),
    Page("set-up-company", "/set-up/company/", Face.DESK, "admin"),
    Page("set-up-plant", "/set-up/plant/", Face.DESK, "admin"),
    Page("set-up-shifts", "/set-up/shifts/", Face.DESK, "admin"),
    Page("set-up-stations", "/set-up/stations/", Face.DESK, "admin"),
    Page("set-up-skus", "/set-up/skus/", Face.DESK, "admin"),
    Page("set-up-causes", "/set-up/causes/", Face.DESK, "admin"),
    Page("set-up-machine", "/set-up/machine/", Face.DESK, "admin"),
    Page("set-up-screens", "/set-up/screens/", Face.DESK, "admin"),
    # Those of the admin are made of what is registered (tests/admin_pages.py).
)


def places_of(company: Company, at: datetime) -> dict[str, object]:
    """What addresses are filled in with: the run of the demo plant that began last, and what is around it."""
    run = (
        JobRun.objects.of(company).filter(job__sku__isnull=False, actual_start__lte=at).latest("actual_start")
    )
    station, job = run.station, run.job
    mailing = _kept(company)
    issue = Issue.objects.of(company).filter(station=station, cause__isnull=False).latest("started_at")
    return {
        "station": station.uuid, "code": station.code, "plant": station.group.plant.code, "run": run.pk,
        "group": station.group.code, "line": station.group_id, "sku": job.sku.code, "issue": issue.uuid,
        "cause": issue.cause.code,
        "report": mailing.report.uuid, "report_run": make_report_run(mailing.report.owner, done=3, steps=8).uuid,
    }  # fmt: skip


def _kept(company: Company) -> Mailing:
    """A report that the supervisor keeps, and has mailed to two."""
    owner = User.objects.of(company).get(username="supervisor")
    report = make_report(
        owner, name="Good units of each group", description="For the meeting on Monday morning."
    )
    AllowedAddress.objects.get_or_create(company=company, address="@customer.example")
    plant = company.plants.order_by("code").first()
    return make_mailing(report, owner, "ken@customer.example", plant=plant)


def questions(asked: CaptureQueriesContext) -> int:
    """How often the database was asked; that a transaction begins or ends is no question."""
    return sum(not query["sql"].startswith(NO_QUESTION) for query in asked.captured_queries)


def filled(page: Page, places: Mapping[str, object]) -> str:
    """Its address in a plant with these places."""
    return page.address.format_map(places)
