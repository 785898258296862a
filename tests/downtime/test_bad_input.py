"""What no form means to send: far too much, markup in names, two answers at the very same instant."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils.timezone import now

from downtime.errors import AlreadyAnswered
from downtime.models import Issue, IssueEvent
from downtime.models.events import Who
from production.models import Plant, Station, StationGroup
from tests.downtime.busroot import Program
from tests.make import make_cause, make_issue, make_operator, make_station
from tests.screens import SCRIPT, enrolled, person

pytestmark = pytest.mark.django_db
MARKUP = "<script>alert(1)</script>"
MEGABYTE = 1024 * 1024


@pytest.fixture
def issue():
    return make_issue(make_station("M1"), started_at=now() - timedelta(minutes=5))


@pytest.mark.parametrize("size", [MEGABYTE, 6 * MEGABYTE])
def test_a_note_of_megabytes_is_refused_with_a_sentence_and_nothing_is_kept(issue, size):
    company, text = issue.station.company, "x" * size
    answer = Program(company).post(f"issue/{issue.pk}/event", {"type": "note", "text": text}, status=400)
    assert answer["field"] in ("text", "body")
    assert answer["message"].endswith(".")
    at_tablet = enrolled(company).post(f"/stops/{issue.uuid}/note/", {"text": text}, headers=SCRIPT)
    assert at_tablet.status_code in (400, 422)
    assert "Nothing of it is kept." in (page := at_tablet.content.decode()) or 'class="problem"' in page
    assert not IssueEvent.objects.exists()


def test_markup_in_names_is_text_wherever_it_is_shown(issue):
    """As JSON it is what was said, on pages it is escaped."""
    station = issue.station
    for model, pk in ((Station, station.pk), (StationGroup, station.group_id), (Plant, station.plant.pk)):
        model.objects.filter(pk=pk).update(name=MARKUP)
    cause = make_cause("C", company=station.company, description=MARKUP)
    ann = make_operator(company=station.company, initials="<b>", name=MARKUP)
    issue.acknowledge(by=Who(operator=ann), at=now())
    issue.note(MARKUP, by=Who(operator=ann), at=now())
    issue.explain(cause, by=Who(operator=ann), at=now())
    boss, tablet = person(station.company, "administrator", is_staff=True), enrolled(station.company)
    pages = (
        "/tablet/",
        f"/tablet/{station.uuid}/",
        f"/stops/of/{station.uuid}/?issue={issue.uuid}",
        "/unanswered/",
    )
    for client, page in [*((client, page) for client in (boss, tablet) for page in pages),
                         (boss, f"/admin/downtime/issue/{issue.pk}/change/")]:  # fmt: skip
        shown = client.get(page, follow=True).content.decode()
        assert MARKUP not in shown, page
        assert "&lt;script&gt;" in shown, page
    told = Program(station.company).get("issue", id=issue.pk)["results"][0]
    assert (told["stationName"], told["causeBreadcrumb"][0]["description"]) == (MARKUP, MARKUP)


@pytest.mark.django_db(transaction=True)
def test_of_ten_causes_given_in_the_same_millisecond_one_stands_and_nine_are_told_who_was_first():
    issue = make_issue(started_at=now() - timedelta(minutes=5))
    company, instant = issue.station.company, now()
    answers = [(Who(operator=make_operator(company=company)), make_cause(company=company)) for _ in range(10)]

    def give(answer):
        who, cause = answer
        try:
            Issue.objects.get(pk=issue.pk).explain(cause, by=who, at=instant, seen=None)
        except AlreadyAnswered as refusal:
            return str(refusal)
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(10) as pool:
        told = list(pool.map(give, answers))
    who, cause = answers[told.index("")]
    issue.refresh_from_db()
    assert issue.cause == cause
    assert [event.operator for event in issue.events.all()] == [who.operator]
    assert set(told) == {"", f"Already answered by {who}."}


def test_two_answers_of_the_same_millisecond_are_both_on_record_in_their_order(issue):
    """What replaces an earlier word, such as an estimate, may come twice; the later one holds."""
    ann, bob = (Who(operator=make_operator(company=issue.station.company)) for _ in range(2))
    instant = now()
    for who, minutes in ((ann, 5), (bob, 9)):
        Issue.objects.get(pk=issue.pk).estimate(instant + timedelta(minutes=minutes), by=who, at=instant)
    issue.refresh_from_db()
    assert issue.estimated_end_at == instant + timedelta(minutes=9)
    assert [event.operator for event in issue.events.order_by("pk")] == [ann.operator, bob.operator]


@pytest.mark.parametrize("resource", ["sku", "sku-group", "station"])
def test_a_code_of_33_characters_is_refused_wherever_codes_have_32(issue, resource):
    group = issue.station.group.code
    body = {"code": "C" * 33, "name": "x"} | ({"groupCode": group} if resource == "station" else {})
    answer = Program(issue.station.company, "write").post(resource, body, status=400)
    assert answer["field"] == "code"
    assert Program(issue.station.company, "write").post(resource, body | {"code": "C" * 32})["isSuccess"]


def test_a_number_that_is_none_in_json_is_refused(issue):
    program = Program(issue.station.company)
    for number in ("NaN", "Infinity", "-0.0", "1e400"):
        body = f'{{"type": "estimate", "estimatedTime": {number}}}'
        assert program.post(f"issue/{issue.pk}/event", body, status=400)["field"] in ("estimatedTime", "body")
    assert not IssueEvent.objects.exists()
