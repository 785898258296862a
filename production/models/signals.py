"""What the machines said: kept as said, never changed by code that reports."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import Company, Device, Owned
from mesproject.accounts.retelling import retold
from production import whys_not
from production.models.plant import Station


class Signal(models.Model):
    """One message from a station at an instant; partitioned by month of `at`.

    Its natural key begins with the station, so that a station's history is one index range and the
    same message can only be stored once. Nothing refers to it, and no foreign key slows it down.
    """

    pk = models.CompositePrimaryKey("station_id", "at", "key")
    station = models.ForeignKey(Station, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    at = models.DateTimeField()
    key = models.BigIntegerField()  # what tells two messages of one instant apart: production.keys
    received_at = models.DateTimeField()
    good = models.FloatField(null=True)  # new units
    bad = models.FloatField(null=True)
    good_total = models.FloatField(null=True)  # running counts, as the machine shows them
    bad_total = models.FloatField(null=True)
    productive = models.BooleanField(null=True)
    speed = models.FloatField(null=True)
    kwh = models.FloatField(null=True)  # since the last point
    kwh_total = models.FloatField(null=True)  # the meter
    rssi = models.FloatField(null=True)
    available = models.BooleanField(null=True)
    error_code = models.TextField(null=True)  # "" = the error has gone
    program = models.TextField(null=True)

    class Meta:
        db_table = "production_signal"
        indexes = [
            # Few signals tell of errors; which one held at an instant may have been said months before.
            models.Index(
                fields=["station", "at", "key"],
                condition=Q(error_code__isnull=False),
                name="signals_of_errors",
            ),
        ]
        constraints = [
            # BETWEEN, not >= 0: NaN is greater than every number and would poison every sum.
            models.CheckConstraint(
                condition=Q(good__range=(0, 1e12)) & Q(bad__range=(0, 1e12)),
                name="new_units_are_plain_numbers",
            ),
            models.CheckConstraint(
                condition=Q(good_total__range=(0, 1e15)) & Q(bad_total__range=(0, 1e15)),
                name="running_counts_are_plain_numbers",
            ),
        ]


class SignalReceipt(models.Model):
    """The time the receiver gave to a message that brought a key but no time of its own.

    A second arrival finds it here, lands on the same instant, and changes nothing. Kept for 30 days.
    """

    pk = models.CompositePrimaryKey("station_id", "key")
    station = models.ForeignKey(Station, on_delete=models.CASCADE, db_constraint=False, db_index=False)
    key = models.BigIntegerField()
    at = models.DateTimeField(db_index=True)


class BrokerReceipt(models.Model):
    """The last message stored under a packet id of the reader's session with the broker.

    Acknowledgements follow the commit, so after a crash the broker sends stored messages again; where a
    message has neither key nor time, this row alone tells that it is the same one.
    """

    pk = models.CompositePrimaryKey("session", "packet_id")
    session = models.CharField(max_length=64)
    packet_id = models.IntegerField()
    digest = models.BigIntegerField()


class QuarantinedMessage(Owned):
    """A message that could not be understood, with the reason: seen, fixed, replayed, never in the way."""

    class Source(models.TextChoices):
        MQTT = "mqtt", _("MQTT")
        HTTP = "http", _("HTTP")
        FILE = "file", _("File")
        MTCONNECT = "mtconnect", _("MTConnect")

    # Empty where the topic names an account that no company has; only a superuser sees those.
    company = models.ForeignKey(Company, on_delete=models.CASCADE, null=True)
    source = models.CharField(max_length=10, choices=Source)
    device = models.ForeignKey(Device, on_delete=models.SET_NULL, null=True, blank=True)
    topic = models.CharField(max_length=256)
    payload = models.BinaryField(max_length=65_536)
    code = models.CharField(max_length=32)
    reason = models.TextField()
    received_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)  # how often the same nonsense came
    digest = models.BigIntegerField()
    replayed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-received_at"]
        indexes = [models.Index(fields=["company", "-received_at"], name="quarantine_newest_first")]
        constraints = [
            # A device that repeats its nonsense every second must not fill the table.
            models.UniqueConstraint(
                fields=["company", "topic", "digest"], condition=Q(replayed_at=None), nulls_distinct=False,
                name="the_same_nonsense_is_kept_once",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.topic}: {self.why_not}"

    @property
    def why_not(self) -> str:
        """Why it was not understood, in the reader's language."""
        return retold(self.reason, whys_not.ALL)
