"""The secrets that the demo must know again after a restart: in the data folder, for its owner alone."""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from production.mqtt import write_privately

# Everybody may know it: the demo listens on this machine only, unless it is told otherwise.
KNOWN_PASSWORD = "floorlight-demo"


@dataclass(slots=True)
class Kept:
    """What is in the file; None where it has been forgotten."""

    gateway: str | None = None
    api_key: str | None = None
    password: str | None = None
    tablet_code: str | None = None
    board_code: str | None = None

    @classmethod
    def of(cls, data: Path) -> Kept:
        """Read what is kept in a data folder."""
        with suppress(OSError, ValueError, TypeError):
            return cls(**json.loads(_file(data).read_text()))
        return cls()

    def save(self, data: Path) -> None:
        """Write it down."""
        _file(data).parent.mkdir(parents=True, exist_ok=True)
        write_privately(_file(data), json.dumps(asdict(self), indent=1))

    def password_for(self, *, open_to_network: bool) -> str:
        """The logins' password: a known one, but a secret one where others can reach the pages."""
        if not open_to_network:
            return KNOWN_PASSWORD
        self.password = self.password or secrets.token_urlsafe(9)
        return self.password


def _file(data: Path) -> Path:
    return data / "demo" / "secrets.json"
