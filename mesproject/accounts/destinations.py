"""Where a webhook may lead: to the public internet, and to the networks that the installation allows."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from mesproject.accounts import whys_not
from mesproject.words import Refusal

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Addresses of IPv6 in which one of IPv4 is reached by translation.
TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")


class Forbidden(Refusal):
    """An address that must not be called, and why."""


class Unknown(Exception):
    """A name that means nothing at the moment."""


@dataclass(frozen=True, slots=True)
class Destination:
    """A checked place to call: the name is for the certificate and the header, the address is where to connect."""

    is_https: bool
    host: str
    port: int
    address: str
    netloc: str
    path: str


def destination(url: str) -> Destination:
    """Resolve an address once and check all that it means."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or "@" in parts.netloc:
        raise Forbidden(whys_not.NO_ADDRESS)
    is_https, host = parts.scheme == "https", parts.hostname
    port = parts.port or (443 if is_https else 80)
    addresses = _resolved(host, port)
    for address in addresses:
        _check(address, is_https)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(is_https, host, port, str(addresses[0]), parts.netloc, path)


def _resolved(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unknown(whys_not.NO_NAME.format(host=host, error=error)) from error
    return [ipaddress.ip_address(str(sockaddr[0]).partition("%")[0]) for *_, sockaddr in found]


def _check(address: Address, is_https: bool) -> None:
    if _is_allowed(address):
        return
    if not is_public(address):
        raise Forbidden(whys_not.NOT_PUBLIC, address=str(address))
    if not is_https:
        raise Forbidden(whys_not.NO_HTTPS)


def _is_allowed(address: Address) -> bool:
    """Whether the installation allows a private network that holds it."""
    plain = _plain(address)
    return any(plain in network for network in settings.WEBHOOK_NETWORKS if network.version == plain.version)


def is_public(address: Address) -> bool:
    """Whether it is somebody's on the internet: not private, loopback, link-local, multicast or reserved."""
    plain = _plain(address)
    if isinstance(plain, ipaddress.IPv6Address):
        tunnelled = plain.sixtofour or (plain.teredo and plain.teredo[1])
        if plain.is_site_local or (tunnelled and not is_public(tunnelled)):
            return False
    return plain.is_global and not plain.is_multicast and not plain.is_reserved


def _plain(address: Address) -> Address:
    """Itself, or the address of IPv4 that is meant by it."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in TRANSLATED:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address
