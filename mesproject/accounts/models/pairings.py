"""A screen that shows a code, and waits for an administrator to type it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.db import IntegrityError, models, transaction

from mesproject.accounts import secrets
from mesproject.accounts.models.devices import Device

LIFETIME = timedelta(minutes=10)
# A code that another screen shows just now is drawn again.
DRAWS = 20


class PairingQuerySet(models.QuerySet["Pairing"]):
    def alive(self, at: datetime) -> Self:
        """Those whose screen still shows the code."""
        return self.filter(created_at__gt=at - LIFETIME)

    def of_screen(self, token: str, at: datetime) -> Pairing | None:
        """What the screen with this token waits for."""
        return self.alive(at).filter(digest=secrets.digest(token)).select_related("device__company").first()

    def showing(self, code: str, at: datetime) -> Pairing | None:
        """What waits for this code, and was not given a device yet."""
        return self.alive(at).filter(code=code, device=None).first()


class Pairing(models.Model):
    """One screen before it belongs to anybody: what it shows, and a digest of what it alone knows."""

    code = models.CharField(max_length=6, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(db_index=True)
    device = models.OneToOneField(Device, on_delete=models.CASCADE, null=True)

    objects = PairingQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.code[:3]} {self.code[3:]}"

    @classmethod
    def begin(cls, *, at: datetime) -> tuple[Pairing, str]:
        """A code that no other screen shows, and the token that the screen keeps to itself."""
        cls.objects.filter(created_at__lte=at - LIFETIME).delete()
        token = secrets.new_token()
        for _ in range(DRAWS):
            try:
                with transaction.atomic():
                    made = cls.objects.create(
                        code=secrets.new_digits(6), digest=secrets.digest(token), created_at=at
                    )
            except IntegrityError:
                continue
            return made, token
        raise RuntimeError("No code was free for a screen that wants to be paired.")

    def give(self, device: Device) -> bool:
        """Let the screen be this device; False if somebody else was faster."""
        return bool(Pairing.objects.filter(pk=self.pk, device=None).update(device=device))

    def take(self, *, at: datetime) -> str | None:
        """The token of the device it was given, once; None if it waits still, or another window was faster."""
        if self.device is None:
            return None
        with transaction.atomic():
            gone, _ = Pairing.objects.filter(pk=self.pk).delete()
            if not gone or self.device.revoked_at:
                return None
            token = self.device.issue_token()
            self.device.last_seen_at = at
            self.device.save(update_fields=["digest", "broker_digest", "last_seen_at"])
        return token
