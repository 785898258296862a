"""What is made."""

from __future__ import annotations

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import Company, Owned
from production.models.files import File


class Sku(Owned):
    """A product. Its rate wins over the station's. Durations in milliseconds."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="skus")
    code = models.CharField(
        max_length=32,
        validators=[RegexValidator(r"^[A-Za-z0-9.\\/-]+\Z", _("Use letters, digits and . \\ / -"))],
    )
    name = models.CharField(max_length=128)
    cycle_time_ms = models.PositiveIntegerField(
        _("cycle time [ms]"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Ideal time per unit."),
    )
    minimum_cycle_time_ms = models.PositiveIntegerField(
        _("minimum cycle time [ms]"),
        null=True,
        blank=True,
        help_text=_("Counts that follow faster are one unit."),
    )
    stop_multiplier = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(1)],
        help_text=_("Silence of this many times as long as a count takes is a stop; empty: the station's."),
    )  # fmt: skip
    units_per_count = models.FloatField(
        default=1, validators=[MinValueValidator(0.000001)],
        help_text=_("Parts per cycle or per batch signal: a count is expected after as many cycle times."),
    )  # fmt: skip
    value = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, blank=True, help_text=_("Per unit.")
    )
    instructions_url = models.URLField(blank=True)
    instructions = models.ForeignKey(
        File, on_delete=models.PROTECT, null=True, blank=True, related_name="skus",
        help_text=_("What operators read while they make it."),
    )  # fmt: skip
    line_speed_target = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0)],
        help_text=_("The speed at which a line makes it; told to who asks, and computed with nowhere."),
    )  # fmt: skip
    specifications = models.JSONField(
        default=list, blank=True, editable=False, help_text=_("Names and values that an ERP keeps with it.")
    )
    allow_ad_hoc = models.BooleanField(
        _("ad hoc runs"), default=True, help_text=_("Operators may start it where nobody has planned it.")
    )
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("SKU")
        verbose_name_plural = _("SKUs")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "code"], name="sku_code_once_per_company",
                violation_error_message=_("There is an SKU with this code already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def instructions_address(self) -> str:
        """Where its instructions are read: its own file, else wherever its address leads; empty without either."""
        if self.instructions:
            return reverse("production:file", args=[self.instructions.uuid])
        return self.instructions_url


class SkuGroup(Owned):
    """Several SKUs made together in one cycle."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="sku_groups")
    code = models.CharField(max_length=32)
    name = models.CharField(max_length=128)
    default_cycle_time_ms = models.PositiveIntegerField(_("default cycle time [ms]"), null=True, blank=True)

    class Meta:
        verbose_name = _("SKU group")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "code"], name="sku_group_code_once_per_company",
                violation_error_message=_("There is an SKU group with this code already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class SkuGroupMember(Owned):
    """How many of an SKU one cycle of the group makes."""

    company_path = "group__company"
    part_of = "group"

    group = models.ForeignKey(SkuGroup, on_delete=models.CASCADE, related_name="members")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, verbose_name=_("SKU"))
    multiplier = models.FloatField(default=1, validators=[MinValueValidator(0.000001)])

    class Meta:
        verbose_name = _("SKU of the group")
        verbose_name_plural = _("SKUs of the group")
        constraints = [
            models.UniqueConstraint(
                fields=["group", "sku"], name="sku_once_per_group",
                violation_error_message=_("The group has this SKU already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.multiplier:g} × {self.sku.code}"
