"""Where the embedded servers keep their files, and who may reach them."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent

# sun_path holds 104 bytes on macOS and 108 on Linux, the closing NUL included.
LONGEST_SOCKET = 100


class Unreachable(Exception):
    """A folder cannot serve; the message is one sentence that says what to do."""


def reachable(path: Path) -> bool:
    """Whether every folder on the way to `path`, and `path` itself, lets other users pass."""
    nearest = next(folder for folder in (path, *path.parents) if folder.exists())
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (nearest, *nearest.parents))


def data_folder() -> Path:
    """The one folder beside the checkout that is written to: FLOORLIGHT_DATA, else `var` in the checkout.

    PostgreSQL refuses to run as root, and the user who runs it instead cannot pass through a closed
    home folder; a root whose checkout lies in one gets a folder in /var/lib.
    """
    if given := os.environ.get("FLOORLIGHT_DATA"):
        return Path(given).expanduser().resolve()
    if os.geteuid() == 0 and not reachable(CHECKOUT):
        return Path("/var/lib/floorlight-" + _short_hash(CHECKOUT))
    return CHECKOUT / "var"


def make_folder(path: Path) -> Path:
    """Make `path` and its parents so that other users may pass through, whatever the umask says."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(exist_ok=True)
        path.chmod(0o755)
    return path


def private_folder(path: Path, *, owner: int | None = None) -> Path:
    """Make `path` a folder that its owner alone may enter; parents are made open to pass through."""
    make_folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    if path.is_symlink() or path.stat().st_uid not in (os.geteuid(), owner):
        raise Unreachable(
            f"{path} belongs to somebody else: remove it, or set FLOORLIGHT_DATA to another folder."
        )
    if owner is not None and path.stat().st_uid != owner:
        os.chown(path, owner, -1)
    return path


def socket_folder(data: Path, name: str, *, longest_name: int, owner: int | None = None) -> Path:
    """A private folder for sockets: in the data folder, or elsewhere when that path is too long."""
    folder = data / "run" / name
    if len(os.fsencode(folder)) + 1 + longest_name > LONGEST_SOCKET:
        # The runtime folder of a login is closed to the user whom root becomes.
        short = os.environ.get("XDG_RUNTIME_DIR") if owner is None else None
        folder = (
            Path(short or tempfile.gettempdir()) / f"floorlight-{os.geteuid()}-{_short_hash(data)}-{name}"
        )
    return private_folder(folder, owner=owner)


def _short_hash(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:8]
