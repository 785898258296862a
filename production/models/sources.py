"""How what a device says becomes signals of stations."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import Device, Owned
from production.models.plant import Station


class PinMapping(Owned):
    """One pin of a data acquisition unit: which station it speaks of, and what it means there."""

    company_path = "device__company"
    part_of = "device"

    class Meaning(models.TextChoices):
        GOOD = "good", _("Good units (pulse input c1…c6)")
        BAD = "bad", _("Bad units (pulse input c1…c6)")
        PRODUCTIVE = "productive", _("Productive (state input s1…s6)")
        SPEED = "speed", _("Line speed (analog input a7, a8)")
        KWH = "kwh", _("Energy meter reading (kWh1…)")

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="pins")
    pin = models.CharField(max_length=8, help_text=_("As in the frame: c1…c6, cb, s1…s6, sb, a7, a8, kWh1."))
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="pins")
    meaning = models.CharField(max_length=10, choices=Meaning)
    inverted = models.BooleanField(default=False, help_text=_("State inputs: 0 means productive."))
    scale = models.FloatField(default=1, help_text=_("Units per pulse, or speed per analog step."))
    offset = models.FloatField(default=0, help_text=_("Added after scaling; analog inputs only."))

    class Meta:
        ordering = ["device", "pin"]
        constraints = [
            models.UniqueConstraint(
                fields=["device", "pin", "station", "meaning"], name="pin_once_per_station_and_meaning",
                violation_error_message=_("This pin is mapped so already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.device.name} {self.pin} → {self.station.code} {self.get_meaning_display()}"


class MTConnectSource(Owned):
    """How a station's MTConnect data items are read; the defaults suit common adapters."""

    company_path = "station__company"
    part_of = "station"

    class Count(models.TextChoices):
        PART_COUNT = "part_count", _("The part counter (running)")
        PROGRAM_END = "program_end", _("One unit each time a program completes")
        CYCLE_END = ("cycle_end", _("One unit each time execution leaves ACTIVE for READY or STOPPED"))
        NONE = "none", _("Nothing")

    station = models.OneToOneField(Station, on_delete=models.CASCADE, related_name="mtconnect")
    url = models.URLField(
        blank=True, help_text=_("The agent's address; empty when an adapter's lines are replayed.")
    )
    device_name = models.CharField(
        max_length=64, blank=True, help_text=_("The device in the agent; empty: the first.")
    )
    execution = models.CharField(max_length=64, default="execution", help_text=_("Data item name or id."))
    part_count = models.CharField(max_length=64, default="PartCountAct")
    program = models.CharField(max_length=64, default="program")
    availability = models.CharField(max_length=64, default="avail")
    count_by = models.CharField(max_length=12, choices=Count, default=Count.PART_COUNT)

    class Meta:
        verbose_name = _("MTConnect source")

    def __str__(self) -> str:
        return gettext("MTConnect of {station}").format(station=self.station)
