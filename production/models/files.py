"""What people read at a machine."""

from __future__ import annotations

import uuid as uuids

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import Company, Owned


class File(Owned):
    """A document or a picture, as the instructions of an SKU; docs/adr/0011 says why it lies in the database."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="files")
    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    code = models.CharField(
        max_length=64,
        validators=[
            RegexValidator(r"^[A-Za-z0-9._-]+\Z", _("Use letters, digits, dot, dash and underscore."))
        ],
    )
    name = models.CharField(max_length=128)
    content_type = models.CharField(max_length=32, editable=False)
    size = models.PositiveIntegerField(_("size [bytes]"), editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "code"], name="file_code_once_per_company",
                violation_error_message=_("There is a file with this code already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class FileContent(Owned):
    """Its bytes, apart from it so that lists do not read them."""

    company_path = "file__company"

    file = models.OneToOneField(File, on_delete=models.CASCADE, primary_key=True, related_name="stored")
    content = models.BinaryField()

    def __str__(self) -> str:
        return str(self.file)
