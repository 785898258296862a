"""The tree of causes as a table that is imported and exported."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from downtime import whys
from downtime.models import Cause
from downtime.models.answers import publish
from mesproject.accounts.models import Company
from mesproject.accounts.sheets import KeyOf, Line, LineForm


class CauseLine(LineForm):
    """A cause; `parent` is the code of the one above it, which may stand in the same table."""

    above = "parent"
    parent = KeyOf(required=False)

    class Meta(LineForm.Meta):
        model = Cause
        fields = ["code", "description", "parent", "kind", "position"]

    field_order = ["code", "description", "parent"]

    @classmethod
    def rows_of(cls, company: Company) -> Any:
        """Each with the one above it, which comes first."""
        return (
            Cause.objects.of(company)
            .select_related("parent")
            .order_by("parent__position", "position", "code")
        )

    @classmethod
    def cell_of(cls, row: Any, name: str) -> Any:
        """The one above by its code."""
        if name == "parent":
            return row.parent.code if row.parent else ""
        return super().cell_of(row, name)

    def clean_parent(self) -> Cause | None:
        """The one above, which is there or stands on another line."""
        code = self.cleaned_data["parent"]
        if code and code not in self.known.rows:
            raise forms.ValidationError(
                _("There is no cause %(code)s, nor another line of it.") % {"code": code}
            )
        return self.known.rows[code] if code else None

    @classmethod
    def settle(cls, company: Company, lines: Sequence[Line], *, at: datetime) -> None:
        """Rules answer by causes that are in use."""
        if any("archived_at" in line.changed and not line.is_new for line in lines):
            publish(company, at=at, by="", why=whys.CAUSES_IMPORTED)
