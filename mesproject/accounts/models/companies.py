"""Companies, and what belongs to one."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.core.validators import RegexValidator
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.acting import acting_for
from mesproject.accounts.languages import language_field

# What a company is called that was made with its first administrator, until set-up has asked.
UNNAMED = "My company"


class OwnedQuerySet(models.QuerySet[Any]):
    """Every question begins with a company, so that none can cross it."""

    def of(self, company: Company | int | None) -> Self:
        """Only the rows of this company; none at all where there is no company."""
        if company is None:
            return self.none()
        return self.filter(**{self.model.company_path: company})


class Owned(models.Model):
    """A row that belongs to a company, directly or through what it hangs on (`company_path`)."""

    company_path: ClassVar[str] = "company"
    # The foreign key to the whole of which this row is a part, and in whose history its changes are told.
    part_of: ClassVar[str] = ""
    objects = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the change and its line in the audit log, or neither; the library writes them as two statements."""
        with transaction.atomic(savepoint=False):
            super().save(*args, **kwargs)

    @property
    def owning_company_id(self) -> int | None:
        """The company's id, found along `company_path`."""
        value: Any = self
        *steps, last = self.company_path.split("__")
        for step in steps:
            value = getattr(value, step)
        return getattr(value, f"{last}_id", None) if last != "pk" else value.pk

    def get_additional_data(self) -> dict[str, Any]:
        """What the audit log notes beside a change: whose it is, and of what it is a part."""
        whole = getattr(self, self.part_of) if self.part_of else None
        part = {"part_of": f"{whole._meta.label_lower}:{whole.pk}"} if whole else {}
        return {"company": self.owning_company_id, **part, **by_a_program()}


def index_where_given(field: str, name: str) -> models.Index:
    """An index of a reference that few rows have; the many without it are not in it, and cost nothing to write.

    The foreign key itself says `db_index=False`.
    """
    return models.Index(fields=[field], name=name, condition=models.Q((f"{field}__isnull", False)))


def by_a_program() -> dict[str, str]:
    """Which program makes a change, where it is not a person."""
    return {"by": by} if (by := acting_for()) else {}


class Company(Owned):
    """The owner of everything. Its code is the account in MQTT topics."""

    company_path = "pk"

    code = models.CharField(
        max_length=32,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*\Z", _("Use a-z, 0-9 and the dash."))],
        help_text=_("Part of every MQTT topic and device id; it cannot be changed once devices use it."),
    )
    name = models.CharField(max_length=128)
    created_at = models.DateTimeField(auto_now_add=True)
    ends_on_quantity = models.BooleanField(
        _("runs end with their quantity"), default=False, db_default=False,
        help_text=_("What programs plan with a quantity ends by itself with it, unless they say otherwise."),
    )  # fmt: skip
    language = language_field(_("Of all who have not chosen one; empty: their browser's."))
    # What a program keeps for its screens; it means nothing here.
    dashboard_config = models.TextField(null=True, editable=False)

    class Meta:
        verbose_name_plural = _("companies")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name
