"""How a sender's connection is: its last messages with what became of them, and what is wrong, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Max, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from msgspec.structs import replace

from mesproject.accounts.models import ApiKey, Company, Device
from mesproject.accounts.retelling import retold
from mesproject.formats import number
from production import doctor, heard, whys_not
from production.doctor import Clock, Finding
from production.heard import Became, Heard
from production.models import QuarantinedMessage, Station, StationLive

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

SHOWN = 50
# Of a company with more stations, not all topics are looked at.
MOST_TOPICS = 500
VERDICTS = {
    "stored": gettext_lazy("stored"),
    "duplicate": gettext_lazy("repeated: it was stored before"),
    "refused": gettext_lazy("refused"),
    "ignored": gettext_lazy("ignored"),
    "lost": gettext_lazy("lost"),
}
SOURCES = dict(QuarantinedMessage.Source.choices)


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as a page shows it."""

    message: Heard
    text: str
    parts: list[tuple[Became, StrPromise | str]]

    @property
    def source(self) -> str:
        """By which way it came."""
        return str(SOURCES.get(self.message.source, self.message.source))

    @property
    def ahead(self) -> str:
        """How far its clock was ahead, where it had one."""
        sent = self.message.sent
        return "" if sent is None else signed(sent - self.message.at)


@dataclass(frozen=True, slots=True)
class Advice:
    """What is wrong, and what to do about it."""

    code: str
    what: str
    todo: str

    @property
    def is_well(self) -> bool:
        """Whether nothing is."""
        return self.code == "well"


@dataclass(frozen=True, slots=True)
class Connection:
    """All that a page tells of one."""

    messages: list[Shown]
    advice: list[Advice]
    clock: Clock | None
    gaps: list[doctor.Gap]
    missing_frames: int | None
    last_sign: datetime | None
    by_station: bool = False
    is_alone: bool = False

    @property
    def clock_now(self) -> str:
        """How far the sender's clock is ahead."""
        return signed(self.clock.ahead) if self.clock else ""

    @property
    def clock_trend(self) -> str:
        """How much more in an hour."""
        return signed(self.clock.per_hour) if self.clock and self.clock.per_hour is not None else ""


def of_device(device: Device, *, now: datetime) -> Connection:
    """Of a gateway: its frames; without any, what is said on stations' topics.

    The broker does not tell by whom that is said; it is known only where no other gateway can have said it.
    """
    frames = heard.last([heard.of_gateway(device.pk)])
    if frames or device.pins.exists():
        return _connection(frames, now=now, frames=True)
    topics = [one for one in heard.last(rings_of_topics(device.company)) if one.source == "mqtt"]
    is_alone = not _others(device, now=now).exists()
    own = [one for one in topics if one.at >= device.created_at] if is_alone else topics
    return _connection(own, now=now, by_station=True, is_alone=is_alone)


def last_signs(gateways: Sequence[Device], *, now: datetime) -> dict[int, datetime]:
    """When each was heard last, by its id, where that is known: of units by their frames, of a company's only one by
    what is said on its stations' topics.
    """
    heard_at = heard.newest([heard.of_gateway(gateway.pk) for gateway in gateways])
    found = {gateway.pk: at for gateway, at in zip(gateways, heard_at, strict=True) if at}
    if len(gateways) == 1 and not found:
        [only] = gateways
        connection = of_device(only, now=now)
        if connection.is_alone and connection.last_sign:
            found[only.pk] = connection.last_sign
    return found


def _others(device: Device, *, now: datetime) -> Any:
    """Gateways beside it that may have said what is kept; one that was revoked says nothing any more."""
    spoke = Q(revoked_at=None) | Q(revoked_at__gt=now - heard.KEPT)
    return Device.objects.of(device.company).filter(spoke, kind=Device.Kind.GATEWAY).exclude(pk=device.pk)


def of_key(key: ApiKey, *, now: datetime) -> Connection:
    """Of an API key."""
    return _connection(heard.last([heard.of_key(key.pk)]), now=now, last_seen=key.last_used_at)


