"""What people do at screens beside answering: cutting, joining, watching, taking out, raising by hand."""

import uuid
from datetime import timedelta

import pytest
from django.utils.timezone import now

from downtime.models import Issue, IssueEvent, Slice
from downtime.models.issues import Who
from tests.make import make_cause, make_issue, make_operator, make_station
from tests.screens import POLL, SCRIPT, enrolled, person

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def station():
    return make_station(name="Press 4")


@pytest.fixture
def issue(station):
    """A stop of an hour that is over, as the engine leaves it."""
    start = now().replace(second=0, microsecond=0) - 90 * MINUTE
    found = make_issue(station, started_at=start, ended_at=start + 60 * MINUTE)
    Slice.objects.create(
        station=station, start=start, end=found.ended_at, state="stopped", silent_since=start, carry={}
    )
    return found


@pytest.fixture
def causes(station):
    material = make_cause("MAT", company=station.company, description="Material")
    coil = make_cause("COIL", parent=material, description="Coil change")
    return material, coil, make_cause("CRANE", company=station.company, description="Waiting for crane")


@pytest.fixture
def tablet(station):
    return enrolled(station.company)


def path(issue, step):
    return f"/stops/{issue.uuid}/{step}/"


def shown(client, station, **look):
    return client.get(f"/stops/of/{station.uuid}/", look, headers=POLL).content.decode()


def seconds(at):
    return int(at.timestamp())


def split(client, issue, causes, minutes=20, **more):
    said = {
        "cut": seconds(issue.started_at + minutes * MINUTE), "before": causes[1].pk, "cause": causes[2].pk,
        "key": uuid.uuid4(), **more,
    }  # fmt: skip
    return client.post(path(issue, "split"), said, headers=SCRIPT)


