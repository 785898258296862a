"""Rules that answer, in the admin: made, ordered, switched, tried against yesterday, applied to the past."""

from datetime import UTC, datetime, time, timedelta

import pytest
from auditlog.models import LogEntry
from django.utils import translation
from django.utils.timezone import now

from downtime import engine
from downtime.models import AnswerBook, AnswerRule, Cause, Issue
from downtime.models.answers import in_force
from downtime.models.events import Who
from downtime.rule_words import words
from mesproject.accounts.models import Role
from production.models import StationLive
from tests.admin.one_of_each import address
from tests.admin.posting import errors_of, send
from tests.make import (
    make_cause,
    make_error_code,
    make_issue,
    make_operator,
    make_rule,
    make_sku,
    make_station,
    make_user,
)

LIST, ADD = address(AnswerRule, "changelist"), address(AnswerRule, "add")
TRY = address(AnswerRule, "try")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def jam(company):
    return make_cause("JAM", company=company, description="Jam")


@pytest.fixture
def tool(company):
    return make_cause("TOOL", company=company, description="Tool change")


@pytest.fixture
def station(company):
    return make_station("M1", company=company)


@pytest.fixture
def ann(company):
    return Who(operator=make_operator(company=company, initials="ANN"))


def at(hour, minute=0):
    """A time of yesterday."""
    return datetime.combine(now().date() - timedelta(days=1), time(hour, minute), UTC)


def make_stop(station, hour, *, minutes=10, **kwargs):
    return make_issue(station, started_at=at(hour), ended_at=at(hour) + minutes * MINUTE, **kwargs)


def names():
    return [rule.name for rule in in_force(AnswerRule.objects.first().company).rules]


# Making rules


def test_a_new_rule_is_the_last_to_be_asked_and_in_force_when_it_is_on(admin_client, company, jam):
    make_rule(jam, name="First", error_codes="E1")
    new = {"name": "Feeder", "cause": jam.pk, "on": "on", "error_codes": "E17, AL-*", "at_least_ms": "90"}
    assert send(admin_client, ADD, new).status_code == 302
    rule = AnswerRule.objects.get(name="Feeder")
    assert (rule.company, rule.position, rule.at_least_ms) == (company, 2, 90_000)
    assert names() == ["First", "Feeder"]
    book = AnswerBook.objects.first()
    assert (book.why, book.holds_until) == ("Rule Feeder added", None)
    assert words(rule) == "error E17 or AL-*, at least 90 s"


