"""What is stored while a page is made is on it, or is news for its first poll: at whichever of its questions."""

import re
from html import unescape

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from downtime.models.issues import Who
from production.models import StationLive
from tests.make import make_issue, make_pattern, make_station
from tests.screens import POLL, enrolled

pytestmark = pytest.mark.django_db
DONE = "help called"


@pytest.fixture
def issue():
    station = make_station(name="Press 4")
    make_pattern(follows=station)
    StationLive.objects.create(station=station, status="stopped", since=now())
    return make_issue(station, started_at=now())


class Meanwhile:
    """Calls for help just before a question, the n-th that is asked."""

    def __init__(self, issue, question):
        self.issue, self.left, self.at_it = issue, question, False

    def __call__(self, execute, *args):
        if not self.at_it:
            self.left -= 1
            if not self.left:
                self.at_it = True
                self.issue.escalate(by=Who(), at=now())
        return execute(*args)


def test_a_tablet_shows_it_or_hears_of_it(issue):
    tablet, page = enrolled(issue.station.company), f"/tablet/{issue.station.uuid}/"
    tablet.get(page)
    with CaptureQueriesContext(connection) as asked:
        tablet.get(page)
    missed = []
    for question in range(1, len(asked) + 1):
        with transaction.atomic():
            with connection.execute_wrapper(Meanwhile(issue, question)):
                shown = tablet.get(page).content.decode()
            [etag] = re.findall(r'id="desk" data-poll="" data-etag="([^"]*)"', shown)
            headers = POLL | {"If-None-Match": unescape(etag)}
            answer = tablet.get(f"/stops/of/{issue.station.uuid}/", headers=headers)
            if DONE not in shown and answer.status_code != 200:
                missed.append(question)
            transaction.set_rollback(True)
        issue.refresh_from_db()
    assert missed == []