class TestSplitting:
    """Where, then why at first, then why after that."""

    def test_the_slider_stands_in_the_middle_and_moves_by_its_buttons(self, station, issue, tablet):
        page = shown(tablet, station, issue=issue.uuid, ask="split")
        middle = seconds(issue.started_at + 30 * MINUTE)
        assert f'value="{middle}"' in page
        moved = shown(tablet, station, issue=issue.uuid, ask="split", at=middle, move=-300)
        assert f'value="{middle - 300}"' in moved

    @pytest.mark.parametrize("at", [0, 2**40])
    def test_it_never_leaves_the_stop(self, station, issue, tablet, at):
        page = shown(tablet, station, issue=issue.uuid, ask="split", at=at, move=3600)
        ends = [seconds(issue.started_at + MINUTE), seconds(issue.ended_at - MINUTE)]
        assert f'value="{ends[at > 0]}"' in page

    def test_a_short_stop_is_cut_by_seconds_and_the_shortest_not_at_all(self, station, tablet):
        start = now() - 30 * MINUTE
        short = make_issue(station, started_at=start, ended_at=start + timedelta(seconds=90))
        assert "−10 s" in shown(tablet, station, issue=short.uuid, ask="split")
        start = (now() - 60 * MINUTE).replace(microsecond=50)
        none = make_issue(station, started_at=start, ended_at=start + timedelta(milliseconds=800))
        assert "too short to be split" in shown(tablet, station, issue=none.uuid, ask="split")

    def test_two_taps_lead_to_the_first_cause_and_two_to_the_second(self, station, issue, causes, tablet):
        cut = seconds(issue.started_at + 20 * MINUTE)
        asked = {"issue": issue.uuid, "ask": "split", "cut": cut}
        assert "Why at first?" in shown(tablet, station, **asked)
        below = shown(tablet, station, **asked, under=causes[0].pk)
        assert f"cut={cut}&amp;before={causes[1].pk}" in below
        assert "And after that?" in shown(tablet, station, **asked, before=causes[1].pk)
        last = shown(tablet, station, **asked, before=causes[1].pk, under=causes[0].pk)
        assert f'action="{path(issue, "split")}"' in last

    def test_each_part_gets_its_cause_and_the_cut_can_be_taken_back(self, station, issue, causes, tablet):
        answer = split(tablet, issue, causes).content.decode()
        first, second = Issue.objects.valid().order_by("started_at")
        assert [first.cause, second.cause] == [causes[1], causes[2]]
        assert first.ended_at == second.started_at == issue.started_at + 20 * MINUTE
        assert "Undo" in answer
        assert f'value="{second.uuid}"' in answer
        tablet.post(path(first, "merge"), {"following": second.uuid, "key": uuid.uuid4()}, headers=SCRIPT)
        whole = Issue.objects.valid().get()
        assert (whole.started_at, whole.ended_at) == (issue.started_at, issue.ended_at)

    def test_parts_can_be_joined_later_from_either_side(self, station, issue, causes, tablet):
        split(tablet, issue, causes)
        first, second = Issue.objects.valid().order_by("started_at")
        assert "with the part after" in shown(tablet, station, issue=first.uuid, ask="more")
        assert path(first, "merge") in shown(tablet, station, issue=second.uuid, ask="more")

    def test_of_two_tablets_that_cut_one_wins_and_the_other_is_told_who(self, station, issue, causes):
        ann = person(station.company, first_name="Ann", last_name="Lee")
        bob = person(station.company)
        assert split(ann, issue, causes, last=0).status_code == 200
        late = split(bob, issue, causes, minutes=10, last=0)
        assert late.status_code == 409
        assert "Already answered by Ann Lee" in late.content.decode()
        assert Issue.objects.valid().count() == 2

    def test_who_is_choosing_is_told_when_somebody_else_has_cut(self, station, issue, causes):
        ann, bob = person(station.company, first_name="Ann", last_name="Lee"), person(station.company)
        split(ann, issue, causes)
        look = {"issue": issue.uuid, "ask": "split", "cut": seconds(issue.started_at + 5 * MINUTE), "last": 0}
        assert "Already answered by Ann Lee" in shown(bob, station, **look)

    def test_sent_twice_it_is_cut_once(self, issue, causes, tablet):
        key = uuid.uuid4()
        answers = [split(tablet, issue, causes, key=key, last=0).status_code for _ in range(3)]
        assert answers == [200, 200, 200]
        assert Issue.objects.valid().count() == 2

    @pytest.mark.parametrize(
        "said",
        [{"cut": "x"}, {"cut": -5}, {"cut": 10**18}, {"before": "x"}, {"cause": 10**30}, {"last": "x"}],
    )
    def test_nonsense_is_a_sentence_and_nothing_is_cut(self, issue, causes, tablet, said):
        answer = split(tablet, issue, causes, **said)
        assert answer.status_code == 422
        assert 'class="problem"' in answer.content.decode()
        assert Issue.objects.count() == 1

    def test_outside_of_the_stop_there_is_nothing_to_cut(self, issue, causes, tablet):
        answer = split(tablet, issue, causes, minutes=600)
        assert answer.status_code == 409
        assert "did not stand still" in answer.content.decode()

    @pytest.mark.parametrize(
        "look", [{"cut": "x"}, {"at": "9" * 30}, {"move": "x"}, {"before": "y"}, {"last": "-1"}]
    )
    def test_a_nonsensical_address_shows_the_slider(self, station, issue, tablet, look):
        assert "Where did the reason change?" in shown(tablet, station, issue=issue.uuid, ask="split", **look)

    def test_without_script_the_buttons_ask_the_server(self, station, issue, causes, tablet):
        look = {"issue": issue.uuid, "ask": "split", "at": seconds(issue.started_at + 20 * MINUTE), "go": 1}
        page = tablet.get(f"/tablet/{station.uuid}/", look).content.decode()
        assert "Why at first?" in page
        said = {"cut": look["at"], "before": causes[1].pk, "cause": causes[2].pk, "next": "/tablet/"}
        assert tablet.post(path(issue, "split"), said).status_code == 302
        assert Issue.objects.count() == 2