def test_a_rule_that_is_off_is_not_in_force(admin_client, jam):
    send(admin_client, ADD, {"name": "Feeder", "cause": jam.pk, "error_codes": "E17"})
    assert names() == []
    assert not AnswerBook.objects.exists()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"error_codes": ""}, "Give at least one condition"),
        ({"error_codes": " , "}, "Give at least one code between the commas."),
        ({"error_codes": "*"}, "A * alone is no code."),
        ({"error_codes": "E" * 200}, "is longer than 128 characters."),
        ({"error_codes": "E" * 501}, "at most 500 characters"),
        ({"at_least_ms": "600", "at_most_ms": "60"}, "“Lasts at most” is shorter than “lasts at least”"),
        ({"at_least_ms": "-5"}, "greater than or equal to 0"),
        ({"at_most_ms": "1e10"}, "less than or equal to"),
        ({"from_time": "06:00", "until_time": "06:00"}, "From and before are the same time."),
        ({"from_time": "25:00"}, "Enter a valid time."),
        ({"before": "dancing"}, "not one of the available choices"),
        ({"name": ""}, "This field is required."),
        ({"cause": "0"}, "valid choice"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_at_its_field(admin_client, jam, said, sentence):
    refused = send(admin_client, ADD, {"name": "Feeder", "cause": jam.pk, "error_codes": "E17"} | said)
    assert any(sentence in error for error in errors_of(refused)), errors_of(refused)
    assert not AnswerRule.objects.exists()


def test_another_companys_cause_and_stations_cannot_be_named(admin_client, jam):
    other = make_station()
    for foreign in ({"cause": make_cause().pk}, {"stations": [other.pk]}, {"groups": [other.group.pk]}):
        refused = send(admin_client, ADD, {"name": "F", "cause": jam.pk, "error_codes": "E1"} | foreign)
        assert errors_of(refused)


@pytest.mark.parametrize("narrowed", [{"setup": "false"}, {"at_least_ms": "0"}])
def test_no_and_zero_are_conditions_too(admin_client, jam, narrowed):
    assert send(admin_client, ADD, {"name": "F", "cause": jam.pk} | narrowed).status_code == 302


def test_a_place_alone_is_a_condition(admin_client, jam, station):
    assert (
        send(admin_client, ADD, {"name": "F", "cause": jam.pk, "stations": [station.pk]}).status_code == 302
    )
    assert words(AnswerRule.objects.get()) == "at Machine M1"


def test_all_conditions_have_words(jam, station):
    rule = make_rule(
        jam, alarm_text="oil", before="not_planned", at_most_ms=7_200_000, from_time=time(22), until_time=time(6),
        shifts="Early,Late", setup=True, mode="power", groups=[station.group],
        skus=[make_sku(company=jam.company, code="A1", name="Bolt")],
    )  # fmt: skip
    assert words(rule) == (
        "“oil” in its text, after time without a plan, at most 2 h, from 22:00 on, before 06:00, shift Early or Late, "
        f"in setup, stops by Power, in Line, making {rule.skus.get()}"
    )


def test_conditions_and_what_was_changed_are_told_in_the_readers_language(admin_client, jam):
    rule = make_rule(
        jam, name="Nacht", error_codes="E1,E2,AL-*", at_least_ms=1_500, from_time=time(22), setup=False
    )
    with translation.override("de"):
        assert words(rule) == "Fehler E1, E2 oder AL-*, mindestens 1,5 s, ab 22:00, nicht beim Rüsten"
    admin = admin_client.get(address(AnswerBook, "changelist")).wsgi_request.user
    admin.language = "de"
    admin.save()
    assert "Nacht eingeschaltet" in admin_client.get(address(AnswerBook, "changelist")).content.decode()


def test_what_a_person_wrote_stays_as_it_is():
    with translation.override("fr"):
        assert AnswerBook(why="Applied to the past: Feeder switched on").told == (
            "Appliqué au passé\u00a0: Feeder switched on"
        )
        assert AnswerBook(why="as we agreed").told == "as we agreed"


# Order, on and off


def test_rules_are_moved_among_those_in_use(admin_client, jam):
    first, second, third = (make_rule(jam, name=name) for name in ("A", "B", "C"))
    AnswerRule.objects.filter(pk=second.pk).update(archived_at=now())
    assert admin_client.get(address(AnswerRule, "move", third.pk, "up")).status_code == 404
    admin_client.post(address(AnswerRule, "move", third.pk, "up"))
    assert names() == ["C", "A"]
    admin_client.post(address(AnswerRule, "move", third.pk, "up"))
    assert names() == ["C", "A"]
    admin_client.post(address(AnswerRule, "move", third.pk, "down"))
    assert names() == ["A", "C"]
    assert AnswerBook.objects.first().why == "Rule C moved down"
    assert first.pk != second.pk


def test_rules_are_switched_on_and_off_and_each_is_on_record(admin_client, jam, tool):
    rule = make_rule(jam, at=None, name="Feeder", error_codes="E1")
    chosen = {"_selected_action": [rule.pk]}
    page = admin_client.post(LIST, chosen | {"action": "switch_on"}, follow=True).content.decode()
    assert "This holds for stops that begin from now on." in page
    assert names() == ["Feeder"]
    admin_client.post(LIST, chosen | {"action": "switch_off"})
    assert names() == []
    assert [book.why for book in AnswerBook.objects.all()] == ["Feeder switched off", "Feeder switched on"]
    changes = [entry.changes_dict.get("on") for entry in LogEntry.objects.get_for_object(rule)]
    assert changes[:2] == [["True", "False"], ["False", "True"]]


def test_archived_rules_answer_no_more_and_none_is_deleted(admin_client, jam):
    rule = make_rule(jam)
    admin_client.post(LIST, {"_selected_action": [rule.pk], "action": "archive"})
    assert not in_force(jam.company)
    assert admin_client.post(address(AnswerRule, "delete", rule.pk), {"post": "yes"}).status_code == 403


def test_a_rule_of_an_archived_cause_is_off_and_told_so(admin_client, jam, tool):
    rule = make_rule(jam, name="Feeder")
    make_error_code("E1", jam)
    causes = address(Cause, "changelist")
    page = admin_client.post(causes, {"_selected_action": [jam.pk], "action": "archive"}, follow=True)
    assert "Rules that are off as long as their cause is archived: Feeder." in page.content.decode()
    assert not in_force(jam.company)
    assert AnswerBook.objects.first().why == "Cause Jam archived"
    assert "off: its cause is archived" in admin_client.get(LIST).content.decode()
    refused = send(admin_client, address(AnswerRule, "change", rule.pk), {"error_codes": "E1"})
    assert "This cause is out of use" in errors_of(refused)[0]
    AnswerRule.objects.update(on=False)
    said = admin_client.post(LIST, {"_selected_action": [rule.pk], "action": "switch_on"}, follow=True)
    assert "Their cause is out of use, so they stay off: Feeder." in said.content.decode()
    AnswerRule.objects.update(on=True)
    admin_client.post(f"{causes}?state=marked", {"_selected_action": [jam.pk], "action": "restore"})
    assert names() == ["Feeder"]


def test_a_cause_that_rules_name_is_not_deleted_but_may_have_another_code(admin_client, jam):
    make_rule(jam)
    make_error_code("E1", jam)
    page = admin_client.get(address(Cause, "delete", jam.pk)).content.decode()
    assert "error codes and rules" in page
    before = in_force(jam.company)
    send(admin_client, address(Cause, "change", jam.pk), {"code": "JAM-2"})
    assert in_force(jam.company) == before


@pytest.mark.parametrize(
    ("role", "may"), [(Role.MEMBER, True), (Role.SUPERVISOR, False), (Role.READ_ONLY, False)]
)
def test_who_may_change_rules(role, may, client, jam, station):
    client.force_login(make_user(role, company=jam.company))
    rule = make_rule(jam)
    make_stop(station, 10)
    assert client.get(TRY).status_code == 200
    assert (client.post(address(AnswerRule, "move", rule.pk, "up")).status_code == 302) == may
    client.post(
        f"{TRY}?since={at(0).date()}&until={at(0).date()}&rules={rule.pk}", {"reason": "x", "apply": "1"}
    )
    assert (Issue.objects.get().cause == jam) == may


# Trying


@pytest.fixture
def day(station, jam, tool, ann):
    """Yesterday: one stop that people explained like the rule, one otherwise, one not at all, one without an error."""
    explained = [(8, jam), (9, tool)]
    for hour, cause in explained:
        make_stop(station, hour).explain(cause, by=ann, at=at(hour, 20))
    make_stop(station, 10, minutes=30)
    make_stop(station, 11).exclude(by=ann, at=at(12))
    return make_rule(jam, at=None, name="Short", at_most_ms=600_000)


def test_a_rule_is_tried_against_yesterday_before_it_is_switched_on(admin_client, day, jam):
    page = admin_client.get(f"{TRY}?rule={day.pk}")
    trial = page.context["trial"]
    assert (trial.all.stops, trial.answered.stops, trial.share, trial.share_of_time) == (4, 3, 75, 50)
    assert (trial.answered.agree, trial.answered.differ) == (1, 1)
    assert [(str(row.answered), row.said, row.by, row.verdict) for row in page.context["rows"]] == [
        ("Jam", "Tool change", "ANN", "Rules and people differ"),
        ("Jam", "excluded", "", "Only the rules"),
        ("Jam", "Jam", "ANN", "Both agree"),
        ("None", "", "", "Neither"),
    ]
    assert "Only rules and codes that are on can be applied to the past" in page.content.decode()
    assert Issue.objects.filter(cause=jam).count() == 1
    assert not AnswerBook.objects.exists()


def test_without_choosing_those_that_are_on_are_tried(admin_client, day, tool):
    make_rule(tool, name="On", at_least_ms=600_001)
    page = admin_client.get(TRY)
    assert list(page.context["trial"].by_rule) == ["Rule 1: On"]
    assert [str(rule) for rule, *_ in page.context["rules"]] == ["Short", "On"]


def test_only_some_stops_can_be_shown(admin_client, day):
    yesterday = at(0).date()
    page = admin_client.get(f"{TRY}?since={yesterday}&until={yesterday}&rules={day.pk}&show=agree")
    assert [row.verdict for row in page.context["rows"]] == ["Both agree"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("since=x&until=2026-01-01", "Enter a valid date."),
        ("since=1999-01-01&until=1999-01-01", "Choose a day of the last two years."),
        ("since={today}&until={yesterday}", "This is before the first day."),
        ("since={month}&until={today}", "At most 31 days at once."),
        ("since={today}&until={today}&rules=0", "not one of the available choices"),
        ("since={today}&until={today}&show=x", "not one of the available choices"),
    ],
)
def test_days_and_rules_that_cannot_be_are_refused(admin_client, day, query, sentence):
    today = now().date()
    named = {"today": today, "yesterday": today - timedelta(days=1), "month": today - timedelta(days=31)}
    page = admin_client.get(f"{TRY}?{query.format(**named)}")
    assert sentence in page.content.decode()
    assert "trial" not in page.context


