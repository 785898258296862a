"""A PostgreSQL that has all tables: migrated once, then copied as files, which takes a fraction of a second.

What was migrated is kept between runs, for as long as no migration changes; tests/test_migrating.py looks
whether it is what comes of migrating from nothing.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from mesproject.servers.folders import CHECKOUT, data_folder, make_folder
from mesproject.servers.postgres import DISPOSABLE, Postgres, version

_data = data_folder() / "test"


def with_tables(postgres: Postgres) -> Postgres:
    """Give a server that has no cluster yet one whose database is migrated, and its role may make further ones."""
    make_folder(postgres.data)
    make_folder(_data)
    with (_data / "migrated.lock").open("w") as turn:
        # Of several processes the first migrates, and the others wait.
        fcntl.flock(turn, fcntl.LOCK_EX)
        subprocess.run(["cp", "-pR", _migrated(_digest(postgres)), postgres.cluster], check=True)
    return postgres


def migrate(url: str) -> None:
    """Migrate a database as a person does."""
    env = os.environ | {"DATABASE_URL": url}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=CHECKOUT, env=env, check=True)


def _migrated(digest: str) -> Path:
    """The cluster that is copied."""
    ready = _data / f"migrated-{digest}"
    if not ready.exists():
        for old in _data.glob("migrated-*"):
            shutil.rmtree(old)
        # Renamed when it is done: an interrupted one is nobody's template.
        with Postgres(_data / "migrated-new", settings=DISPOSABLE) as postgres:
            postgres.make_database(may_create=True)
            migrate(postgres.url)
        postgres.data.rename(ready)
    return ready / "postgres"


def _digest(postgres: Postgres) -> str:
    """Of all that tables depend on: our migrations, those of others, and who wrote the files."""
    files = [CHECKOUT / "uv.lock", *sorted(CHECKOUT.glob("*/migrations/*.py"))]
    files += sorted(CHECKOUT.glob("mesproject/*/migrations/*.py"))
    found = hashlib.sha256(version(postgres.bin).encode())
    for file in files:
        found.update(f"{file.name}\0".encode() + file.read_bytes())
    return found.hexdigest()[:16]
