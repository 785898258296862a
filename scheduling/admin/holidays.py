"""Public holidays: a country or a file, shown day by day before they count; and the links of feeds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localdate, now
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.admin.credentials import CredentialAdmin, RevokedFilter
from mesproject.accounts.admin_base import Archivable, OwnedForm, fieldset, labelled, user_of
from mesproject.accounts.models import Company
from mesproject.formats import spoken
from scheduling.holiday_days import countries, default_language, languages, subdivisions
from scheduling.holiday_rules import days_of
from scheduling.holidays import Source, already, calendar_patterns, keep, put_away, take_back
from scheduling.ics_import import LARGEST_FILE, TOO_LARGE, BadCalendar
from scheduling.ics_import import days_of as days_of_file
from scheduling.models import CalendarFeed, HolidayCalendar, ShiftPattern

SALT = "scheduling.holidays"
A_DAY = 24 * 3600
SHOWN_YEARS = 2


@dataclass(frozen=True, slots=True)
class Row:
    """A day of the preview; `note` says why it would change nothing."""

    date: date
    name: str
    note: str = ""


class HolidaysForm(forms.Form):
    """A country or a file, for which patterns; what a file said is carried, signed, to the saving."""

    country = forms.ChoiceField(label=_("Country"), required=False)
    subdivision = forms.ChoiceField(label=_("Part of it"), required=False)
    language = forms.ChoiceField(label=_("Names in"), required=False)
    file = forms.FileField(
        label=_("or a calendar file"), required=False, help_text=_("An .ics file of whole days, at most 2 MB."),
        widget=forms.FileInput(attrs={"accept": ".ics,text/calendar"}),
    )  # fmt: skip
    read = forms.CharField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Name"),
        max_length=64,
        required=False,
        help_text=_("Of this calendar in lists. Empty: the country or the file."),
    )
    patterns = forms.ModelMultipleChoiceField(
        ShiftPattern.objects.none(), label=_("On shift patterns"), required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: on all, also on those that are made later."),
    )  # fmt: skip

    def __init__(self, company: Company, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        self.source: Source | None = None
        self.left_out: list[str] = []
        own = ShiftPattern.objects.of(company).active()
        self.fields["patterns"].queryset = own
        country = self.data.get("country", "")
        parts, tongues = (subdivisions(country), languages(country)) if country in countries() else ({}, [])
        choices = {
            "country": [("", "–"), *countries().items()],
            "subdivision": [("", _("the whole country")), *parts.items()],
            "language": [("", _("its own language")), *((code, code) for code in tongues)],
        }
        for field, values in choices.items():
            self.fields[field].choices = values
        if not parts:
            self.fields["subdivision"].widget = forms.HiddenInput()
        if not tongues:
            self.fields["language"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        """Read the file, or what was read of it before."""
        data = super().clean() or self.cleaned_data
        country, upload, read = data.get("country"), data.get("file"), data.get("read")
        if country and upload:
            raise forms.ValidationError(_("Choose a country or a file, not both."))
        if upload:
            self._read(upload)
        elif country:
            language = data.get("language") or default_language(country)
            self.source = Source(
                country=country, subdivision=data.get("subdivision") or "", language=language
            )
        elif read:
            self._carried(read)
        elif not self.errors:
            raise forms.ValidationError(_("Choose a country or a file."))
        return data

    def _read(self, upload: Any) -> None:
        try:
            if upload.size > LARGEST_FILE:
                raise BadCalendar("file", TOO_LARGE, size=f"{upload.size / 1024 / 1024:.0f}")
            content = upload.read()
            found = days_of_file(content, today=localdate())
        except BadCalendar as error:
            raise forms.ValidationError({"file": f"{error.field}: {spoken(error.said)}"}) from None
        if not found.days:
            raise forms.ValidationError({"file": _("The file has no whole days from last year on.")})
        self.source, self.left_out = Source.file(upload.name, content, found.days), found.left_out

    def _carried(self, read: str) -> None:
        try:
            told = signing.loads(read, salt=SALT, max_age=A_DAY)
        except signing.BadSignature:
            raise forms.ValidationError({"file": _("Choose the file again.")}) from None
        days = {date.fromisoformat(day): name for day, name in told["days"]}
        self.source = Source(file_name=told["file"], digest=told["digest"], days=days)

    @property
    def carried(self) -> str:
        """What was read of a file, for the saving."""
        if self.source is None or self.source.days is None:
            return ""
        days = [(day.isoformat(), name) for day, name in self.source.days.items()]
        told = {"file": self.source.file_name, "digest": self.source.digest, "days": days}
        return signing.dumps(told, salt=SALT, compress=True)

    @property
    def chosen(self) -> list[ShiftPattern] | None:
        """The patterns; None for all."""
        return list(self.cleaned_data["patterns"]) or None

    @property
    def calendar_name(self) -> str:
        """As it was typed, or made of the source."""
        source = self.source
        if self.cleaned_data.get("name") or source is None:
            return self.cleaned_data.get("name", "")
        if source.country:
            part = subdivisions(source.country).get(source.subdivision, "")
            return f"{countries()[source.country]}{f', {part}' if part else ''}"[:64]
        return source.file_name.removesuffix(".ics")[:64] or "Holidays"

    def rows(self, today: date) -> list[Row]:
        """The days of a file, or of a country those of this year and the next ones."""
        if self.source is None:
            return []
        first, last = date(today.year, 1, 1), date(today.year + SHOWN_YEARS, 12, 31)
        if self.source.days:
            first, last = min(self.source.days), max(self.source.days)
        there = already(self.company, self.chosen, first, last)
        found = self.source.known.between(first, last)
        told = gettext("already in “%(calendar)s”")
        return [
            Row(day, name, told % {"calendar": there[day]} if day in there else "") for day, name in found
        ]


@admin.register(HolidayCalendar)
class HolidayCalendarAdmin(Archivable):
    """Calendars of public holidays."""

    list_display = ["name", "source", "on", "next_day", "created_at"]
    search_fields = ["name", "country", "file_name"]
    ordering = ["name"]
    readonly_fields = ["name", "source", "on", "coming", "created_at", "archived_at"]
    fieldsets = [fieldset(None, "name", "source", "on", "coming", "created_at", "archived_at")]

    @labelled(_("From"), "country")
    def source(self, calendar: HolidayCalendar) -> str:
        """The country, or the file."""
        if not calendar.country:
            return gettext("file %(name)s") % {"name": calendar.file_name}
        country = countries().get(calendar.country, calendar.country)
        part = subdivisions(calendar.country).get(calendar.subdivision, calendar.subdivision)
        return f"{country}, {part}" if part else country

    @labelled(_("On"))
    def on(self, calendar: HolidayCalendar) -> str:
        """Which patterns."""
        if calendar.for_all:
            return str(_("all shift patterns"))
        titles = ShiftPattern.objects.of(calendar.company_id).filter(pk__in=calendar_patterns(calendar))
        return ", ".join(titles.values_list("title", flat=True))

    @labelled(_("Next"))
    def next_day(self, calendar: HolidayCalendar) -> str:
        """The next of its days."""
        if calendar.archived_at:
            return "–"
        coming = next(iter(_coming(calendar)), None)
        return f"{date_format(coming[0], 'D Y-m-d')} {coming[1]}" if coming else "–"

    @labelled(_("Coming days"))
    def coming(self, calendar: HolidayCalendar) -> str:
        """Those of the next two years."""
        days = format_html_join("", "<tr><td>{}</td><td>{}</td></tr>", (
            (date_format(day, "D Y-m-d"), name) for day, name in _coming(calendar)
        ))  # fmt: skip
        return format_html('<table class="fl-days">{}</table>', days) if days else gettext("None.")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Choose, look at the days, save."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        company = user_of(request).company
        if request.method != "POST":
            return self._page(request, HolidaysForm(company))
        form = HolidaysForm(company, request.POST, request.FILES)
        if form.is_valid() and "_save" in request.POST:
            return self._saved(request, form)
        return self._page(request, form)

    def _page(self, request: HttpRequest, form: HolidaysForm) -> HttpResponse:
        seen = form.is_bound and form.is_valid()
        rows = form.rows(localdate()) if seen else []
        context = {
            **self.admin_site.each_context(request),
            "title": _("Add public holidays"), "opts": self.opts, "form": form, "seen": seen, "rows": rows,
            "new": sum(not row.note for row in rows), "carried": form.carried if seen else "",
            "calendar_name": form.calendar_name if seen else "", "left_out": form.left_out,
            "for_ever": bool(seen and form.source and form.source.country),
        }  # fmt: skip
        return TemplateResponse(request, "admin/scheduling/holidays.html", context)

    def _saved(self, request: HttpRequest, form: HolidaysForm) -> HttpResponse:
        assert form.source is not None
        calendar, new = keep(
            form.company, form.source, name=form.calendar_name, patterns=form.chosen, at=now()
        )
        if new:
            self.log_addition(request, calendar, [{"added": {}}])
            self.message_user(
                request,
                _("“%(name)s” is kept: its days are holidays from now on.") % {"name": calendar},
                messages.SUCCESS,
            )
        else:
            self.message_user(
                request,
                _("Nothing is new: “%(name)s” has these days already.") % {"name": calendar},
                messages.INFO,
            )
        return HttpResponseRedirect(reverse("admin:scheduling_holidaycalendar_changelist"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was planned refers to it: it is archived."""
        return False

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Nothing on the page can be changed, so there is nothing to save."""
        context |= {
            "title": _("Public holidays"),
            "show_save": False,
            "show_save_and_continue": False,
            "show_save_and_add_another": False,
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def _mark(self, request: HttpRequest, queryset: Any, at: Any) -> None:
        with transaction.atomic():
            for calendar in queryset:
                put_away(calendar, at=at) if at else take_back(calendar, at=now())
            number = len(queryset)
        told = _("%(count)d archived.") if at else _("%(count)d restored.")
        self.message_user(request, told % {"count": number}, messages.SUCCESS)


def _coming(calendar: HolidayCalendar) -> list[tuple[date, str]]:
    today = localdate()
    return list(days_of(calendar).between(today, today + timedelta(days=2 * 366)))


class FeedForm(OwnedForm):
    """A plant or a station."""

    class Meta:
        model = CalendarFeed
        fields = ["name", "plant", "station", "language"]


@admin.register(CalendarFeed)
class CalendarFeedAdmin(CredentialAdmin):
    """Links under which phones read the plan."""

    form = FeedForm
    list_display = ["name", "of", "created_at", "revoked_at"]
    list_filter = [RevokedFilter]
    search_fields = ["name"]
    fetched_with = ["plant", "station"]
    autocomplete_fields = ["plant", "station"]
    readonly_fields = ["created_at", "revoked_at"]
    deeds: Any = {"link": _("New link (the old one ends)"), "revoke": _("Revoke")}
    breaks = CredentialAdmin.breaks | {
        "link": _("Phones that follow the present link learn of no change from that moment on.")
    }

    @labelled(_("Plan of"))
    def of(self, feed: CalendarFeed) -> str:
        """The plant or the station."""
        return str(feed.subject)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new feed has no dates yet."""
        own = fieldset(
            None, "name", "plant", "station", "language",
            description=_("Whoever has the link may read the plan, without a login: shifts, breaks, holidays and "
            "exceptions, from a month ago until three months ahead. Phones subscribe to it; revoke it here."),
        )  # fmt: skip
        return [own, fieldset(_("Use"), "created_at", "revoked_at")] if obj else [own]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What it is of stays."""
        return [*self.readonly_fields, *(["plant", "station"] if obj else [])]

    def deeds_for(self, obj: CalendarFeed) -> dict[str, str]:
        """A revoked one can be brought back by a new link."""
        return {"link": self.deeds["link"]} if obj.revoked_at else self.deeds

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Whoever makes it, speaks as those for whom he does."""
        return {"language": get_language(), **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: CalendarFeed, form: Any, change: bool) -> None:
        """A new feed gets its token; it lives until the answer is sent."""
        if not change:
            request.token = obj.issue_token()
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """The link itself."""
        return self._link_page(request, obj, request.token)

    def do_link(self, request: HttpRequest, obj: CalendarFeed) -> HttpResponse:
        """Another link; the old one is refused from now on."""
        token = obj.issue_token()
        obj.revoked_at = None
        obj.save(update_fields=["digest", "revoked_at"])
        return self._link_page(request, obj, token)

    def do_revoke(self, request: HttpRequest, obj: CalendarFeed) -> HttpResponse:
        """Refused from now on."""
        obj.revoke(at=now())
        return self.revoked(request, obj)

    def _link_page(self, request: HttpRequest, obj: CalendarFeed, token: str) -> HttpResponse:
        link = request.build_absolute_uri(reverse("feed", args=[token]))
        facts = [
            ("iPhone, iPad", _("Settings › Apps › Calendar › Calendar Accounts › Add Subscribed Calendar")),
            (
                "Google Calendar",
                _("Other calendars › + › From URL (the server must be reachable from the internet)"),
            ),
            ("Outlook", _("Calendar › Add calendar › Subscribe from web")),
        ]
        return self.shown_once(request, obj, secret=link, facts=facts)