def of_station(station: Station, *, now: datetime) -> Connection:
    """Of a station: what was said on its topic, by its agent, by units with pins for it, and with keys."""
    company = station.company_id
    units = station.pins.values_list("device_id", flat=True).distinct()
    rings = [
        heard.of_station(company, station.code),
        heard.of_refused(company),
        *map(heard.of_gateway, units),
    ]
    found = [one for one in heard.last([*rings, *_rings_of_keys(company)]) if _is_about(one, station.code)]
    live = StationLive.objects.filter(station=station).first()
    return _connection(found, now=now, last_seen=live.last_seen_at if live else None)


def of_company(company: Company, *, now: datetime, since: datetime) -> Connection:
    """Of all senders of a company, since an instant."""
    gateways = Device.objects.of(company).active().filter(kind=Device.Kind.GATEWAY)
    rings = [
        *rings_of_topics(company),
        *_rings_of_keys(company.pk),
        *(heard.of_gateway(one.pk) for one in gateways),
    ]
    return _connection([one for one in heard.last(rings) if one.at >= since], now=now)


def rings_of_topics(company: Company) -> list[str]:
    """Where what is said on the topics of a company's stations is kept."""
    codes = Station.objects.of(company).active().order_by("pk").values_list("code", flat=True)[:MOST_TOPICS]
    return [heard.of_refused(company.pk), *(heard.of_station(company.pk, code) for code in codes)]


def quarantined(company: Company, of: Device | Station | None) -> tuple[int, datetime | None]:
    """How many messages wait in quarantine, and when the last one came: of a unit, of a station, or all there are."""
    waiting = QuarantinedMessage.objects.of(company).filter(replayed_at=None)
    if isinstance(of, Device):
        waiting = waiting.filter(device=of)
    elif of:
        waiting = waiting.filter(topic__endswith=f"/signals/{of.code}")
    return waiting.count(), waiting.aggregate(last=Max("received_at"))["last"]


def signed(length: timedelta) -> str:
    """A duration with its sign: +0.4 s, −12 min, +3.5 h, −9,457 d."""
    seconds = length.total_seconds()
    size = abs(seconds)
    sign = "+" if seconds >= 0 else "−"
    if size < 120:
        return f"{sign}{number(f'{size:.1f}')} s"
    if size < 7200:
        return f"{sign}{size / 60:.0f} min"
    if size < 2 * 86_400:
        return f"{sign}{number(f'{size / 3600:.1f}')} h"
    return f"{sign}{number(f'{size / 86_400:,.0f}')} d"


def _rings_of_keys(company_id: int) -> list[str]:
    keys = ApiKey.objects.of(company_id).filter(revoked_at=None).order_by("pk").values_list("pk", flat=True)
    return [heard.of_key(pk) for pk in keys]


def _is_about(message: Heard, code: str) -> bool:
    return any(one.station == code for one in message.became)


def _connection(
    messages: list[Heard], *, now: datetime, frames: bool = False, by_station: bool = False, is_alone: bool = False,
    last_seen: datetime | None = None,
) -> Connection:  # fmt: skip
    found = doctor.findings(messages, now=now, frames=frames, last_seen=last_seen)
    signs = [at for at in (last_seen, messages[0].at if messages else None) if at]
    return Connection(
        messages=_shown(messages[:SHOWN]), advice=[advice(one, now=now) for one in found],
        clock=doctor.clock_of(messages), gaps=doctor.gaps_of(messages),
        missing_frames=doctor.missing_frames(messages) if frames and messages else None,
        last_sign=max(signs, default=None), by_station=by_station, is_alone=is_alone,
    )  # fmt: skip


def _shown(messages: Iterable[Heard]) -> list[Shown]:
    return [
        Shown(
            one,
            one.raw.decode("utf-8", "replace").replace("\x00", "␀"),
            [(_told(part), VERDICTS.get(part.verdict, part.verdict)) for part in one.became],
        )
        for one in messages
    ]


def _told(part: Became) -> Became:
    """With its reason in the reader's language."""
    return replace(part, reason=retold(part.reason, whys_not.ALL))


