"""Names for fields of the admin that Django draws without one, for who does not see what stands around them."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.widgets import AdminSplitDateTime
from django.forms.models import BaseInlineFormSet
from django.utils.text import capfirst
from django.utils.translation import gettext as _


def name_parts(field: Any) -> None:
    """A date and its time are two inputs, of which a label names neither."""
    if isinstance(field.widget, AdminSplitDateTime):
        date, time = field.widget.widgets
        name = {"field": capfirst(str(field.label or ""))}
        date.attrs["aria-label"] = _("%(field)s: date") % name
        time.attrs["aria-label"] = _("%(field)s: time") % name


def name_cell(field: Any) -> None:
    """In a table the label of a field is the head of its column, which names no input."""
    if field.label:
        widget = getattr(field.widget, "widget", field.widget)
        widget.attrs.setdefault("aria-label", capfirst(str(field.label)))


class NamedRows(BaseInlineFormSet):
    """Rows of a table within a page, whose last column's boxes say what they do."""

    def add_fields(self, form: Any, index: int | None) -> None:
        """With the box that deletes the row."""
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].widget.attrs["aria-label"] = _("Delete this row")
