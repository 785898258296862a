"""What a display shows: one board, or several in turn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from mesproject.accounts.models import Device, Owned
from production.models import Plant, Station

# Shorter than a screen asks (five seconds) no board could be seen for certain.
SHORTEST, LONGEST = 10, 3600


class Turn(Owned):
    """One of the boards that a display shows in turn, and for how long."""

    class Board(models.TextChoices):
        ALL = "all", "All stations"
        NEEDED = "needed", "Who is needed where"
        STATION = "station", "One station"

    company_path = "device__company"
    part_of = "device"

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="turns")
    position = models.PositiveSmallIntegerField(default=0, help_text="Lower ones come first.")
    board = models.CharField(max_length=8, choices=Board, default=Board.ALL)
    plant = models.ForeignKey(
        Plant, on_delete=models.CASCADE, null=True, blank=True, help_text="Empty: all of them."
    )
    station = models.ForeignKey(
        Station,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        help_text="Only for the board of one station.",
    )
    seconds = models.PositiveSmallIntegerField(
        default=20, validators=[MinValueValidator(SHORTEST), MaxValueValidator(LONGEST)],
        help_text=f"How long it stays, {SHORTEST} to {LONGEST}; a screen changes within five seconds.",
    )  # fmt: skip

    class Meta:
        ordering = ["device", "position", "pk"]
        verbose_name = "board in turn"
        verbose_name_plural = "boards in turn"

    def __str__(self) -> str:
        return f"{self.get_board_display()} of {self.device}"

    def clean(self) -> None:
        """A station where one is shown, and only there."""
        if self.board == self.Board.STATION and self.station is None:
            raise ValidationError({"station": "Which station?"})
        if self.board != self.Board.STATION and self.station is not None:
            raise ValidationError({"station": "Only the board of one station names one."})
        if self.board == self.Board.STATION and self.plant is not None:
            raise ValidationError({"plant": "The station says where it is."})


def turn_at(device: Device, at: datetime) -> Turn | None:
    """Which board a display shows at an instant, the same on every look; None where it has no turns."""
    mine = Turn.objects.filter(device=device).exclude(station__archived_at__isnull=False)
    turns: list[Any] = list(mine.select_related("plant", "station"))
    if not turns:
        return None
    left = int(at.timestamp()) % sum(turn.seconds for turn in turns)
    for turn in turns:
        if left < turn.seconds:
            break
        left -= turn.seconds
    return turn
