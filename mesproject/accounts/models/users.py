"""People with a login."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.languages import language_field
from mesproject.accounts.models.companies import Company, OwnedQuerySet, by_a_program


class Role(models.TextChoices):
    """What a user may do; each role is described in docs/roles.md."""

    READ_ONLY = "read_only", _("Read only")
    OPERATOR = "operator", _("Operator")
    SUPERVISOR = "supervisor", _("Supervisor")
    MEMBER = "member", _("Member")
    ADMINISTRATOR = "administrator", _("Administrator")


class Users(UserManager.from_queryset(OwnedQuerySet)):
    """A named class, because migrations must be able to import it."""

    def create_superuser(self, username: str, email: str | None = None, password: str | None = None,
                         **fields: Any) -> User:  # fmt: skip
        """The owner of the installation: an administrator who may also make companies."""
        fields.setdefault("role", Role.ADMINISTRATOR)
        if isinstance(fields.get("company"), int):  # `createsuperuser --company 1` gives the bare key
            fields["company_id"] = fields.pop("company")
        return super().create_superuser(username, email, password, **fields)


class User(AbstractUser):
    """A person with a login. What he may do follows from his role alone."""

    company_path: ClassVar[str] = "company"
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="users")
    role = models.CharField(max_length=16, choices=Role, default=Role.READ_ONLY)
    language = language_field(_("Empty: the company's, else the browser's."))

    objects = Users()

    REQUIRED_FIELDS: ClassVar[list[str]] = ["email", "company"]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Let everybody but operators into the admin: `is_staff` follows from the role."""
        self.is_staff = self.is_superuser or self.role != Role.OPERATOR
        if (names := kwargs.get("update_fields")) and "role" in names:
            kwargs["update_fields"] = {*names, "is_staff"}
        with transaction.atomic(savepoint=False):  # as in Owned.save
            super().save(*args, **kwargs)

    def get_additional_data(self) -> dict[str, Any]:
        """What the audit log notes beside a change: whose it is."""
        return {"company": self.company_id, **by_a_program()}
