"""What a tablet keeps for the time without network, and the empty page that a browser keeps."""

import json
import re
from datetime import timedelta

import pytest
from django.utils.timezone import now

from downtime.models.issues import Who
from tests.make import (
    make_cause,
    make_issue,
    make_job_run,
    make_operator,
    make_reject_reason,
    make_sign_on,
    make_station,
)
from tests.screens import POLL, enrolled, person

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def station():
    station = make_station(name="Secret press")
    material = make_cause(company=station.company, description="Material")
    make_cause(parent=material, company=station.company, description="Coil change")
    make_reject_reason(company=station.company, description="Burr")
    make_sign_on(station, make_operator(company=station.company, initials="MK"), started_at=now() - HOUR)
    make_job_run(station, actual_start=None)
    return station


def path(station):
    return f"/tablet/{station.uuid}/at-hand/"


def test_all_that_can_be_chosen_is_at_hand(station):
    issue = make_issue(station, started_at=now() - HOUR)
    issue.note("The fitter comes at two", by=Who(), at=now())
    told = enrolled(station.company).get(path(station)).json()
    assert [(stop["uuid"], stop["noted"]) for stop in told["stops"]] == [
        (str(issue.uuid), "The fitter comes at two")
    ]
    assert [text for _, text, _ in told["causes"]] == ["Coil change", "Material"]
    assert [text for _, text in told["reasons"]] == ["Burr"]
    assert (told["here"]["name"], told["asksWho"], told["by"][:7]) == ("MK", True, "device-")
    assert len(told["queue"]) == 1


def test_a_person_is_not_asked_who_he_is(station):
    told = person(station.company).get(path(station)).json()
    assert (told["asksWho"], told["by"][:5]) == (False, "user-")


def test_what_a_tablet_has_already_is_not_sent_again(station):
    tablet = enrolled(station.company)
    first = tablet.get(path(station))
    again = tablet.get(path(station), headers={"If-None-Match": first["ETag"]})
    assert again.status_code in (200, 304)  # at the turn of a minute it is sent anyhow
    assert int(again["X-As-Of"]) > 0


def test_it_is_for_those_who_may_answer_and_tells_a_stranger_that_he_is_one(station, client):
    assert person(station.company, "read_only").get(path(station)).status_code == 204
    assert client.get(path(station), headers=POLL).status_code == 401
    assert person(make_station().company).get(path(station)).status_code == 404


def test_many_stops_cost_no_more_questions(station, django_assert_max_num_queries):
    for hours in range(2, 12):
        start = now() - hours * HOUR
        make_issue(station, started_at=start, ended_at=start + timedelta(minutes=7))
    tablet = enrolled(station.company)
    with django_assert_max_num_queries(22):
        assert len(tablet.get(path(station)).json()["stops"]) == 10


def test_the_page_that_is_kept_knows_nothing_of_anybody(station, client):
    make_issue(station, started_at=now() - HOUR)
    page = enrolled(station.company).get("/tablet/without-network/").content.decode()
    assert page == client.get("/tablet/without-network/").content.decode()
    assert "Secret press" not in page
    assert str(station.uuid) not in page


def test_the_worker_keeps_the_empty_page_and_its_own_files_in_a_cache_of_their_version(client):
    answer = client.get("/tablet/worker.js")
    kept = json.loads(re.match(r"const KEPT = (.*);\n", answer.content.decode()).group(1))
    page = client.get(kept["shell"]).content.decode()
    assert all(f'"{address}' in page for address in kept["files"])
    assert {address.split("/")[1] for address in kept["files"]} == {"static"}
    assert len(kept["version"]) == 16
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("text/javascript; charset=utf-8", "no-cache")


def test_the_tablet_can_be_put_on_the_home_screen(client, station):
    told = client.get("/tablet/app.webmanifest")
    assert told["Content-Type"] == "application/manifest+json"
    assert (told.json()["scope"], told.json()["display"]) == ("/tablet/", "standalone")
    page = enrolled(station.company).get(f"/tablet/{station.uuid}/").content.decode()
    assert '<link rel="manifest" href="/tablet/app.webmanifest">' in page
