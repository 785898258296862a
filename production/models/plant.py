"""Plant → station group → station."""

from __future__ import annotations

import re
import uuid
import zoneinfo
from datetime import time
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import Company, Owned, OwnedQuerySet

code_validator = RegexValidator(r"^[A-Za-z0-9_-]+\Z", _("Use letters, digits, dash and underscore."))


def in_a_word(label: str) -> str:
    """What a choice is called that says behind a colon what it does, in any language's colon."""
    return re.split(r"\s*[:：]", label)[0]


def validate_timezone(name: str) -> None:
    """Refuse a name that the time zone database does not know."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValidationError(_("Use a name such as Europe/Berlin or America/New_York.")) from None


class Plant(Owned):
    """A site with one wall clock. Its shop day begins at `day_start`."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="plants")
    code = models.CharField(max_length=55, validators=[code_validator])
    name = models.CharField(max_length=128)
    timezone = models.CharField(max_length=64, default="UTC", validators=[validate_timezone])
    day_start = models.TimeField(
        default=time(0),
        help_text=_("Where the shop day begins on the plant's wall clock, for example 06:00."),
    )

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "code"], name="plant_code_once_per_company",
                violation_error_message=_("There is a plant with this code already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def tz(self) -> zoneinfo.ZoneInfo:
        """The plant's time zone."""
        return zoneinfo.ZoneInfo(self.timezone)


class StationGroup(Owned):
    """Stations that belong together: a line, a cell, a hall."""

    company_path = "plant__company"

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="groups")
    code = models.CharField(max_length=55, validators=[code_validator])
    name = models.CharField(max_length=128)

    class Meta:
        ordering = ["plant", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["plant", "code"], name="group_code_once_per_plant",
                violation_error_message=_("The plant has a group with this code already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class StationQuerySet(OwnedQuerySet):
    def active(self) -> Self:
        """Stations in use."""
        return self.filter(archived_at=None)

    def in_place(self) -> Self:
        """With group and plant, in the order a person walks past them."""
        return self.select_related("group__plant").order_by(
            "group__plant__code", "group__code", "position", "code"
        )


class Station(Owned):
    """A machine or work place: what is listened to, what stops. All durations in milliseconds."""

    class Detection(models.TextChoices):
        """How silence is told from work; see docs/algorithms/detection.md."""

        PRODUCTION_CYCLE = ("production_cycle", _("Production cycle: no output for too long"))
        UTILISATION = "utilisation", _("Utilisation: not productive for too long")
        PROCESS_SPEED = "process_speed", _("Process speed: below a speed for too long")
        POWER = "power", _("Power: below a kW threshold for too long")
        OFF = "off", _("Off: never raise a stop")

    class Counter(models.TextChoices):
        """What production_count_* means on this station. Declared, never guessed."""

        DELTA = "delta", _("New units in each message")
        RESET = "reset", _("Running count, may restart at zero")
        ROLLOVER = "rollover", _("Running count that wraps at a modulus")

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="stations", editable=False)
    group = models.ForeignKey(StationGroup, on_delete=models.PROTECT, related_name="stations")
    code = models.CharField(
        max_length=32, validators=[code_validator], help_text=_("The last part of its MQTT topic.")
    )
    name = models.CharField(max_length=128)
    machine_ref = models.PositiveIntegerField(
        editable=False, help_text=_("The number integrators know it by; given by the system.")
    )
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    erp_id = models.CharField(_("ERP id"), max_length=64, blank=True)
    position = models.PositiveSmallIntegerField(default=0, help_text=_("Order within its group."))

    assume_all_shift_time_planned = models.BooleanField(
        default=True, help_text=_("Without it, only time covered by a job run counts as planned production.")
    )
    detection = models.CharField(max_length=16, choices=Detection, default=Detection.PRODUCTION_CYCLE)
    cycle_time_ms = models.PositiveIntegerField(
        _("cycle time [ms]"), default=60_000, validators=[MinValueValidator(1)],
        help_text=_("Ideal time per unit, where neither job nor SKU says otherwise."),
    )  # fmt: skip
    stop_multiplier = models.FloatField(
        default=1.5, validators=[MinValueValidator(1)],
        help_text=_("Production cycle: silence of this many cycle times is a stop."),
    )  # fmt: skip
    utilisation_threshold_ms = models.PositiveIntegerField(
        _("downtime threshold [ms]"), default=180_000,
        help_text=_("Utilisation, speed and power: idle longer than this is a stop."),
    )  # fmt: skip
    speed_threshold = models.FloatField(
        default=0, validators=[MinValueValidator(0)], help_text=_("At or above: running.")
    )
    power_threshold_kw = models.FloatField(
        _("power threshold [kW]"),
        default=1,
        validators=[MinValueValidator(0)],
        help_text=_("At or above: running."),
    )
    minimum_cycle_time_ms = models.PositiveIntegerField(
        _("minimum cycle time [ms]"),
        default=0,
        help_text=_("Counts that follow faster than this are one unit."),
    )
    hold_on_ms = models.PositiveIntegerField(
        _("hold-on time [ms]"), default=0, help_text=_("Pauses up to this length still count as running.")
    )
    micro_stop_ms = models.PositiveIntegerField(
        _("micro-stop limit [ms]"), default=0,
        help_text=_("A shorter standstill is kept as a micro-stop and asks nobody."),
    )  # fmt: skip
    heartbeat_ms = models.PositiveIntegerField(
        _("heartbeat [ms]"), null=True, blank=True,
        help_text=_("No message for longer is “no signal”, not a stop. Empty: this station speaks only when it works."),
    )  # fmt: skip
    counter = models.CharField(max_length=8, choices=Counter, default=Counter.RESET)
    counter_modulus = models.PositiveBigIntegerField(
        null=True, blank=True, help_text=_("The count after which it is 0 again, for example 65536.")
    )
    max_units_per_minute = models.FloatField(
        null=True,
        blank=True,
        help_text=_(
            "A running count that jumps faster than 1.5 times this is not counted; its live row tells."
        ),
    )
    allow_ad_hoc = models.BooleanField(
        _("ad hoc runs"), default=False, help_text=_("Operators may start what nobody has planned.")
    )
    counted_by_hand = models.BooleanField(
        default=False,
        help_text=_("No machine counts: operators enter good and bad units, and silence raises no stop."),
    )
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = StationQuerySet.as_manager()

    class Meta:
        ordering = ["group", "position", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "code"], name="station_code_once_per_company",
                violation_error_message=_("There is a station with this code already."),
            ),
            models.UniqueConstraint(fields=["company", "machine_ref"], name="machine_ref_once_per_company"),
            models.UniqueConstraint(
                fields=["company", "erp_id"], condition=~Q(erp_id=""), name="erp_id_once_per_company",
                violation_error_message=_("Another station has this ERP id."),
            ),
            models.CheckConstraint(
                # A comparison with NULL would let a missing modulus pass.
                condition=~Q(counter="rollover") | Q(counter_modulus__isnull=False, counter_modulus__gt=1),
                name="a_rollover_counter_has_a_modulus",
                violation_error_message=_("A counter that wraps needs its modulus."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Take company and machine number from the group and the company when first saved."""
        self.company_id = self.group.plant.company_id
        if self.machine_ref is None:
            highest = Station.objects.of(self.company_id).aggregate(n=models.Max("machine_ref"))["n"]
            self.machine_ref = (highest or 0) + 1
        super().save(*args, **kwargs)

    @property
    def is_silent(self) -> bool:
        """Whether its silence tells nothing: units are counted by hand, some time after they were made."""
        return self.counted_by_hand and self.detection == self.Detection.PRODUCTION_CYCLE

    @property
    def plant(self) -> Plant:
        """The plant it stands in."""
        return self.group.plant
