"""The MQTT topics that are listened to, and what they name. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from production import whys_not
from production.messages import NotUnderstood

# Version 1 and 2 both are in use; a unit may put one level of its own in front, and its device id
# `company/name` is two levels of the topic.
VERSIONS = ("v1", "v2")
KNOWN = "busroot/v2/{account}/signals/{station}"
FILTERS = tuple(
    f"{prefix}busroot/{version}/{rest}"
    for version in VERSIONS
    for prefix, rest in (
        ("", "+/signals/+"), ("", "dau/+"), ("", "dau/+/+"), ("+/", "dau/+"), ("+/", "dau/+/+"),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StationTopic:
    """`busroot/v2/{account}/signals/{station}`."""

    account: str
    station: str


@dataclass(frozen=True, slots=True)
class DeviceTopic:
    """`[prefix/]busroot/v2/dau/{account}/{name}`; the account is empty where the id has one part only."""

    account: str
    name: str


@lru_cache(10_000)
def parse(topic: str) -> StationTopic | DeviceTopic:
    """What a topic names. Raises NotUnderstood for one that is not listened to."""
    levels = topic.split("/")
    if len(levels) > 2 and levels[0] != "busroot" and levels[1] == "busroot":
        levels = levels[1:]
        if levels[2:3] != ["dau"]:
            levels = []
    match levels:
        case ["busroot", "v1" | "v2", "dau", name]:
            return DeviceTopic("", name)
        case ["busroot", "v1" | "v2", "dau", account, name]:
            return DeviceTopic(account, name)
        case ["busroot", "v1" | "v2", account, "signals", station]:
            return StationTopic(account, station)
    raise NotUnderstood("bad_topic", whys_not.NO_TOPIC.format(topic=repr(topic[:100]), known=KNOWN))
