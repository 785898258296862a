"""What a display shows: one board, or several in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import Device, Owned
from production.models import Plant, Station, StationGroup

# Shorter than a screen asks (five seconds) no board could be seen for certain.
SHORTEST, LONGEST = 10, 3600


class Turn(Owned):
    """One of the boards that a display shows in turn, and for how long."""

    class Board(models.TextChoices):
        ALL = "all", _("Stations as tiles")
        NEEDED = "needed", _("Who is needed where")
        STATION = "station", _("One station, hour by hour")
        LINE = "line", _("A line: its stations in order, the slowest marked")
        HEAT = "heat", _("Utilisation of the last 24 hours")

    company_path = "device__company"
    part_of = "device"

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="turns")
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("Lower ones come first.")
    )
    board = models.CharField(_("board"), max_length=8, choices=Board, default=Board.ALL)
    plant = models.ForeignKey(
        Plant, on_delete=models.CASCADE, null=True, blank=True, verbose_name=_("plant"),
        help_text=_("Empty: all of them."),
    )  # fmt: skip
    group = models.ForeignKey(
        StationGroup, on_delete=models.CASCADE, null=True, blank=True, verbose_name=_("line"),
        help_text=_("Only the stations of this group."),
    )  # fmt: skip
    station = models.ForeignKey(
        Station, on_delete=models.CASCADE, null=True, blank=True, verbose_name=_("station"),
        help_text=_("Only for the board of one station."),
    )  # fmt: skip
    seconds = models.PositiveSmallIntegerField(
        _("seconds"), default=20, validators=[MinValueValidator(SHORTEST), MaxValueValidator(LONGEST)],
        help_text=_("How long it stays: 10 to 3600."),
    )  # fmt: skip

    class Meta:
        ordering = ["device", "position", "pk"]
        verbose_name = _("board in turn")
        verbose_name_plural = _("boards in turn")

    def __str__(self) -> str:
        return f"{self.get_board_display()} · {self.device}"

    def clean(self) -> None:
        """The board of a station names one and nothing else; that of a line names its group."""
        of_station = self.board == self.Board.STATION
        if of_station and self.station is None:
            raise ValidationError({"station": _("Which station?")})
        if not of_station and self.station is not None:
            raise ValidationError({"station": _("Only the board of one station names one.")})
        if of_station and self.plant is not None:
            raise ValidationError({"plant": _("The station says where it is.")})
        if of_station and self.group is not None:
            raise ValidationError({"group": _("The station says where it is.")})
        if self.board == self.Board.LINE and self.group is None:
            raise ValidationError({"group": _("Which line?")})
        if self.group and self.plant and self.group.plant_id != self.plant.pk:
            raise ValidationError({"group": _("This line is in another plant.")})


@dataclass(frozen=True, slots=True)
class Showing:
    """The turn of an instant, and how many seconds of it are left."""

    turn: Turn
    left: float


def turns_of(device: Device) -> list[Turn]:
    """What a display shows in turn, in order."""
    mine = Turn.objects.filter(device=device).exclude(station__archived_at__isnull=False)
    return list(mine.select_related("plant", "group", "station"))


def turn_at(turns: Sequence[Turn], at: datetime) -> Showing | None:
    """Which of a display's turns it is at an instant, the same on every look; None where it has none."""
    if not turns:
        return None
    gone = at.timestamp() % sum(turn.seconds for turn in turns)
    for turn in turns:
        if gone < turn.seconds:
            break
        gone -= turn.seconds
    return Showing(turn, turn.seconds - gone)
