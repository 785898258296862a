"""Settings come from the environment, and what cannot be meant is refused by its name before anything runs."""

import os
import subprocess
import sys

import pytest

from mesproject.servers.folders import CHECKOUT

REFUSED = {
    "SECRET_KEY": ["", " "],
    "DEBUG": ["maybe"],
    "PROXIES": ["one"],
    "LIVE_PORT": ["80a"],
    "DATABASE_URL": ["mysql://localhost/floorlight", "floorlight"],
    "WEBHOOK_NETWORKS": ["10.1.0.0/33", "intranet"],
}


def started(**told):
    """What a process says that reads its settings so."""
    given = {"PATH": os.environ["PATH"], "SECRET_KEY": "only-for-tests"} | told
    argv = [
        sys.executable,
        "-c",
        "from mesproject import settings; print(settings.DEBUG, settings.SECRET_KEY)",
    ]
    done = subprocess.run(argv, cwd=CHECKOUT, env=given, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr.strip().rpartition("\n")[2]


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in REFUSED.items() for value in values]
)
def test_what_cannot_be_meant_is_refused_by_its_name(name, value):
    code, said = started(**{name: value})
    assert code
    assert f"ImproperlyConfigured: {name} " in said


def test_nothing_is_needed_but_a_key_and_nothing_is_open_by_default():
    assert started() == (0, "False only-for-tests\n")
