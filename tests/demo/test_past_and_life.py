"""The demo plant in the tables: a past that can be filled in twice, and a life that goes on from it."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection

from downtime import engine
from downtime.models import Issue, IssueEvent, Slice
from downtime.models.issues import Who
from mesproject.accounts.models import ApiKey, Company, Device, ProcessLife, User
from mesproject.demo import past, people, plan, plant
from mesproject.demo.acting import Crew
from mesproject.demo.life import Life, NotDelivered, topic
from mesproject.demo.recordings import Tape
from mesproject.demo.secrets import KNOWN_PASSWORD, Kept
from production.ingest import record
from production.messages import MEASURES, decode
from production.models import JobRun, Operator, QuarantinedMessage, SignOn, Station, StationLive
from production.replay import to_wire
from production.unpacking import Directory, unpack
from production.windows import Window
from quality.models import Reject
from scheduling.expansion import Kind
from scheduling.planned import plans
from tests.make import NOON, make_company, make_operator

pytestmark = pytest.mark.django_db

OPENED = NOON
HALF_DAY = 0.5


@pytest.fixture
def company():
    return plant.set_up(now=OPENED, timezone="Europe/Berlin", password="not a secret")


def rows(query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def signals():
    return rows(f"SELECT station_id, at, key, {', '.join(MEASURES)} FROM production_signal ORDER BY 1, 2, 3")


def slices():
    return rows('SELECT station_id, start, "end", state, silent_since FROM downtime_slice ORDER BY 1, 2')


def answers():
    return rows(
        "SELECT i.station_id, i.silent_since, e.kind, e.at, e.cause_id FROM downtime_issueevent e "
        "JOIN downtime_issue i ON i.id = e.issue_id ORDER BY 1, 2, 4, 3"
    )


def runs():
    return rows(
        "SELECT station_id, planned_start, actual_start, actual_end FROM production_jobrun ORDER BY 1, 2"
    )


def started_runs():
    return [run for run in runs() if run[2]]


def rejects():
    return sorted(Reject.objects.values_list("key", "at"))


def everything():
    return signals(), slices(), answers(), runs(), rejects(), sign_ons()


def sign_ons():
    return list(
        SignOn.objects.order_by("station", "started_at").values_list("station", "started_at", "ends_at")
    )


def wipe():
    """The plant as it was set up, without a past."""
    for model in (IssueEvent, Issue, Slice, Reject, JobRun, SignOn, StationLive, ProcessLife):
        model.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM production_signal")


def live_until(life, start, end, *, every=timedelta(minutes=7)):
    """Turn after turn, as the process does; what is published is read and judged at once."""
    at = start
    while at < end:
        at = min(at + every, end)
        life.step(at)
        engine.tick(now=at)


def through_the_door(letters, now):
    directory = Directory()
    parcels = [parcel for where, payload in letters for parcel in unpack(where, payload, directory)]
    record(parcels, received_at=now, quarantine=True)


def test_a_year_ago_the_plant_had_its_shifts(company):
    stations = list(plant.stations_of(company).values())
    day = Window(OPENED - timedelta(days=365), OPENED - timedelta(days=364))
    for plan_of_day in plans(stations, day).values():
        assert {shift.name for shift in plan_of_day.shifts} == {name for name, _ in plan.SHIFTS}
        assert Kind.BREAK in {span.kind for span in plan_of_day.spans}


def test_setting_up_twice_leaves_what_people_changed(company):
    Station.objects.filter(code="HURCO-1").update(name="Ours")
    assert plant.set_up(now=OPENED + timedelta(days=1), timezone="UTC", password="other") == company
    assert Station.objects.get(code="HURCO-1").name == "Ours"
    assert Station.objects.count() == len(plan.STATIONS)
    assert Company.objects.get().created_at == OPENED


def test_the_past_tiles_each_station_s_time_and_looks_like_a_plant(company):
    past.fill(company, days=1, now=OPENED)
    for station in Station.objects.all():
        own = list(Slice.objects.filter(station=station).order_by("start"))
        assert own[0].start - (OPENED - timedelta(days=1)) < timedelta(minutes=2)
        assert own[-1].end is None
        assert all(a.end == b.start for a, b in pairwise(own))
        lengths = {"running": timedelta(), "stopped": timedelta()}
        for one in own:
            lengths[one.state] = lengths.get(one.state, timedelta()) + ((one.end or OPENED) - one.start)
        assert 0.5 < lengths["running"] / timedelta(days=1) < 0.98, station
        assert timedelta() < lengths["stopped"] < timedelta(hours=10), station
    assert {one.state for one in Slice.objects.all()} == {
        "running", "micro_stop", "stopped", "no_signal", "not_planned"
    }  # fmt: skip


def test_the_past_has_been_answered_but_not_all_of_it(company):
    past.fill(company, days=1, now=OPENED)
    # At one station the visitor says himself who he is.
    assert SignOn.objects.at(OPENED - timedelta(minutes=1)).count() == len(plan.STATIONS) - 1
    explained = Issue.objects.valid().exclude(cause=None).count()
    assert 0.6 < explained / Issue.objects.valid().count() < 0.95
    assert Reject.objects.exists()
    assert JobRun.objects.running().count() == 7  # the furnace makes nothing that is counted
    assert JobRun.objects.filter(actual_start=None).exists()


def test_filling_the_past_in_twice_changes_nothing(company):
    past.fill(company, days=HALF_DAY, now=OPENED)
    before = everything()
    past.fill(company, days=HALF_DAY, now=OPENED)
    ProcessLife.objects.all().delete()
    past.fill(company, days=HALF_DAY, now=OPENED)
    assert everything() == before


def test_a_past_that_was_filled_in_by_halves_is_the_same(company):
    past.fill(company, days=HALF_DAY, now=OPENED)
    past.fill(company, days=HALF_DAY, now=OPENED + timedelta(hours=3))
    by_halves = signals(), slices(), started_runs(), rejects(), sign_ons()
    wipe()
    past.fill(company, days=HALF_DAY + 1 / 8, now=OPENED + timedelta(hours=3))
    assert (signals(), slices(), started_runs(), rejects(), sign_ons()) == by_halves


def test_after_a_long_absence_only_the_last_days_are_filled_in(company):
    past.fill(company, days=HALF_DAY, now=OPENED)
    later = OPENED + timedelta(days=30)
    assert past.fill(company, days=HALF_DAY, now=later) == Window(later - timedelta(days=HALF_DAY), later)


def test_life_goes_on_as_the_past_would_have_been(company):
    past.fill(company, days=HALF_DAY, now=OPENED)
    later, published = OPENED + timedelta(hours=3), []
    live_until(Life(company, now=OPENED, publish=published.extend), OPENED, later)
    through_the_door(published, later)
    engine.tick(now=later)
    assert not QuarantinedMessage.objects.exists()
    lived = signals(), slices(), started_runs(), rejects()
    wipe()
    past.fill(company, days=HALF_DAY + 1 / 8, now=later)
    assert (signals(), slices(), started_runs(), rejects()) == lived
    assert len(published) > 1000


def test_what_is_published_is_what_the_tape_says(company):
    tape = plan.station("MAZAK-2").tape(OPENED)
    messages = list(tape.messages(Window(OPENED, OPENED + timedelta(hours=3))))
    assert [decode(to_wire(message)) for message in messages] == messages
    assert topic("MAZAK-2") == "busroot/v2/demo/signals/MAZAK-2"


def test_what_was_not_delivered_is_sent_again_and_nothing_is_left_out(company):
    published, broken = [], [True]

    def publish(letters):
        if broken[0]:
            published.extend(letters[: len(letters) // 2])
            raise NotDelivered("gone")
        published.extend(letters)

    life = Life(company, now=OPENED, publish=publish)
    with pytest.raises(NotDelivered):
        life.step(OPENED + timedelta(minutes=10))
    broken[0] = False
    live_until(life, OPENED, OPENED + timedelta(minutes=20))
    through_the_door(published, OPENED + timedelta(minutes=20))
    tapes = past.tapes_of(company, plant.stations_of(company))
    window = Window(OPENED, OPENED + timedelta(minutes=20))
    assert len(signals()) == sum(len(list(tape.messages(window))) for tape in tapes.values())


def test_after_a_kill_life_goes_on_where_it_had_been(company):
    first, second = [], []
    Life(company, now=OPENED, publish=first.extend).step(OPENED + timedelta(minutes=5))
    life = Life(company, now=OPENED + timedelta(hours=1), publish=second.extend)
    assert life.sent == OPENED + timedelta(minutes=5)
    live_until(life, OPENED + timedelta(minutes=5), OPENED + timedelta(minutes=9))
    assert not set(first) & set(second)
    assert first
    assert second


def test_the_crew_answers_while_the_plant_lives_except_at_the_visitor_s_station(company):
    past.fill(company, days=HALF_DAY, now=OPENED)
    letters = []
    life = Life(company, now=OPENED, publish=letters.extend)
    for hour in range(1, 5):
        at = OPENED + timedelta(hours=hour)
        live_until(life, at - timedelta(hours=1), at)
        through_the_door(letters, at)
        letters.clear()
        engine.tick(now=at)
    live_until(life, at, at + people.SLOWEST)
    since = Issue.objects.valid().filter(raised_at__gte=OPENED, raised_at__lt=at)
    assert since.filter(station__code=people.VISITORS).exists()
    assert not since.filter(station__code=people.VISITORS).exclude(acknowledged_at=None).exists()
    assert since.exclude(station__code=people.VISITORS).exclude(cause=None).exists()


def test_a_stop_that_somebody_else_took_in_hand_is_left_to_him(company):
    past.fill(company, days=HALF_DAY, now=OPENED)
    stations = plant.stations_of(company)
    issue = Issue.objects.valid().filter(station__code="HURCO-3").exclude(cause=None).last()
    issue.events.exclude(kind__in=("raised", "ended")).delete()
    Issue.objects.filter(pk=issue.pk).update(acknowledged_at=None, owner=None, cause=None)
    issue.refresh_from_db()
    visitor = make_operator(company=company, initials="ME")
    issue.acknowledge(by=Who(operator=visitor), at=issue.raised_at)
    Crew(company, stations).answer(since=OPENED - timedelta(days=1), now=OPENED)
    issue.refresh_from_db()
    assert (issue.owner, issue.cause) == (visitor, None)


def test_operators_who_were_taken_out_of_the_plant_answer_no_more(company):
    Operator.objects.all().delete()
    past.fill(company, days=HALF_DAY, now=OPENED)
    assert not Issue.objects.exclude(acknowledged_at=None).exists()


def test_a_station_that_was_archived_is_left_alone(company):
    Station.objects.filter(code="MAZAK-1").update(archived_at=OPENED)
    past.fill(company, days=HALF_DAY, now=OPENED)
    assert not Slice.objects.filter(station__code="MAZAK-1").exists()
    assert Slice.objects.filter(station__code="MAZAK-2").exists()


def test_a_run_that_somebody_put_on_a_station_stays_there(company):
    past.fill(company, days=HALF_DAY, now=OPENED)
    ours = JobRun.objects.running().get(station__code="MAZAK-2")
    begun = OPENED + timedelta(minutes=1)
    JobRun.objects.filter(pk=ours.pk).update(actual_end=begun)
    theirs = JobRun.objects.create(station=ours.station, job=ours.job, actual_start=begun)
    past.fill(company, days=1, now=OPENED + timedelta(hours=12))
    theirs.refresh_from_db()
    assert theirs.actual_end is None


def test_secrets_that_either_side_forgot_are_made_anew(company, tmp_path):
    kept = Kept.of(tmp_path)
    plant.renew_secrets(company, kept)
    kept.save(tmp_path)
    again = Kept.of(tmp_path)
    plant.renew_secrets(company, again)
    assert (again.gateway, again.api_key) == (kept.gateway, kept.api_key)
    assert Device.objects.matching(kept.gateway).name == plant.GATEWAY
    assert ApiKey.objects.matching(kept.api_key, OPENED)
    lost = Kept()
    plant.renew_secrets(company, lost)
    assert Device.objects.matching(lost.gateway)
    assert not Device.objects.matching(kept.gateway)
    assert ApiKey.objects.matching(lost.api_key, OPENED)


def test_the_secrets_are_for_their_owner_alone(tmp_path):
    Kept(gateway="a").save(tmp_path)
    assert (tmp_path / "demo" / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_the_password_is_a_known_one_only_where_no_one_else_can_reach_the_pages():
    kept = Kept()
    assert kept.password_for(open_to_network=False) == KNOWN_PASSWORD
    assert kept.password_for(open_to_network=True) != KNOWN_PASSWORD
    assert kept.password_for(open_to_network=True) == kept.password


def test_the_password_is_changed_with_the_network(company):
    plant.set_password(company, "a longer secret")
    assert all(user.check_password("a longer secret") for user in User.objects.filter(username="admin"))


def test_a_tablet_that_has_been_enrolled_keeps_its_token_and_another_one_waits(company):
    first = plant.waiting_code(company, Device.Kind.TABLET, plant.TABLET, now=OPENED)
    again = plant.waiting_code(company, Device.Kind.TABLET, plant.TABLET, now=OPENED)
    assert first != again
    tablet = Device.objects.enrolling(again, OPENED)
    assert tablet.enrol(at=OPENED)
    plant.waiting_code(company, Device.Kind.TABLET, plant.TABLET, now=OPENED)
    assert list(Device.objects.filter(kind="tablet").values_list("name", flat=True)) == [
        "tablet-1",
        "tablet-2",
    ]


def test_another_company_s_plant_is_not_touched(company):
    other = make_company()
    past.fill(company, days=HALF_DAY, now=OPENED)
    assert not Operator.objects.of(other).exists()
    assert not Issue.objects.of(other).exists()


def test_a_tape_begins_with_its_cue_when_the_plant_opens():
    one = plan.station("HURCO-1")
    tape: Tape = one.tape(OPENED)
    assert (OPENED - tape.began) % tape.length == one.cue
