"""What an MTConnect agent answers to `current` and `sample`, versions 1.2 to 2.x. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from production import whys_not
from production.messages import NotUnderstood
from production.mtconnect.observation import LEVELS, Observation, shortened
from production.mtconnect.shdr import instant

# Agents since 1.7 describe themselves as a device of this name.
_AGENT = "Agent"


@dataclass(frozen=True, slots=True)
class Answer:
    """One Streams document: which agent's life it belongs to, where to go on, and what it says, in order."""

    instance: int
    next_sequence: int
    created_at: datetime
    observations: list[Observation]


class AgentError(NotUnderstood):
    """The agent answered with an error document; `code` is its own, for instance OUT_OF_RANGE."""


def parse(document: bytes, *, device: str = "") -> Answer:
    """Read a Streams document; of several devices the named one (by name or uuid), else the first.

    Raises AgentError for the agent's own errors, NotUnderstood for everything that is no such document.
    """
    try:
        root = fromstring(document, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError) as error:
        raise NotUnderstood("bad_xml", whys_not.NO_XML.format(error=error)) from None
    name = _local(root)
    if name == "MTConnectError":
        raise _agent_error(root)
    if name != "MTConnectStreams":
        raise NotUnderstood("bad_xml", whys_not.NO_STREAMS.format(name=shortened(name)))
    header = _header(root)
    found = sorted(_observations(_chosen(root, device)), key=lambda pair: pair[0])
    return Answer(
        instance=_whole(header, "instanceId"),
        next_sequence=_whole(header, "nextSequence"),
        created_at=instant(header.get("creationTime", "")),
        observations=[observation for _, observation in found],
    )


def _header(root: Element) -> Element:
    for child in root:
        if _local(child) == "Header":
            return child
    raise NotUnderstood("bad_xml", whys_not.NO_HEADER)


def _agent_error(root: Element) -> AgentError:
    for element in root.iter():
        if _local(element) == "Error" or element.get("errorCode"):
            code = element.get("errorCode", "")[:32] or "error"
            words = shortened((element.text or "").strip())
            return AgentError(code, whys_not.AGENT_SAYS.format(code=code, words=words))
    return AgentError("error", whys_not.AGENT_FAILED)


def _chosen(root: Element, device: str) -> Element | None:
    """The stream of one device; None where it says nothing. Raises NotUnderstood for an unknown name."""
    streams = [element for element in root.iter() if _local(element) == "DeviceStream"]
    if not device:
        machines = [stream for stream in streams if stream.get("name") != _AGENT]
        return machines[0] if machines else None
    for stream in streams:
        if device in (stream.get("name"), stream.get("uuid")):
            return stream
    names = ", ".join(sorted(stream.get("name", "?") for stream in streams))
    text = whys_not.NO_DEVICE.format(device=shortened(device), names=names[:200])
    raise NotUnderstood("unknown_device", text)


def _observations(stream: Element | None) -> Iterator[tuple[int, Observation]]:
    if stream is None:
        return
    device = stream.get("name", "")
    for component in stream:
        for group in component:
            if _local(group) in ("Samples", "Events"):
                yield from ((_whole(element, "sequence"), _value(element, device)) for element in group)
            elif _local(group) == "Condition":
                yield from ((_whole(element, "sequence"), _condition(element, device)) for element in group)


def _value(element: Element, device: str) -> Observation:
    return Observation(value=(element.text or "").strip(), **_common(element, device))


def _condition(element: Element, device: str) -> Observation:
    level = _local(element).upper()
    if level not in LEVELS:
        raise NotUnderstood("bad_xml", whys_not.NO_LEVEL.format(level=shortened(level)))
    code = element.get("nativeCode", element.get("conditionId", ""))
    return Observation(value=(element.text or "").strip(), level=level, code=code, **_common(element, device))


def _common(element: Element, device: str) -> dict[str, Any]:
    item = element.get("dataItemId", "")
    return {
        "at": instant(element.get("timestamp", "")),
        "name": element.get("name", "") or item,
        "item": item,
        "device": device,
        "kind": _local(element),
        "subtype": element.get("subType", ""),
    }


def _local(element: Element) -> str:
    """The name without its namespace, which differs with version and vendor."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _whole(element: Element, name: str) -> int:
    text = element.get(name, "")
    if text.isascii() and text.isdigit() and len(text) <= 20:
        return int(text)
    raise NotUnderstood("bad_xml", whys_not.NOT_WHOLE.format(name=name, value=shortened(text)))
