"""The environment of every process: what the user gave, else what the embedded servers offer.

A running supervisor writes the addresses down in the data folder, so a command typed in another
terminal (`manage.py shell`, `manage.py replay`) finds the same servers without being told.
"""

import json
import os
import secrets
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from pathlib import Path

from mesproject.servers.folders import data_folder, make_folder

# These start servers of their own, and so must not take a former supervisor's for given.
STARTERS = ("up", "demo", "backup", "restore")


def complete(command: str, environ: MutableMapping[str, str] = os.environ) -> None:
    """Add what the user left open: the data folder, its kept key, a running supervisor's addresses."""
    data = data_folder()
    environ.setdefault("FLOORLIGHT_DATA", str(data))
    if command in STARTERS:
        make_secret_key(data)
    else:
        with suppress(OSError, ValueError):
            for name, value in json.loads((data / "addresses.json").read_text()).items():
                environ.setdefault(name, value)
    if command in ("help", "--help", "-h"):
        environ.setdefault("SECRET_KEY", "nothing-is-signed")
    if not environ.get("SECRET_KEY"):
        with suppress(OSError):
            environ["SECRET_KEY"] = (data / "secret_key").read_text().strip()


def make_secret_key(data: Path) -> None:
    """Make the key that signs sessions, once per data folder, readable by its owner alone."""
    try:
        path = make_folder(data) / "secret_key"
        if not path.exists():
            _write_privately(path, secrets.token_urlsafe(50))
    except PermissionError:
        raise SystemExit(
            f"You may not write to {data}: set FLOORLIGHT_DATA to a folder of your own."
        ) from None


def publish(data: Path, addresses: Mapping[str, str]) -> None:
    """Write down where this machine's servers are."""
    _write_privately(data / "addresses.json", json.dumps(addresses, indent=1))


def withdraw(data: Path) -> None:
    """Forget the addresses; nothing answers there any more."""
    (data / "addresses.json").unlink(missing_ok=True)


def _write_privately(path: Path, text: str) -> None:
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.replace(path)