def test_more_stops_than_are_looked_at_are_refused(admin_client, day, monkeypatch):
    monkeypatch.setattr("downtime.trying.MOST_STOPS", 3)
    assert "Choose fewer days." in admin_client.get(TRY).content.decode()


def test_another_companys_stops_and_rules_are_not_tried(admin_client, company):
    theirs = make_rule(make_cause(), at=None, error_codes="E1")
    make_stop(make_station(company=theirs.company), 10)
    page = admin_client.get(f"{TRY}?rule={theirs.pk}")
    assert (page.context["trial"].all.stops, page.context["rules"]) == (0, [])


def test_trying_costs_the_same_however_many_stops_there_are(
    admin_client, day, station, jam, django_assert_max_num_queries
):
    make_rule(jam, shifts="Day", error_codes="E1", before="running", setup=False)
    for hour in (0, 1, 2, 3, 4, 5):
        make_stop(station, hour)
    with django_assert_max_num_queries(23):
        admin_client.get(TRY)
    for hour in (12, 13, 14, 15, 16, 17):
        make_stop(make_station(company=station.company, group=station.group), hour)
    with django_assert_max_num_queries(23):
        assert admin_client.get(TRY).context["trial"].all.stops == 16


# Applying to the past


def apply(client, **more):
    yesterday = at(0).date()
    query = f"since={yesterday}&until={yesterday}&codes=on"
    query += "".join(f"&rules={rule.pk}" for rule in AnswerRule.objects.filter(on=True))
    return client.post(f"{TRY}?{query}", {"reason": "First rules", "apply": "1"} | more)


