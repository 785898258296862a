"""What error codes of machines mean: one by one, or a whole list out of a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from downtime import whys
from downtime.admin.rules import RuledAdmin, put_into_force
from downtime.code_lists import MOST_CHARACTERS, BadList, Line, in_line, read
from downtime.models import Cause, ErrorCode
from downtime.models.answers import MOST_CODES
from mesproject.accounts.admin_base import labelled, user_of
from mesproject.accounts.models import Company
from mesproject.formats import spoken
from mesproject.words import Said
from production.models import Station, StationGroup

MOST_SENTENCES = 20
NO_CAUSE = gettext_noop("there is no cause {cause} in use.")
NO_PLACE = gettext_noop("there is no station or group {place}.")
SEVERAL = gettext_noop("{place} is the code of several places. Enter this one by hand.")


@admin.register(ErrorCode)
class ErrorCodeAdmin(RuledAdmin):
    """A code and its cause. They are asked after the rules."""

    change_list_template = "admin/downtime/codes.html"
    list_display = ["code", "place", "cause", "cause_in_use"]
    list_filter = ["cause", "group", "station"]
    search_fields = ["code", "cause__description", "cause__code"]
    fetched_with = ["cause", "station", "group"]
    autocomplete_fields = ["cause", "station", "group"]
    fields = ["code", "cause", "group", "station"]
    said_of_one = (whys.CODE_ADDED, whys.CODE_CHANGED)

    def get_urls(self) -> list[Any]:
        """The page that takes a list."""
        view = self.admin_site.admin_view(import_view)
        return [path("import/", view, name="downtime_errorcode_import"), *super().get_urls()]

    def delete_model(self, request: HttpRequest, obj: ErrorCode) -> None:
        """Without it from now on."""
        said = whys.CODE_DELETED.format(name=obj)
        super().delete_model(request, obj)
        put_into_force(request, said)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Many at once."""
        said = whys.CODES_DELETED.format(count=queryset.count())
        super().delete_queryset(request, queryset)
        put_into_force(request, said)

    @labelled(_("Where"))
    def place(self, code: ErrorCode) -> str:
        """At which station or group."""
        return str(code.station or code.group or _("all stations"))

    @labelled(_("In force"), boolean=True)
    def cause_in_use(self, code: ErrorCode) -> bool:
        """Not where its cause is archived."""
        return code.cause.archived_at is None


class ListForm(forms.Form):
    """A list, pasted or as a file."""

    text = forms.CharField(
        label=_("List"), required=False, max_length=MOST_CHARACTERS, strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "cols": 60, "spellcheck": "false", "class": "fl-rule"}),
        help_text=_("A line each: the code; the code of its cause; the code of a station or group, or nothing."),
    )  # fmt: skip
    file = forms.FileField(label=_("File"), required=False, help_text=_("The same as a CSV file, in UTF-8."))

    def clean(self) -> dict[str, Any]:
        """One of the two, understood line by line."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        text, file = said.get("text", ""), said.get("file")
        if file is not None:
            if file.size > MOST_CHARACTERS:
                raise forms.ValidationError(_("The file is too large: at most a megabyte."))
            try:
                text = file.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                raise forms.ValidationError(_("The file is not in UTF-8. Save it as “CSV UTF-8”.")) from None
        try:
            said["lines"] = read(text)
        except BadList as error:
            raise forms.ValidationError(_first(error)) from None
        if not said["lines"]:
            raise forms.ValidationError(_("Paste a list, or choose a file."))
        return said


def _first(error: BadList) -> list[str]:
    return [spoken(one) for one in error.sentences[:MOST_SENTENCES]]


def import_view(request: HttpRequest) -> HttpResponse:
    """Take a list: all of it, or nothing and a sentence for each line that is wrong."""
    if not request.user.has_perm("downtime.add_errorcode"):
        raise PermissionDenied
    form = ListForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            with transaction.atomic():
                added, changed = keep(user_of(request).company, form.cleaned_data["lines"])
                put_into_force(request, whys.LISTED.format(added=added, changed=changed))
        except BadList as error:
            form.add_error(None, _first(error))
        else:
            messages.success(
                request,
                _("Error codes: %(added)d added, %(changed)d changed.")
                % {"added": added, "changed": changed},
            )
            return HttpResponseRedirect(reverse("admin:downtime_errorcode_changelist"))
    context = {
        **admin.site.each_context(request), "title": _("Import error codes"), "opts": ErrorCode._meta, "form": form,
    }  # fmt: skip
    return TemplateResponse(request, "admin/downtime/import.html", context)


def keep(company: Company, lines: Sequence[Line]) -> tuple[int, int]:
    """Store a list; how many codes were added and changed. Raises BadList."""
    rows = list(_rows(company, lines))
    known = {(row.code, row.group_id, row.station_id): row for row in ErrorCode.objects.of(company)}
    added = changed = 0
    for row in rows:
        before = known.get((row.code, row.group_id, row.station_id))
        if before is None:
            row.save()
            added += 1
        elif before.cause_id != row.cause_id:
            before.cause_id = row.cause_id
            before.save(update_fields=["cause"])
            changed += 1
    if len(known) + added > MOST_CODES:
        raise BadList([Said(gettext_noop("A company has at most {most} error codes."), {"most": MOST_CODES})])
    return added, changed


def _rows(company: Company, lines: Sequence[Line]) -> Iterator[ErrorCode]:
    causes = {cause.code: cause for cause in Cause.objects.of(company).active()}
    stations = {station.code: station for station in Station.objects.of(company).active()}
    groups: dict[str, list[StationGroup]] = {}
    for group in StationGroup.objects.of(company):
        groups.setdefault(group.code, []).append(group)
    wrong = []
    for line in lines:
        station, places = stations.get(line.place), groups.get(line.place, [])
        if line.cause not in causes:
            wrong.append(in_line(line.number, NO_CAUSE, cause=line.cause))
        elif line.place and not station and not places:
            wrong.append(in_line(line.number, NO_PLACE, place=line.place))
        elif len(places) + bool(station) > 1:
            wrong.append(in_line(line.number, SEVERAL, place=line.place))
        else:
            group = places[0] if places else None
            yield ErrorCode(
                company=company, code=line.code, cause=causes[line.cause], station=station, group=group
            )
    if wrong:
        raise BadList(wrong)
