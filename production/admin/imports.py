"""Files of jobs: sent, checked, taken; what was wrong with them, line by line."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.admin_base import OwnedAdmin, fieldset, labelled, user_of
from production.errors import DomainError
from production.job_import import keeping
from production.models import JobImport

# Whoever waits for a large file looks again so often.
LOOK_AGAIN = 2


class JobFileForm(forms.Form):
    """The file, and which program wrote it."""

    file = forms.FileField(
        label=_("CSV file"), help_text=_("At most 200 MB. Encoding and separator are seen."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv"}),
    )  # fmt: skip
    layout = forms.ChoiceField(label=_("Written by"), choices=JobImport.Layout.choices)
    auto_archive = forms.BooleanField(
        label=_("Archive all jobs that are not in it"), required=False,
        help_text=_("Only where the file holds all jobs there are."),
    )  # fmt: skip


@admin.register(JobImport)
class JobImportAdmin(OwnedAdmin):
    """What was sent, by people and programs. A file is checked first, and taken when that is confirmed."""

    change_form_template = "admin/production/job_import.html"
    list_display = [
        "asked_at",
        "file_name",
        "asked_by",
        "layout",
        "what",
        "state",
        "rows",
        "added",
        "changed",
        "archived",
    ]
    list_filter = ["state", "layout"]
    search_fields = ["file_name", "asked_by"]
    date_hierarchy = "asked_at"
    fieldsets = [
        fieldset(None, "file_name", "layout", "what", "auto_archive", "asked_by", "asked_at"),
        fieldset(
            _("What became of it"), "state", "rows", "added", "changed", "unchanged", "archived", "not_used"
        ),
    ]

    @labelled(_("To do"))
    def what(self, kept: JobImport) -> str:
        """Checking or taking."""
        return str(_("check")) if kept.dry_run else str(_("import"))

    @labelled(_("Columns not used"))
    def not_used(self, kept: JobImport) -> str:
        """Those that mean nothing to us."""
        return ", ".join(kept.ignored) or "–"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was sent is on record."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The same."""
        return False

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Choose a file; it is checked at once, and by a worker where it is large."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = JobFileForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                return self._to(self._checked(request, form))
            except DomainError as error:
                form.add_error("file", error.detail)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import jobs"),
            "opts": self.opts,
            "form": form,
        }
        return TemplateResponse(request, "admin/production/job_import_add.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """What became of it; after a check, the button that takes it."""
        kept = self.get_object(request, object_id)
        if request.method == "POST" and kept is not None and self.has_add_permission(request):
            if keeping.in_earnest(kept, by=user_of(request).get_username(), now=now()):
                self._run(request, kept)
            else:
                self.message_user(
                    request, _("Send the file again: it is not kept any more."), messages.WARNING
                )
            return self._to(kept)
        waiting = kept is not None and kept.finished_at is None
        context = {
            "import": kept, "waiting": waiting, "ready": kept is not None and keeping.is_ready(kept),
            "faults": keeping.faults_of(kept) if kept else [],
        }  # fmt: skip
        response = super().change_view(request, object_id, form_url, context | (extra_context or {}))
        if waiting:
            response["Refresh"] = str(LOOK_AGAIN)
        return response

    def _checked(self, request: HttpRequest, form: JobFileForm) -> JobImport:
        upload = form.cleaned_data["file"]
        kept = keeping.keep(
            user_of(request).company, upload.chunks(), by=user_of(request).get_username(), at=now(),
            layout=form.cleaned_data["layout"], file_name=upload.name or "",
            auto_archive=form.cleaned_data["auto_archive"], dry_run=True,
        )  # fmt: skip
        self._run(request, kept)
        return kept

    def _run(self, request: HttpRequest, kept: JobImport) -> None:
        """At once where that is not long, and nothing else is being taken."""
        if kept.size <= keeping.AT_ONCE:
            try:
                keeping.run(kept, now=now())
            except keeping.Busy:
                self.message_user(request, _("Another file is being taken; this one is next."), messages.INFO)

    def _to(self, kept: JobImport) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:production_jobimport_change", args=[kept.pk]))