@pytest.fixture
def in_use(admin_client, day):
    admin_client.post(LIST, {"_selected_action": [day.pk], "action": "switch_on"})
    return day


def test_rules_are_applied_to_the_past_only_when_told_so(
    admin_client, administrator, in_use, station, jam, tool
):
    StationLive.objects.update_or_create(station=station, defaults={"sums_from": None})
    stop = make_stop(station, 14)
    assert stop.cause is None
    page = admin_client.get(TRY).content.decode()
    assert "0 stops would be answered otherwise" in page
    answer = apply(admin_client)
    kept = AnswerBook.objects.first()
    assert answer["Location"] == address(AnswerBook, "change", kept.pk)
    assert (kept.by, kept.why, kept.answered) == (
        administrator.username,
        "Applied to the past: First rules",
        1,
    )
    stop.refresh_from_db()
    assert stop.cause == jam
    assert stop.events.get().text == "Rule 1: Short"
    assert set(Issue.objects.filter(left_to_people=True).values_list("cause", flat=True)) == {
        jam.pk,
        tool.pk,
        None,
    }
    assert StationLive.objects.get().sums_from == stop.started_at
    assert "Applied to the past: First rules" in admin_client.get(answer["Location"]).content.decode()
    assert "No stop of these days would have another cause" in admin_client.get(TRY).content.decode()


def test_applied_twice_nothing_changes(admin_client, in_use, station):
    make_stop(station, 14)
    apply(admin_client)
    apply(admin_client)
    assert [book.answered for book in AnswerBook.objects.all()[:2]] == [0, 1]


def test_what_was_applied_holds_when_the_past_is_decided_again(admin_client, in_use, station, jam):
    stop = make_stop(station, 14)
    apply(admin_client)
    AnswerRule.objects.update(on=False)
    admin_client.post(LIST, {"_selected_action": [in_use.pk], "action": "switch_off"})
    with_book = Issue.objects.get(pk=stop.pk)
    assert with_book.cause == jam
    engine.tick(now=now())
    assert Issue.objects.get(pk=stop.pk).cause == jam


def test_rules_that_are_off_are_not_applied(admin_client, day, station):
    yesterday = at(0).date()
    admin_client.post(
        f"{TRY}?since={yesterday}&until={yesterday}&rules={day.pk}", {"reason": "x", "apply": "1"}
    )
    assert not AnswerBook.objects.exists()


def test_without_a_reason_nothing_is_applied(admin_client, in_use, station):
    make_stop(station, 14)
    page = apply(admin_client, reason="")
    assert "This field is required." in page.content.decode()
    assert AnswerBook.objects.count() == 1
