"""The tablet's questions and answers about stops, with script and without."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from downtime.models import Issue, IssueEvent
from downtime.models.issues import Who
from tests.make import make_cause, make_issue, make_operator, make_station, make_user
from tests.screens import POLL, SCRIPT, enrolled, person

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def issue():
    return make_issue(make_station(), started_at=now() - 5 * MINUTE)


@pytest.fixture
def station(issue):
    return issue.station


@pytest.fixture
def causes(station):
    """A branch with a leaf, and a leaf beside it."""
    material = make_cause("MAT", company=station.company, description="Material")
    coil = make_cause("COIL", parent=material, description="Coil change")
    crane = make_cause("CRANE", company=station.company, description="Waiting for crane")
    return material, coil, crane


@pytest.fixture
def tablet(station):
    return enrolled(station.company)


def path(issue, step):
    return f"/stops/{issue.uuid}/{step}/"


def panel_of(client, station, **look):
    return client.get(f"/stops/of/{station.uuid}/", look, headers=POLL).content.decode()


def test_the_first_level_offers_branches_to_open_and_leaves_to_take(station, causes, tablet):
    shown = panel_of(tablet, station)
    assert "Why has it stopped?" in shown
    assert "under=" in shown
    assert "Waiting for crane" in shown
    assert "Coil change" not in shown


def test_what_was_noted_last_is_read_before_a_cause_is_given(station, issue, tablet):
    assert "with-note" not in panel_of(tablet, station)
    for text in ("The hose has burst", "The fitter comes at two"):
        issue.note(text, by=Who(), at=now())
    issue.acknowledge(by=Who(), at=now())
    shown = panel_of(tablet, station)
    assert "· The fitter comes at two" in shown
    assert "The hose has burst" not in shown


def test_a_branch_shows_what_is_below_it_and_a_way_back(station, issue, causes, tablet):
    shown = panel_of(tablet, station, issue=issue.uuid, under=causes[0].pk)
    assert "Material: what exactly?" in shown
    assert "Coil change" in shown
    assert "‹ Back" in shown


def test_a_cause_is_given_and_the_panel_goes_on(issue, causes, tablet):
    answer = tablet.post(path(issue, "cause"), {"cause": causes[1].pk}, headers=SCRIPT)
    assert answer.status_code == 200
    assert answer["HX-Trigger"] == "changed"
    issue.refresh_from_db()
    assert issue.cause == causes[1]


def test_the_open_stop_is_asked_about_first_then_the_newest_that_nobody_explained(station, issue, tablet):
    older = make_issue(station, started_at=now() - 60 * MINUTE, ended_at=now() - 50 * MINUTE)
    assert str(issue.uuid) in panel_of(tablet, station)
    Issue.objects.filter(pk=issue.pk).update(ended_at=now(), cause=make_cause(company=station.company))
    assert str(older.uuid) in panel_of(tablet, station)
    days_ago = now() - timedelta(days=3)
    Issue.objects.filter(pk=older.pk).update(started_at=days_ago, ended_at=days_ago + 10 * MINUTE)
    assert "Nothing to explain" in panel_of(tablet, station)


def test_the_causes_used_most_here_are_one_tap_away(station, causes, tablet):
    for n in range(3):
        start = now() - (n + 2) * 20 * MINUTE
        make_issue(station, started_at=start, ended_at=start + MINUTE, cause=causes[1])
    assert "3 × this week" in panel_of(tablet, station)


def test_without_script_an_answer_leads_back_to_the_tablet(station, issue, causes, tablet):
    said = {"cause": causes[2].pk, "next": f"/tablet/{station.uuid}/"}
    answer = tablet.post(path(issue, "cause"), said)
    assert (answer.status_code, answer.url) == (302, f"/tablet/{station.uuid}/")
    late = tablet.post(path(issue, "cause"), {"cause": causes[1].pk})
    assert late.status_code == 409
    assert "<html" in late.content.decode()


class TestTwoAtOnce:
    """One wins, the other sees who."""

    def test_the_second_to_acknowledge_sees_the_first(self, station, issue):
        ann = person(station.company, first_name="Ann", last_name="Lee")
        bob = person(station.company)
        assert ann.post(path(issue, "acknowledge"), headers=SCRIPT).status_code == 200
        late = bob.post(path(issue, "acknowledge"), headers=SCRIPT)
        assert late.status_code == 409
        assert "Already answered by Ann Lee" in late.content.decode()

    def test_the_second_cause_does_not_cover_the_first(self, issue, causes, tablet):
        tablet.post(path(issue, "cause"), {"cause": causes[1].pk}, headers=SCRIPT)
        late = tablet.post(path(issue, "cause"), {"cause": causes[2].pk}, headers=SCRIPT)
        assert late.status_code == 409
        issue.refresh_from_db()
        assert issue.cause == causes[1]

    def test_who_has_seen_the_first_cause_may_change_it(self, issue, causes, tablet):
        tablet.post(path(issue, "cause"), {"cause": causes[1].pk}, headers=SCRIPT)
        said = {"cause": causes[2].pk, "seen": causes[1].pk}
        assert tablet.post(path(issue, "cause"), said, headers=SCRIPT).status_code == 200
        issue.refresh_from_db()
        assert issue.cause == causes[2]

    def test_a_stop_that_was_none_says_so(self, issue, causes, tablet):
        Issue.objects.update(withdrawn_at=now())
        late = tablet.post(path(issue, "cause"), {"cause": causes[1].pk}, headers=SCRIPT)
        assert late.status_code == 409
        assert "no stop after all" in late.content.decode()


class TestPolling:
    """What a person is choosing stays, until somebody else has chosen."""

    def test_the_poll_asks_for_what_was_chosen(self, station, issue, causes, tablet):
        shown = panel_of(tablet, station, issue=issue.uuid, under=causes[0].pk, seen=0)
        assert f"?issue={issue.uuid}&amp;under={causes[0].pk}&amp;seen=0" in shown

    def test_what_was_told_asks_nothing_more_and_can_be_changed(self, station, issue, causes, tablet):
        Issue.objects.update(cause=causes[1])
        told = panel_of(tablet, station, issue=issue.uuid)
        assert "It has stopped: Coil change" in told
        assert "Waiting for crane" not in told
        assert f"ask=cause&amp;seen={causes[1].pk}" in told
        changing = panel_of(tablet, station, issue=issue.uuid, ask="cause", seen=causes[1].pk)
        assert "Waiting for crane" in changing
        assert "‹ Back" in changing

    def test_an_untouched_panel_follows_the_newest_stop(self, station, tablet):
        assert f'data-look="/stops/of/{station.uuid}/?"' in panel_of(tablet, station)

    def test_an_answer_of_somebody_else_ends_the_choosing(self, station, issue, causes, tablet):
        issue.explain(causes[2], by=Who(user=make_user(company=station.company, username="ann")), at=now())
        shown = panel_of(tablet, station, issue=issue.uuid, under=causes[0].pk, seen=0)
        assert "Already answered by ann" in shown
        assert "what exactly?" not in shown
        assert "data-hold" in shown

    def test_nobody_is_disturbed_while_he_writes(self, station, issue, tablet):
        assert "data-look" not in panel_of(tablet, station, issue=issue.uuid, ask="note")


class TestSendingAgain:
    """A tablet sends again what it has no answer for."""

    def test_the_same_answer_is_taken_once(self, issue, tablet):
        said = {"minutes": 10, "key": uuid.uuid4()}
        for _ in range(3):
            assert tablet.post(path(issue, "estimate"), said, headers=SCRIPT).status_code == 200
        assert IssueEvent.objects.count() == 1

    def test_a_double_tap_is_not_told_that_it_was_too_late(self, issue, tablet):
        said = {"key": uuid.uuid4()}
        answers = [tablet.post(path(issue, "acknowledge"), said, headers=SCRIPT) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]

    def test_another_answer_from_the_same_page_is_another(self, issue, tablet):
        key = uuid.uuid4()
        for minutes in (10, 20):
            tablet.post(path(issue, "estimate"), {"minutes": minutes, "key": key}, headers=SCRIPT)
        tablet.post(path(issue, "escalate"), {"key": key}, headers=SCRIPT)
        assert IssueEvent.objects.count() == 3


class TestWhoAnswers:
    """At a tablet it is asked once, with the first answer."""

    @pytest.fixture
    def ann(self, station):
        return make_operator(company=station.company, initials="AB", name="Ann Berg")

    def test_the_first_answer_asks_who_and_is_given_by_the_choice(self, issue, ann, causes, tablet):
        said = {"cause": causes[1].pk, "key": str(uuid.uuid4())}
        asked = tablet.post(path(issue, "cause"), said, headers=SCRIPT).content.decode()
        assert "Who is answering?" in asked
        assert f'name="cause" value="{causes[1].pk}"' in asked
        assert not IssueEvent.objects.exists()
        tablet.post(path(issue, "cause"), {**said, "operator": ann.pk}, headers=SCRIPT)
        assert IssueEvent.objects.get().operator == ann

    def test_the_next_answer_does_not_ask(self, issue, ann, tablet):
        tablet.post(path(issue, "acknowledge"), {"operator": ann.pk}, headers=SCRIPT)
        tablet.post(path(issue, "escalate"), headers=SCRIPT)
        assert set(IssueEvent.objects.values_list("operator", flat=True)) == {ann.pk}
        issue.refresh_from_db()
        assert issue.owner == ann

    def test_one_may_stay_without_a_name(self, issue, ann, tablet):
        tablet.post(path(issue, "acknowledge"), {"operator": "0"}, headers=SCRIPT)
        assert IssueEvent.objects.get().by == str(IssueEvent.objects.get().device)

    def test_nobody_is_asked_where_there_is_nobody_to_choose_or_a_login_tells(self, station, issue, tablet):
        tablet.post(path(issue, "escalate"), headers=SCRIPT)
        make_operator(company=station.company)
        person(station.company, username="bob").post(path(issue, "escalate"), headers=SCRIPT)
        assert [event.by for event in IssueEvent.objects.all()][1] == "bob"

    def test_an_operator_of_another_company_is_nobody(self, issue, ann, tablet):
        stranger = make_operator()
        answer = tablet.post(path(issue, "acknowledge"), {"operator": stranger.pk}, headers=SCRIPT)
        assert answer.status_code == 404

    def test_a_cookie_of_another_company_signs_nothing(self, issue, ann, tablet):
        theirs = make_station()
        elsewhere = make_operator(company=theirs.company)
        other = enrolled(theirs.company)
        other.post(f"/operator/{theirs.uuid}/", {"operator": elsewhere.pk})
        tablet.cookies["floorlight_operator"] = other.cookies["floorlight_operator"].value
        assert "Who is answering?" in tablet.post(path(issue, "escalate"), headers=SCRIPT).content.decode()


class TestRefusals:
    """What does not fit is refused with a sentence, and nothing is stored."""

    @pytest.mark.parametrize(
        ("step", "said"),
        [
            ("estimate", {"minutes": "0"}), ("estimate", {"minutes": "soon"}), ("estimate", {"minutes": "9" * 30}),
            ("estimate", {}), ("note", {"text": "  "}), ("note", {"text": "x" * 2001}), ("note", {"text": "a\x00b"}),
            ("cause", {}), ("cause", {"cause": "nonsense"}), ("cause", {"cause": "9" * 30}),
            ("acknowledge", {"key": "not-a-uuid"}),
        ],
    )  # fmt: skip
    def test_nonsense_is_answered_with_a_sentence(self, issue, tablet, step, said):
        answer = tablet.post(path(issue, step), said, headers=SCRIPT)
        assert answer.status_code == 422
        assert 'class="problem"' in answer.content.decode()
        assert not IssueEvent.objects.exists()

    def test_a_cause_of_another_company_or_out_of_use_is_refused(self, station, issue, tablet):
        old = make_cause(company=station.company, archived_at=now())
        for cause in (make_cause(), old):
            said = {"cause": cause.pk}
            assert tablet.post(path(issue, "cause"), said, headers=SCRIPT).status_code == 422

    def test_who_only_looks_is_shown_no_answers_and_may_give_none(self, station, issue, causes):
        reader = person(station.company, "read_only")
        assert "I am on it" not in panel_of(reader, station)
        refused = reader.post(path(issue, "acknowledge"))
        assert refused.status_code == 403
        assert "Your role only looks" in refused.content.decode()

    @pytest.mark.parametrize(
        "look", [{"issue": "x"}, {"under": "y"}, {"seen": "z"}, {"ask": "?"}, {"under": "9" * 30}]
    )
    def test_a_nonsensical_address_shows_the_usual_question(self, station, tablet, look):
        assert "Why has it stopped?" in panel_of(tablet, station, **look)


def test_an_answer_takes_a_bounded_number_of_queries(issue, causes, tablet):
    with CaptureQueriesContext(
        connection,
    ) as spent:
        tablet.post(path(issue, "cause"), {"cause": causes[1].pk}, headers=SCRIPT)
    assert len(spent) <= 30


def test_what_happened_is_told_in_the_order_of_the_clock(station, issue, tablet):
    at = now()
    ann = Who(operator=make_operator(company=station.company, initials="ANN"))
    issue.note("said last", by=ann, at=at - MINUTE)
    issue.note("entered without network", by=ann, at=at - 3 * MINUTE)
    told = panel_of(tablet, station, ask="more")
    assert told.index("entered without network") < told.index("said last")
