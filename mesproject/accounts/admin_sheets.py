"""Import and export in the admin's lists: one file, one page, one look before anything is stored."""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from mesproject.accounts.admin_base import OwnedAdmin, user_of
from mesproject.accounts.models import Company
from mesproject.accounts.sheets import Line, LineForm, columns_of, exported, read, take
from mesproject.csv_reading import Fault, Unreadable, text_of

LARGEST = 1_000_000
SHOWN = 200
# What needs eyes first.
_FIRST = ("wrong", "changed", "new", "same")


class SheetForm(forms.Form):
    """A table, as a file or pasted."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"), required=False,
        help_text=gettext_lazy("Encoding and separator are seen. At most 5,000 lines."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv"}),
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("or pasted"), required=False, strip=False, max_length=LARGEST,
        widget=forms.Textarea(attrs={"rows": 8, "cols": 80, "spellcheck": "false"}),
        help_text=gettext_lazy("As a spreadsheet copies it, with the names of the columns on the first line."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """One of the two, as bytes."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        file = said.get("file")
        if file is not None and file.size > LARGEST:
            raise forms.ValidationError(_("The file is too large: at most a megabyte."))
        said["content"] = file.read() if file else said.get("text", "").encode()
        if not said["content"].strip():
            raise forms.ValidationError(_("Choose a file, or paste a table."))
        return said


def looked_at(form: type[LineForm], company: Company, content: bytes) -> list[Line] | Fault:
    """What the lines of a table would do, without doing it; or why it is none."""
    try:
        lines = read(form, lambda: [content])
    except Unreadable as error:
        return error.fault
    take(form, company, lines, at=now(), dry_run=True)
    return lines


def stored(form: type[LineForm], company: Company, content: bytes) -> list[Line] | Fault:
    """The same, done."""
    try:
        lines = read(form, lambda: [content])
    except Unreadable as error:
        return error.fault
    take(form, company, lines, at=now(), dry_run=False)
    return lines


def preview(lines: list[Line]) -> dict[str, Any]:
    """What a page shows of lines: those that are wrong first."""
    ordered = sorted(lines, key=lambda line: (_FIRST.index(line.standing), line.number))
    return {
        "lines": ordered[:SHOWN],
        "columns": list(lines[0].cells),
        "number": Counter(line.standing for line in lines),
        "more": max(0, len(lines) - SHOWN),
    }


class SheetAdmin(OwnedAdmin):
    """An admin whose rows are imported and exported as a table."""

    line_form: ClassVar[type[LineForm]]
    change_list_template = "admin/sheet_list.html"

    def get_urls(self) -> list[Any]:
        """The two pages beside the list."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        own = [
            path("import/", self.admin_site.admin_view(self.import_view), name=f"{name}_import"),
            path("export/", self.admin_site.admin_view(self.export_view), name=f"{name}_export"),
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With links to both."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        links = {"export_address": reverse(f"{name}_export")}
        if self._may_import(request):
            links["import_address"] = reverse(f"{name}_import")
        return super().changelist_view(request, links | (extra_context or {}))

    def _may_import(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)

    def export_view(self, request: HttpRequest) -> StreamingHttpResponse:
        """All rows, also those that are archived."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        lines = exported(self.line_form, user_of(request).company)
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{self.opts.model_name}s.csv"'
        return answer

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Send a table, see what it would do, and have it done."""
        if not self._may_import(request):
            raise PermissionDenied
        form = SheetForm(request.POST or None, request.FILES or None)
        context: dict[str, Any] = {}
        if request.method == "POST" and form.is_valid():
            company, content = user_of(request).company, form.cleaned_data["content"]
            in_earnest = request.POST.get("step") == "store"
            found = (stored if in_earnest else looked_at)(self.line_form, company, content)
            if isinstance(found, Fault):
                context["fault"] = found
            elif in_earnest and not any(line.faults for line in found):
                return self._done(request, found)
            else:
                context |= preview(found) | {"text": text_of(content)}
        return self._import_page(request, form, context)

    def _import_page(self, request: HttpRequest, form: SheetForm, context: dict[str, Any]) -> HttpResponse:
        page = {
            **self.admin_site.each_context(request),
            "title": _("Import: %(what)s") % {"what": self.opts.verbose_name_plural},
            "opts": self.opts,
            "form": form,
            "known_columns": columns_of(self.line_form),
            **context,
        }
        return TemplateResponse(request, "admin/sheet_import.html", page)

    def _done(self, request: HttpRequest, lines: list[Line]) -> HttpResponse:
        touched = sum(line.standing in ("new", "changed") for line in lines)
        said = ngettext("%(number)d row stored.", "%(number)d rows stored.", touched) % {"number": touched}
        self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))