class TestDeciding:
    """What counts as downtime is decided by supervisors."""

    @pytest.mark.parametrize("role", ["supervisor", "member", "administrator"])
    def test_they_exclude_and_reopen(self, station, issue, role):
        boss = person(station.company, role)
        assert "Exclude" in shown(boss, station, issue=issue.uuid, ask="more")
        assert boss.post(path(issue, "exclude"), {"text": "Drill"}, headers=SCRIPT).status_code == 200
        issue.refresh_from_db()
        assert issue.excluded_at
        assert "Re-open" in shown(boss, station, issue=issue.uuid, ask="more")
        assert boss.post(path(issue, "reopen"), headers=SCRIPT).status_code == 200
        issue.refresh_from_db()
        assert issue.is_unexplained

    @pytest.mark.parametrize("step", ["exclude", "reopen"])
    def test_operators_and_tablets_do_not(self, station, issue, tablet, step):
        for client in (tablet, person(station.company, "operator"), person(station.company, "read_only")):
            assert "Exclude" not in shown(client, station, issue=issue.uuid, ask="more")
            assert client.post(path(issue, step)).status_code == 403
        assert not IssueEvent.objects.exists()

    def test_the_second_to_exclude_is_told_who_was_first(self, station, issue):
        ann = person(station.company, "supervisor", first_name="Ann", last_name="Lee")
        bob = person(station.company, "supervisor")
        ann.post(path(issue, "exclude"), {"last": 0}, headers=SCRIPT)
        late = bob.post(path(issue, "exclude"), {"last": 0}, headers=SCRIPT)
        assert late.status_code == 409
        assert "Already answered by Ann Lee" in late.content.decode()

    def test_what_was_explained_can_be_classified_anew_by_whoever_has_seen_it(
        self, station, issue, causes, tablet
    ):
        issue.explain(causes[1], by=Who(), at=now())
        said = {"cause": causes[2].pk, "seen": causes[1].pk}
        assert tablet.post(path(issue, "cause"), said, headers=SCRIPT).status_code == 200
        issue.refresh_from_db()
        assert issue.cause == causes[2]


def test_watching_is_told_and_changes_nothing_else(station, issue):
    Issue.objects.update(ended_at=None)
    ann = person(station.company, first_name="Ann", last_name="Lee")
    for _ in range(2):
        assert ann.post(path(issue, "watch"), headers=SCRIPT).status_code == 200
    assert IssueEvent.objects.get().kind == "watch"
    assert "watched (Ann Lee)" in shown(ann, station, issue=issue.uuid, ask="more")


class TestRaisingByHand:
    """One tap on what is the matter."""

    def raised(self, client, station, kind, **said):
        return client.post(f"/stops/of/{station.uuid}/raise/", {"kind": kind, **said}, headers=SCRIPT)

    def test_what_is_the_matter_is_chosen_and_its_panel_follows(self, station, tablet):
        page = tablet.get(f"/stops/of/{station.uuid}/raise/").content.decode()
        for kind in ("slow", "quality", "material", "maintenance", "safety", "help"):
            assert f'value="{kind}"' in page
        answer = self.raised(tablet, station, "material").content.decode()
        issue = Issue.objects.get()
        assert (issue.kind, issue.silent_since, issue.ended_at) == ("material", None, None)
        assert "It is over" in answer
        assert "Nobody on it" in answer

    def test_it_is_closed_by_hand_and_a_supervisor_lets_it_go_on(self, station, tablet):
        self.raised(tablet, station, "help")
        issue = Issue.objects.get()
        assert tablet.post(path(issue, "close"), headers=SCRIPT).status_code == 200
        issue.refresh_from_db()
        assert issue.ended_at
        assert "Closed" in shown(tablet, station, issue=issue.uuid)
        person(station.company, "supervisor").post(path(issue, "reopen"), headers=SCRIPT)
        issue.refresh_from_db()
        assert issue.ended_at is None

    def test_one_of_a_type_goes_on_and_the_tile_leads_to_it(self, station, tablet):
        self.raised(tablet, station, "slow")
        again = self.raised(tablet, station, "slow")
        assert again.status_code == 409
        assert "already" in again.content.decode()
        assert f"issue={Issue.objects.get().uuid}" in again.content.decode()

    def test_a_tap_that_arrives_twice_raises_once(self, station, tablet):
        key = uuid.uuid4()
        answers = [self.raised(tablet, station, "slow", key=key).status_code for _ in range(2)]
        assert answers == [200, 200]
        assert Issue.objects.count() == 1

    @pytest.mark.parametrize("kind", ["", "stop", "party", "x" * 999])
    def test_other_types_are_refused(self, station, tablet, kind):
        assert self.raised(tablet, station, kind).status_code == 422
        assert not Issue.objects.exists()

    def test_who_raises_it_is_asked_once(self, station, tablet):
        ann = make_operator(company=station.company, initials="AB")
        assert "Who is answering?" in self.raised(tablet, station, "safety").content.decode()
        self.raised(tablet, station, "safety", operator=ann.pk)
        assert IssueEvent.objects.get().operator == ann

    def test_who_only_looks_raises_nothing(self, station):
        reader = person(station.company, "read_only")
        assert reader.post(f"/stops/of/{station.uuid}/raise/", {"kind": "help"}).status_code == 403
        assert enrolled(station.company, "display").get(f"/stops/of/{station.uuid}/raise/").status_code == 403
