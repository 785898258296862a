"""Pages of the schedule: a table is uploaded, mended in the preview, and stored all together."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from mesproject import csv_text
from mesproject.accounts.backends import may
from mesproject.accounts.models import User
from mesproject.csv_reading import Unreadable
from mesproject.formats import number
from mesproject.schedule import extending, sheet
from mesproject.schedule.api import MODEL
from mesproject.schedule.reading import WITH
from production.models import JobRun

LARGEST = 2_000_000
View = Callable[..., HttpResponseBase]


def planning(action: str) -> Callable[[View], View]:
    """For people whose role may plan, or at least look."""

    def guarded(view: View) -> View:
        @login_required
        @wraps(view)
        def asked(request: HttpRequest, **places: int) -> HttpResponseBase:
            assert isinstance(request.user, User)
            if not may(request.user.role, action, MODEL):
                raise PermissionDenied(
                    _("Your role does not plan. Ask an administrator for the role Supervisor.")
                )
            return view(request, **places)

        return never_cache(asked)

    return guarded


@planning("add")
def upload(request: HttpRequest) -> HttpResponse:
    """Ask for a file; show what is in it and what is wrong with it; check what was mended; store it."""
    if request.method != "POST":
        return render(request, "schedule/upload.html")
    try:
        lines = _lines(request)
    except Unreadable as error:
        return render(request, "schedule/upload.html", {"fault": error.fault}, status=422)
    company, at = request.user.company, now()  # type: ignore[union-attr]
    good = sheet.check(company, lines, at=at)
    if good and request.POST.get("step") == "save" and (good := sheet.store(company, lines, at=at)):
        extending.refresh({line.run.station_id for line in lines if line.run}, now=at)
        stored = ngettext("{count} entry stored.", "{count} entries stored.", len(lines))
        messages.success(request, stored.format(count=number(f"{len(lines):,}")))
        return redirect("schedule:upload")
    context = {"lines": lines, "columns": sheet.COLUMNS, "wrong": sum(bool(line.faults) for line in lines)}
    return render(request, "schedule/upload.html", context, status=200 if good else 422)


def _lines(request: HttpRequest) -> list[sheet.Line]:
    """The lines of a file, or those of the preview as they were mended."""
    if file := request.FILES.get("file"):
        if file.size is None or file.size > LARGEST:
            raise Unreadable(0, gettext_noop("The file is larger than 2 MB."))
        return sheet.read(lambda: (file.seek(0), file.chunks())[1])
    columns = [request.POST.getlist(name) for name in ("line", *sheet.COLUMNS)]
    numbers = columns[0]
    if not numbers:
        raise Unreadable(0, gettext_noop("Choose a file."))
    same = all(len(column) == len(numbers) for column in columns)
    if not same or len(numbers) > sheet.MOST_LINES or not all(n.isdecimal() and len(n) < 9 for n in numbers):
        raise BadRequest("The table was cut off on its way.")
    return [
        sheet.Line(int(number), {name: cell.strip() for name, cell in zip(sheet.COLUMNS, cells, strict=True)})
        for number, *cells in zip(*columns, strict=True)
    ]


@require_GET
@planning("view")
def template(request: HttpRequest) -> HttpResponseBase:
    """An empty table to fill in."""
    return _file("schedule-template.csv", ())


@require_GET
@planning("view")
def download(request: HttpRequest) -> HttpResponseBase:
    """What runs and what is to come, as a table that can be changed and sent back."""
    assert isinstance(request.user, User)
    runs = JobRun.objects.of(request.user.company).filter(actual_end=None, station__archived_at=None)
    ordered = runs.select_related(*WITH).order_by("station__code", "actual_start", "planned_start", "pk")
    return _file("schedule.csv", ordered.iterator(500))


def _file(name: str, runs: object) -> HttpResponseBase:
    return StreamingHttpResponse(
        csv_text.lines(sheet.COLUMNS, sheet.rows(runs)),  # type: ignore[arg-type]
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
