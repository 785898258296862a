"""Rows that hang on a page's row and are changed on pages of their own: a table of links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

from django.db import models
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.admin_base import OwnedTabular, ReadOnly, user_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MOST = 50


@dataclass(frozen=True, slots=True)
class Link:
    """One row: the texts of its cells, of which the first is the link."""

    address: str
    cells: Sequence[str]


class NothingToSend(BaseInlineFormSet):
    """A formset that shows rows and takes none."""

    def total_form_count(self) -> int:
        """None."""
        return 0

    def initial_form_count(self) -> int:
        """None."""
        return 0

    def full_clean(self) -> None:
        """Nothing was sent, so nothing can be wrong with it."""
        self._errors: list[Any] = []
        self._non_form_errors = self.error_class()

    def is_valid(self) -> bool:
        """Always."""
        return True


class Linked(ReadOnly, OwnedTabular):
    """A table of links to the pages of related rows, and to the page on which to add one."""

    template = "admin/scheduling/linked.html"
    formset = NothingToSend
    fields: ClassVar[Sequence[str]] = []
    extra = max_num = 0
    heads: ClassVar[Sequence[str]]
    add_label: ClassVar[str]
    empty: ClassVar[StrOrPromise] = _("None.")

    def rows_of(self, parent: Any) -> models.QuerySet[Any]:
        """The rows to show, in order."""
        return self.model._default_manager.filter(**{self.parent_field: parent})

    def cells(self, row: Any) -> Sequence[str]:
        """What is said of a row."""
        raise NotImplementedError

    @property
    def parent_field(self) -> str:
        """The foreign key to the page's row."""
        name = next(
            field.name for field in self.model._meta.fields
            if field.remote_field and field.related_model is self.parent_model
        )  # fmt: skip
        return str(name)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """A formset class that knows the links."""
        formset = super().get_formset(request, obj, **{**kwargs, "fields": []})
        formset.links = self._links(obj) if obj else []
        may_add = obj is not None and self._may_add(request)
        formset.add_address = self.add_address(obj) if may_add else ""
        formset.further = self.further(obj) if may_add else []
        return formset

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """No fields."""
        return []

    def add_address(self, parent: Any) -> str:
        """Where one more is added."""
        return f"{self._address('add')}?{urlencode({self.parent_field: parent.pk})}"

    def further(self, parent: Any) -> Sequence[tuple[str, str]]:
        """More links below the table: address and label."""
        return []

    def _may_add(self, request: HttpRequest) -> bool:
        opts = self.model._meta
        return user_of(request).has_perm(f"{opts.app_label}.add_{opts.model_name}")

    def _links(self, parent: Any) -> list[Link]:
        return [Link(self._address("change", row.pk), self.cells(row)) for row in self.rows_of(parent)[:MOST]]

    def _address(self, page: str, *args: Any) -> str:
        opts = self.model._meta
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=args)
