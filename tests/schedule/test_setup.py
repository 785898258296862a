"""Setup as a state of a run: how it begins, how it ends, and who says so."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from mesproject.accounts.middleware import DEVICE_COOKIE
from production.models import JobRun
from tests.make import make_device, make_job_run

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def tablet(client, station):
    client.cookies[DEVICE_COOKIE] = make_device("tablet", company=station.company)[1]

    def asked(query="", **said):
        address, headers = f"/schedule/of/{station.uuid}/{query}", {"HX-Request": "true"}
        answer = client.post(address, said, headers=headers) if said else client.get(address, headers=headers)
        return answer.content.decode()

    return asked


def test_the_tablet_starts_with_setup_shows_how_long_it_takes_and_ends_it(tablet, station):
    run = make_job_run(station, actual_start=None, starts_in_setup=True, expected_setup_ms=30 * 60_000)
    assert "begins with setup of 30 min" in tablet(f"?run={run.pk}")
    assert "of 30 min" in tablet(verb="set-up", chosen=run.pk)
    run.refresh_from_db()
    assert run.is_in_setup
    JobRun.objects.update(actual_start=now() - 31 * MINUTE)
    page = tablet()
    assert "setting-up late" in page
    assert "Setup done" not in tablet(verb="produce", chosen=run.pk)
    run.refresh_from_db()
    assert run.production_start
    assert not run.is_in_setup
    before = run.production_start
    tablet(verb="produce", chosen=run.pk)
    run.refresh_from_db()
    assert run.production_start == before


@pytest.mark.parametrize(("planned", "verb"), [(True, "start"), (False, "set-up")])
def test_whoever_starts_it_says_whether_it_is_set_up_already(tablet, station, planned, verb):
    run = make_job_run(station, actual_start=None, starts_in_setup=planned)
    tablet(verb=verb, chosen=run.pk)
    run.refresh_from_db()
    assert run.starts_in_setup is not planned


def test_a_program_plans_setup_and_says_when_it_is_over(ask):
    plan = {"stationCode": "M1", "skuCode": "A-100", "startInSetup": True, "expectedSetupDuration": 600_000}
    _, made = ask("post", "", plan)
    one = made["result"]
    assert (one["startInSetup"], one["expectedSetupDuration"], one["isInSetup"]) == (True, 600_000, False)
    begun = now() - 10 * MINUTE
    _, started = ask("post", f"/{one['id']}/start", {"at": begun.isoformat()})
    assert started["result"]["isInSetup"]
    over = (begun + 4 * MINUTE).isoformat()
    status, done = ask("post", f"/{one['id']}/production", {"at": over})
    assert status == 200
    assert not done["result"]["isInSetup"]
    assert done["result"]["setupEndAtTimestamp"] == int((begun + 4 * MINUTE).timestamp() * 1000)
    assert ask("post", f"/{one['id']}/production", {"at": over})[0] == 200
    assert ask("post", f"/{one['id']}/production")[1]["code"] == "no_setup"


def test_that_a_run_began_with_setup_is_history(ask, station):
    run = make_job_run(station, actual_start=now() - MINUTE, starts_in_setup=True)
    status, refused = ask("patch", f"/{run.pk}", {"startInSetup": False})
    assert (status, refused["code"]) == (409, "has_begun")


def test_a_run_that_is_entered_when_it_is_over_was_not_all_setup(ask):
    at = now()
    plan = {
        "stationCode": "M1", "skuCode": "A-100", "startInSetup": True,
        "actualStartAt": (at - 60 * MINUTE).isoformat(), "actualEndAt": (at - MINUTE).isoformat(),
    }  # fmt: skip
    status, refused = ask("post", "", plan)
    assert status == 400
    assert "startInSetup" in str(refused)
