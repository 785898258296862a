"""From a topic and its bytes to parcels for the door: who is meant, and what is said."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from msgspec.structs import replace

from mesproject.accounts.models import Company, Device
from production import opta, topics, whys_not
from production.ingest import Delivery, Parcel
from production.messages import Message, NotUnderstood, decode
from production.models import PinMapping, QuarantinedMessage

# Far more than any message or frame needs.
LONGEST = 65_536
# How long what the admin says is remembered, and how soon a stranger may be looked up again.
REMEMBERED = 5.0
ASKED_AGAIN = 1.0
# A unit without a mapping sends frames that all differ; one an hour is kept to tell of it.
TOLD_AGAIN = 3600.0

SOURCE = QuarantinedMessage.Source.MQTT.value
UNREAD = NotUnderstood("unread", "")


@dataclass(frozen=True, slots=True)
class Gateway:
    """A device that may send frames, with its pins."""

    id: int
    company_id: int
    login: str
    pins: tuple[opta.Pin, ...] = ()


@dataclass(slots=True)
class Directory:
    """Companies and gateways by the names that topics use; asked for each message, read every few seconds."""

    companies: dict[str, int] = field(default_factory=dict)
    gateways: dict[tuple[str, str], Gateway] = field(default_factory=dict)
    read_at: float = float("-inf")
    told_at: dict[int, float] = field(default_factory=dict)

    def company(self, account: str) -> int | None:
        """The id of the company with this code."""
        self._read_if_older_than(REMEMBERED if account in self.companies else ASKED_AGAIN)
        return self.companies.get(account)

    def gateway(self, account: str, name: str) -> Gateway | None:
        """The active gateway of this name; without an account it is sought where there is one company."""
        found = self._gateway(account, name)
        self._read_if_older_than(REMEMBERED if found else ASKED_AGAIN)
        return self._gateway(account, name)

    def worth_telling(self, gateway: Gateway) -> bool:
        """Whether it is time to say again that this gateway has no mapping."""
        due = time.monotonic() - self.told_at.get(gateway.id, float("-inf")) >= TOLD_AGAIN
        if due:
            self.told_at[gateway.id] = time.monotonic()
        return due

    def _gateway(self, account: str, name: str) -> Gateway | None:
        if not account and len(self.companies) == 1:
            [account] = self.companies
        return self.gateways.get((account, name))

    def _read_if_older_than(self, seconds: float) -> None:
        if time.monotonic() - self.read_at < seconds:
            return
        self.companies = dict(Company.objects.values_list("code", "pk"))
        pins = _pins()
        self.gateways = {
            (device.company.code, device.name): Gateway(
                device.pk, device.company_id, device.login, tuple(pins.get(device.pk, ()))
            )
            for device in Device.objects.for_broker()
        }
        self.read_at = time.monotonic()


def _pins() -> dict[int, list[opta.Pin]]:
    columns = ("device_id", "pin", "station__code", "meaning", "inverted", "scale", "offset")
    found: dict[int, list[opta.Pin]] = {}
    for device_id, *values in PinMapping.objects.order_by("pk").values_list(*columns):
        found.setdefault(device_id, []).append(opta.Pin(*values))
    return found


def unpack(
    topic: str, payload: bytes, directory: Directory, delivery: Delivery | None = None
) -> list[Parcel]:
    """The parcels of one MQTT message; what cannot be understood is one, too, with its reason.

    A frame becomes one parcel for each station it speaks of. It becomes none where its unit has no
    mapping and that has been told within the hour.
    """
    try:
        if len(payload) > LONGEST:
            raise NotUnderstood("too_long", whys_not.TOO_LONG.format(number=len(payload), most=LONGEST))
        named = topics.parse(topic)
    except NotUnderstood as error:
        return [Parcel(None, "", error, SOURCE, topic, payload, delivery=delivery)]
    if isinstance(named, topics.StationTopic):
        company_id = directory.company(named.account)
        said = _said(named.account, company_id, payload)
        return [Parcel(company_id, named.station, said, SOURCE, topic, payload, "", None, delivery)]
    return _frame(Parcel(None, "", UNREAD, SOURCE, topic, payload, delivery=delivery), named, directory)


def _said(account: str, company_id: int | None, payload: bytes) -> Message | NotUnderstood:
    if company_id is None:
        return NotUnderstood("unknown_company", whys_not.NO_ACCOUNT.format(account=repr(account[:40])))
    try:
        return decode(payload)
    except NotUnderstood as error:
        return error


def _frame(parcel: Parcel, named: topics.DeviceTopic, directory: Directory) -> list[Parcel]:
    gateway = directory.gateway(named.account, named.name)
    if gateway is None:
        name = f"{named.account}/{named.name}".strip("/")[:90]
        error = NotUnderstood("unknown_device", whys_not.NO_GATEWAY.format(name=repr(name)))
        return [replace(parcel, company_id=directory.company(named.account), message=error)]
    parcel = replace(
        parcel, company_id=gateway.company_id, device_id=gateway.id, sender=gateway.login.partition("/")[2]
    )
    try:
        if not gateway.pins:
            raise NotUnderstood("not_mapped", whys_not.NO_PIN.format(gateway=gateway.login))
        said = opta.signals(parcel.payload, gateway.pins)
    except NotUnderstood as error:
        silent = error.code == "not_mapped" and not directory.worth_telling(gateway)
        return [] if silent else [replace(parcel, message=error)]
    return [
        replace(parcel, station_code=station, message=message, delivery=_share(parcel.delivery, station))
        for station, message in said
    ]


def _share(delivery: Delivery | None, station: str) -> Delivery | None:
    """A packet that speaks of several stations is remembered for each."""
    return delivery and replace(delivery, session=f"{delivery.session}/{station}"[:64])
