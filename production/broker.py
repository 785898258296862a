"""Our own broker: who may log in and publish what, written from the device table into its configuration."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from production.topics import VERSIONS

OWN_USER = "floorlight"  # the server's own login; cannot be a device's, those have a slash

# What the tables allow; anything else cannot have come through the admin and gets no login.
_COMPANY = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,48}")
_BCRYPT = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}")

# A packet that is not acknowledged for this long is sent again. Short, because that is also how long the
# messages wait that a killed reader had in hand.
ACK_WAIT = "5s"
# Per subscription; the broker refuses a session more than 65,535 in all.
MOST_PENDING = 4000


@dataclass(frozen=True, slots=True)
class Login:
    """A gateway that may log in: as `company/name`, with the token behind this bcrypt digest."""

    company: str
    name: str
    digest: str

    @property
    def valid(self) -> bool:
        """Whether it can be written into a configuration without meaning anything else there."""
        return bool(
            _COMPANY.fullmatch(self.company) and _NAME.fullmatch(self.name) and _BCRYPT.fullmatch(self.digest)
        )


@dataclass(frozen=True, slots=True)
class Listener:
    """Where machines connect."""

    host: str
    port: int


def render(
    logins: Sequence[Login],
    *,
    listener: Listener,
    store: Path,
    own_digest: str,
    bare: bool = False,
    largest_store: str = "8GB",
) -> str:
    """The configuration of nats-server. A device may publish only its company's signals and its own frames.

    JetStream keeps what is acknowledged; it is flushed to the disk every second. The server's own login may
    do everything; the port for NATS clients listens on this machine only and asks for the same logins.
    `bare` allows frames under the device's name alone, which is clear where there is one company only.
    """
    users = [_user(OWN_USER, own_digest, "")]
    users += [
        _user(f"{login.company}/{login.name}", login.digest, _permissions(login, bare=bare))
        for login in logins
        if login.valid
    ]
    return f"""\
# Written by `manage.py broker` from the table of devices; changes made here are lost.
server_name: "floorlight"
listen: "127.0.0.1:-1"
max_payload: 1MB
jetstream {{
  store_dir: {_quoted(str(store))}
  max_memory_store: 64MB
  max_file_store: {largest_store}
  sync_interval: "1s"
}}
mqtt {{
  listen: {_quoted(f"{_bracketed(listener.host)}:{listener.port}")}
  ack_wait: "{ACK_WAIT}"
  max_ack_pending: {MOST_PENDING}
}}
authorization {{
  users: [
{"".join(users)}  ]
}}
"""


def _user(name: str, digest: str, permissions: str) -> str:
    return f"    {{ user: {_quoted(name)}, password: {_quoted(digest)}{permissions} }}\n"


def _permissions(login: Login, *, bare: bool) -> str:
    allowed = ", ".join(_quoted(subject) for subject in subjects(login, bare=bare))
    return f', permissions: {{ publish: {{ allow: [{allowed}] }}, subscribe: {{ deny: [">"] }} }}'


def subjects(login: Login, *, bare: bool) -> list[str]:
    """What a device may publish to, as NATS subjects: a dot for each slash of the topic."""
    ids = [f"{login.company}.{login.name}"] + [login.name] * bare
    frames = [
        f"{prefix}busroot.{version}.dau.{one}" for version in VERSIONS for prefix in ("", "*.") for one in ids
    ]
    return [f"busroot.{version}.{login.company}.signals.*" for version in VERSIONS] + frames


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _quoted(text: str) -> str:
    """A string that NATS reads as it is: inside double quotes a dollar sign is no variable."""
    return json.dumps(text, ensure_ascii=False)
