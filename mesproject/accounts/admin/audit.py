"""Who changed what, over everything the company has."""

from __future__ import annotations

from typing import Any

import auditlog.admin  # noqa: F401  registers a list of its own, which shows every company
from auditlog.models import LogEntry
from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from mesproject.accounts.admin_base import ReadOnly, Walled, labelled, user_of
from mesproject.accounts.changes import changes_in, done_in, who_did

admin.site.unregister(LogEntry)


class KindFilter(admin.SimpleListFilter):
    """By kind of row; only those that are audited at all."""

    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The audited models."""
        from auditlog.registry import auditlog

        names = {m._meta.label_lower: m._meta.verbose_name for m in auditlog.get_models()}
        return sorted(((key, capfirst(str(name))) for key, name in names.items()), key=lambda x: x[1])

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The entries about this kind."""
        if not self.value():
            return queryset
        app, _, model = str(self.value()).partition(".")
        return queryset.filter(content_type__app_label=app, content_type__model=model)


@admin.register(LogEntry)
class AuditAdmin(ReadOnly, Walled):
    """The audit log of one company."""

    date_hierarchy = "timestamp"
    list_display = ["timestamp", "who", "done", "what", "fields_changed"]
    list_display_links = ["timestamp"]
    list_filter = ["action", KindFilter]
    search_fields = ["object_repr", "actor__username", "actor__first_name", "actor__last_name"]
    list_select_related = ["actor", "content_type"]
    show_full_result_count = False
    list_per_page = 50
    fields = ["timestamp", "who", "remote_addr", "done", "what", "changes_as_table"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        """The company's entries; each carries whose it is."""
        own = super().get_queryset(request).filter(additional_data__company=user_of(request).company_id)
        return own.select_related("actor", "content_type")

    @labelled(gettext_lazy("Who"), "actor")
    def who(self, entry: LogEntry) -> str:
        """The user, the program, or the system."""
        return who_did(entry)

    @labelled(gettext_lazy("What was done"), "action")
    def done(self, entry: LogEntry) -> str:
        """Added, changed or deleted, and which kind of row."""
        return done_in(entry)

    @labelled(gettext_lazy("Row"))
    def what(self, entry: LogEntry) -> str:
        """The row, as a link where it has a page."""
        kind = entry.content_type
        try:
            page = reverse(f"admin:{kind.app_label}_{kind.model}_change", args=[entry.object_pk])
        except NoReverseMatch:
            return entry.object_repr
        return format_html('<a href="{}">{}</a>', page, entry.object_repr)

    @labelled(gettext_lazy("Changed"))
    def fields_changed(self, entry: LogEntry) -> str:
        """The names of the fields."""
        if entry.action == LogEntry.Action.CREATE:
            return ""
        return ", ".join(name for name, _, _ in changes_in(entry))

    @labelled(gettext_lazy("Changes"))
    def changes_as_table(self, entry: LogEntry) -> str:
        """Before and after."""
        from django.template.loader import render_to_string

        return render_to_string("admin/changes.html", {"changes": changes_in(entry)})
