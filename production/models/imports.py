"""Files of jobs that were sent, and what became of them."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import Company, Owned, OwnedQuerySet


class JobImportQuerySet(OwnedQuerySet):
    def unfinished(self) -> Self:
        """Those that are still to be done, or whose worker is at it, or was when it died."""
        return self.filter(finished_at=None)


class JobImport(Owned):
    """A file of jobs: its rows are taken all together or not at all."""

    class Layout(models.TextChoices):
        """Which program wrote the file."""

        MM = "mm", _("MachineMetrics")
        INFOR_VISUAL = "inforVisual", _("Infor Visual")
        INFOR_LN = "inforLN", _("Infor LN")

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", _("Waiting")
        READING = "reading", _("Reading")
        CHECKING = "checking", _("Checking")
        STORING = "storing", _("Storing")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="job_imports")
    layout = models.CharField(max_length=16, choices=Layout, default=Layout.MM)
    file_name = models.CharField(_("file"), max_length=128, blank=True)
    size = models.PositiveBigIntegerField(_("bytes"), default=0)
    auto_archive = models.BooleanField(
        default=False, help_text=_("Jobs that are not in the file go out of use.")
    )
    dry_run = models.BooleanField(default=False, help_text=_("Only check the file; nothing is stored."))
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    rows = models.PositiveIntegerField(_("rows read"), default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    archived = models.PositiveIntegerField(default=0)
    fault_count = models.PositiveIntegerField(_("faults"), default=0)
    faults = models.JSONField(default=list, help_text=_("The first of them: line, column, reason."))
    ignored = models.JSONField(_("unknown columns"), default=list)
    finished_at = models.DateTimeField(null=True)

    objects = JobImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import of jobs")
        verbose_name_plural = _("imports of jobs")
        ordering = ["-asked_at"]

    def __str__(self) -> str:
        return self.file_name or gettext("Import {number}").format(number=self.pk)


class JobImportPart(Owned):
    """A portion of a file that is taken later, kept until then: any machine's worker can read it."""

    company_path = "job_import__company"

    job_import = models.ForeignKey(JobImport, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["job_import", "number"], name="part_once_per_import"),
        ]

    def __str__(self) -> str:
        return f"{self.job_import} {self.number}"
