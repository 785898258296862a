"""Log files of bounded size: a machine that runs for years must not fill its disk with words."""

import shutil
from pathlib import Path

LARGEST = 4 * 2**20
KEPT = 2


def rotate(path: Path) -> bool:
    """Move what was written aside once it is large, and drop the oldest part; whether it was large.

    The file is emptied under its writer's hands, who must append.
    """
    if not path.exists() or path.stat().st_size < LARGEST:
        return False
    for number in range(KEPT, 1, -1):
        older = _part(path, number - 1)
        if older.exists():
            older.replace(_part(path, number))
    shutil.copyfile(path, _part(path, 1))
    with path.open("r+b") as file:
        file.truncate()
    return True


def _part(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")
