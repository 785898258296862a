"""What is saved or deleted in the admin is told to the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.timezone import now

from mesproject.accounts.admin_bulk import BulkAdmin
from production.effects import apply, effect_of


class WatchedAdmin(BulkAdmin):
    """An admin whose rows, or whose parts, detection depends on."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Remember what the row meant before: a run that moves away concerns the station it leaves, too."""
        form.effects = []
        if change and form.changed_data:
            form.effects.append(effect_of(type(obj)._base_manager.get(pk=obj.pk), form.changed_data))
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """The same for the rows within the page."""
        touched = [part.instance.pk for part in formset.initial_forms if part.has_changed()]
        before = formset.model._base_manager.filter(pk__in=touched) if touched else []
        form.effects += [effect_of(row) for row in before]
        super().save_formset(request, form, formset, change)
        after = [*formset.new_objects, *(row for row, _ in formset.changed_objects)]
        form.effects += [effect_of(row) for row in after]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """When everything is saved, tell the engine."""
        super().save_related(request, form, formsets, change)
        if not change or form.changed_data:
            form.effects.append(effect_of(form.instance, form.changed_data if change else None))
        apply(form.effects, at=now())

    def bulk_changed(self, request: HttpRequest, rows: Sequence[Any], fields: Sequence[str]) -> None:
        """What it means, all rows together."""
        apply([effect_of(row, fields) for row in rows], at=now())

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """A row that goes means as much as one that comes."""
        effect = effect_of(obj)
        super().delete_model(request, obj)
        apply([effect], at=now())

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Many at once."""
        effects = [effect_of(row) for row in queryset]
        super().delete_queryset(request, queryset)
        apply(effects, at=now())