def advice(finding: Finding, *, now: datetime) -> Advice:
    """A finding in words."""
    figures = finding.figures
    if reason := figures.get("reason"):
        figures = {**figures, "reason": retold(reason, whys_not.ALL)}
    what, todo = _WORDS[finding.code](figures, now)
    return Advice(finding.code, what, todo)


def _since(figures: dict[str, Any], now: datetime) -> str:
    minutes = max(0, int((now - figures["since"]).total_seconds() // 60))
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


def _numbers(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: figures[name] for name in ("number", "of") if name in figures}


Words = Callable[[dict[str, Any], datetime], Sequence[str]]
_WORDS: dict[str, Words] = {
    "never": lambda figures, now: (
        _("Nothing has been heard yet."),
        _(
            "Send the line that was shown with the token. If nothing comes: is the address reached from there (the "
            "port, a firewall)? Is the token copied whole? Does the client id begin with the user name?"
        ),
    ),
    "silent": lambda figures, now: (
        _("Nothing has come for %(time)s.") % {"time": _since(figures, now)},
        _("Is it switched on, and in the network? A new token or a revoked device silences it, too."),
    ),
    "refused": lambda figures, now: (
        _("%(number)d of the last %(of)d are refused: %(reason)s")
        % {**_numbers(figures), "reason": figures["reason"]},
        TODO.get(figures["code"], _("Correct the sender; the quarantine keeps what came.")),
    ),
    "ignored": lambda figures, now: (
        _("Its frames arrive, and nothing is made of them: no pin is mapped."),
        _("Say on the device's page which pin speaks of which station."),
    ),
    "lost": lambda figures, now: (
        _("The agent has forgotten messages before they were read."),
        _("Give it a larger buffer, or look why it was not asked for so long. %(reason)s")
        % {"reason": figures["reason"]},
    ),
    "all_repeated": lambda figures, now: (
        _("All it says was said before."),
        _("Does it count its numbers on, and say another “boot” after a restart? Does its clock stand still?"),
    ),
    "clock_ahead": lambda figures, now: (
        _("Its clock is %(time)s ahead.") % {"time": signed(figures["by"])[1:]},
        _("Set it, best by NTP. More than five minutes ahead, the time of arrival counts instead."),
    ),
    "clock_behind": lambda figures, now: (
        _("Its clock is %(time)s behind, or its messages are held up.") % {"time": signed(figures["by"])[1:]},
        _("Set the clock, best by NTP. If it is right, look where messages wait: what is late changes the past."),
    ),
    "clock_drifts": lambda figures, now: (
        _("Its clock drifts by %(time)s an hour.") % {"time": signed(figures["by"])[1:]},
        _("Let it follow NTP."),
    ),
    "numbers_missing": lambda figures, now: (
        _("%(missing)d of its numbers are missing at %(station)s: %(numbers)s.") % figures,
        _("They never came, or come later. With MQTT, send with QoS 1 and keep messages until they are confirmed."),
    ),
    "frames_missing": lambda figures, now: (
        _("About %(missing)d frames did not arrive.") % figures,
        _("A unit sends one each five seconds and does not repeat it. Look at its Wi-Fi (rssi) or its cable."),
    ),
    "well": lambda figures, now: (_("All is well."), ""),
}  # fmt: skip
TODO: dict[str, Any] = {
    "unknown_station": gettext_lazy("What came over MQTT waits in quarantine, and can be replayed then."),
    "bad_json": gettext_lazy("A message is one JSON object. Look at it below."),
    "bad_value": gettext_lazy("The key that is named has a value that cannot be. Look at it below."),
    "nothing_said": gettext_lazy(
        "It has none of the keys that are known. They are listed in docs/signals.md."
    ),
    "bad_time": gettext_lazy("Set the sender's clock, best by NTP, and send a time with its zone."),
    "forbidden_station": gettext_lazy("The API key is limited to other stations. Make another key."),
    "not_mapped": gettext_lazy("Say on the device's page which pin speaks of which station."),
}
