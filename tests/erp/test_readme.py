"""The README's lines, run as they stand there, against the demo's plant."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from django.utils.timezone import now

from mesproject.demo import plant
from production.models import ErpRun, Job
from tests.make import make_api_key

README = Path(__file__).parents[2] / "README.md"


@pytest.mark.django_db(transaction=True)
def test_a_run_is_started_looked_at_and_stopped_and_a_file_is_taken(live_server):
    company = plant.set_up(now=now(), timezone="Europe/Berlin", password="not a secret")
    _, token = make_api_key("read", "write", company=company)
    section = README.read_text().split("## Let an ERP say what runs\n")[1]
    lines = re.search(r"```sh\n(.*?)```", section, re.DOTALL)[1]
    done = subprocess.run(
        ["sh", "-ec", lines.replace("\ncurl", "\necho; curl").replace("\nprintf", "\necho; printf")],
        env=os.environ | {"HOST": live_server.url, "KEY": token}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    started, looked, stopped, taken = done.stdout.splitlines()
    assert (started, stopped, taken) == ("null", "null", "null")
    assert json.loads(looked)["endAt"] is None
    run = ErpRun.objects.of(company).get(erp_run_id="4711").run
    assert run.station.code == "MAZAK-2"
    assert run.actual_end is not None
    assert Job.objects.of(company).get(name="WO-4712").quantity == 500
