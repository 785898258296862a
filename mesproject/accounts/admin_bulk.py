"""Changing a field of many rows at once: chosen, looked at, and then done one by one, so that each is on record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.forms.models import fields_for_model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from mesproject.accounts.admin_base import OwnedAdmin, SecondsField, own_rows, owned
from mesproject.accounts.changes import in_seconds

MOST_ROWS = 1_000


class BulkForm(forms.Form):
    """Which fields are changed, and to what."""

    def __init__(self, *args: Any, offered: dict[str, forms.Field], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, offer in offered.items():
            what = capfirst(str(offer.label))
            self.fields[f"set_{name}"] = forms.BooleanField(
                label=_("Change “%(field)s”") % {"field": what}, required=False
            )
            self.fields[name] = offer

    def clean(self) -> dict[str, Any]:
        """Only what is ticked counts."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        ticked = [name.removeprefix("set_") for name in said if name.startswith("set_") and said[name]]
        for name in set(self.errors) - set(ticked):
            del self.errors[name]
        if not ticked:
            raise forms.ValidationError(_("Tick what is to be changed."))
        said["wanted"] = {name: said[name] for name in ticked if name in said}
        return said

    @property
    def pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Each tick with its field."""
        return [(self[f"set_{name}"], self[name]) for name in self.fields if f"set_{name}" in self.fields]


class BulkAdmin(OwnedAdmin):
    """An admin with some fields that make sense to change in many rows."""

    bulk_fields: ClassVar[Sequence[str]] = ()

    def get_actions(self, request: HttpRequest) -> Any:
        """With the action, for who may change rows."""
        found = super().get_actions(request)
        if self.bulk_fields and self.has_change_permission(request):
            words = gettext_lazy("Change a field of the chosen rows…")
            found["bulk_edit"] = (_bulk_edit, "bulk_edit", words)  # type: ignore[assignment]
        return found

    def bulk_changed(self, request: HttpRequest, rows: Sequence[Any], fields: Sequence[str]) -> None:
        """Called when rows were changed: what follows from that."""

    def bulk_edit(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Ask for fields, show what would change, and change it."""
        rows = list(queryset[: MOST_ROWS + 1])
        if len(rows) > MOST_ROWS:
            said = _("Choose at most %(most)d rows.") % {"most": MOST_ROWS}
            self.message_user(request, said, messages.ERROR)
            return None
        step = request.POST.get("step", "")
        form = BulkForm(request.POST if step else None, offered=self._offered(request))
        context: dict[str, Any] = {}
        if step and form.is_valid():
            wanted = form.cleaned_data["wanted"]
            changes, refused = _changes(rows, wanted, self._told)
            if step == "store" and not refused:
                self._store(request, changes, list(wanted))
                return None
            context = {"changes": changes, "refused": refused, "labels": self._labels(wanted)}
        return self._bulk_page(request, rows, form, context)

    def _offered(self, request: HttpRequest) -> dict[str, forms.Field]:
        def offer(db_field: models.Field[Any, Any], **kwargs: Any) -> forms.Field | None:
            return _offer(db_field, request)

        return {
            name: field
            for name, field in fields_for_model(
                self.model, fields=self.bulk_fields, formfield_callback=offer
            ).items()
            if field is not None
        }

    def _labels(self, names: Any) -> list[str]:
        fields = {field.name: field for field in self.model._meta.fields}
        return [capfirst(in_seconds(str(fields[name].verbose_name))) for name in names]

    def _told(self, row: Any, name: str) -> str:
        """A value as a person reads it."""
        value = getattr(row, name)
        if value is None or value == "":
            return "–"
        if name.endswith("_ms"):
            return f"{value / 1000:g} s"
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        return str(getattr(row, f"get_{name}_display")() if row._meta.get_field(name).choices else value)

    def _store(self, request: HttpRequest, changes: list[Change], names: list[str]) -> None:
        changed = [change.row for change in changes if change.is_one]
        with transaction.atomic():
            for row in changed:
                row.save(update_fields=names)
            self.bulk_changed(request, changed, names)
        said = ngettext("%(number)d row changed.", "%(number)d rows changed.", len(changed))
        self.message_user(request, said % {"number": len(changed)}, messages.SUCCESS)

    def _bulk_page(
        self, request: HttpRequest, rows: list[Any], form: BulkForm, context: dict[str, Any]
    ) -> HttpResponse:
        page = {
            **self.admin_site.each_context(request),
            "title": _("Change many: %(what)s") % {"what": self.opts.verbose_name_plural},
            "opts": self.opts,
            "form": form,
            "rows": rows,
            "chosen": ACTION_CHECKBOX_NAME,
            **context,
        }
        return TemplateResponse(request, "admin/bulk_edit.html", page)


class Change:
    """A row, with what its fields were and would be, whether that is a change, and why it cannot be so."""

    def __init__(self, row: Any, wanted: dict[str, Any], told: Callable[[Any, str], str]) -> None:
        self.row, self.fault = row, ""
        self.is_one = any(getattr(row, name) != value for name, value in wanted.items())
        before = {name: told(row, name) for name in wanted}
        for name, value in wanted.items():
            setattr(row, name, value)
        self.values = [(before[name], told(row, name)) for name in wanted]
        try:
            row.clean_fields(exclude=[f.name for f in row._meta.fields if f.name not in wanted])
            row.clean()
            row.validate_constraints()
        except ValidationError as error:
            self.fault = " ".join(error.messages)


def _changes(
    rows: list[Any], wanted: dict[str, Any], told: Callable[[Any, str], str]
) -> tuple[list[Change], int]:
    changes = [Change(row, wanted, told) for row in rows]
    return changes, sum(bool(change.fault) for change in changes)


def _offer(db_field: Any, request: HttpRequest) -> forms.Field | None:
    """An empty field: what it is set to is said on purpose."""
    if db_field.name.endswith("_ms"):
        label = in_seconds(str(db_field.verbose_name))
        widget = forms.NumberInput(attrs={"step": "any", "class": "fl-seconds"})
        return SecondsField(
            label=label, required=False, min_value=0, max_value=2**31 - 1, widget=widget,
            help_text=db_field.help_text,
        )  # fmt: skip
    related = db_field.remote_field and db_field.remote_field.model
    rows = {"queryset": own_rows(request, related)} if owned(related) else {}
    found: forms.Field | None = db_field.formfield(required=False, initial=None, **rows)
    return found


@admin.action(permissions=["change"])
def _bulk_edit(model_admin: BulkAdmin, request: HttpRequest, queryset: Any) -> HttpResponse | None:
    return model_admin.bulk_edit(request, queryset)
