"""Busroot's shift patterns over HTTP: what its manual says, and what docs/busroot.md decides."""

import json
from datetime import date, timedelta

import pytest
from auditlog.models import LogEntry
from django.utils.timezone import now

from mesproject.accounts.models import ApiKey
from production.models import Station
from production.windows import Window
from scheduling.models import PatternShift, ShiftPattern, StationPlan
from scheduling.planned import plans
from scheduling.writing import write_ahead
from tests.make import assign, make_api_key, make_group, make_pattern, make_station

pytestmark = pytest.mark.django_db


@pytest.fixture
def station():
    return make_station("M1")


@pytest.fixture
def key(station):
    return make_api_key(company=station.company)[1]


@pytest.fixture
def ask(client, key):
    def ask(method, path, body=None, token=key):
        data = body if isinstance(body, bytes) else json.dumps(body)
        headers = {"X-API-KEY": token} if token else {}
        return client.generic(
            method, f"/api/{path}", data if body is not None else b"", "application/json", headers=headers
        )

    return ask


def shift(name="Early", week_day=1, start=6, duration=8, **more):
    return {"name": name, "weekDay": week_day, "startHour": start, "duration": duration, **more}


def made(ask, *shifts, title="Two shifts"):
    answer = ask("POST", "shift", {"title": title, "shifts": list(shifts)})
    assert answer.status_code == 200, answer.content
    return answer.json()["result"]


def refusal(answer, status=400):
    assert answer.status_code == status, answer.content
    body = answer.json()
    assert body["isSuccess"] is False
    assert body["code"]
    return body.get("field", ""), body["message"]


# GET /shift-pattern


def test_a_pattern_is_shown_with_its_shifts(ask, station):
    pattern = make_pattern(
        ("Early", 360, 480),
        ("Late", 840, 485),
        days=range(1),
        company=station.company,
        code="2S",
        title="Two",
    )
    early, late = pattern.shifts.order_by("start_minute")
    assert ask("GET", "shift-pattern").json() == {
        "isSuccess": True,
        "results": [
            {
                "accountId": station.company.code, "title": "Two", "id": pattern.pk, "code": "2S",
                "duration": 16.0833, "startHour": 6, "endHour": 22.0833,
                "shifts": [
                    {
                        "shiftId": early.pk, "id": early.pk, "shiftName": "Early", "name": "Early",
                        "startHour": 6, "duration": 8, "shiftPatternId": pattern.pk, "weekDay": 1,
                    },
                    {
                        "shiftId": late.pk, "id": late.pk, "shiftName": "Late", "name": "Late",
                        "startHour": 14, "duration": 8.0833, "shiftPatternId": pattern.pk, "weekDay": 1,
                    },
                ],
            }
        ],
    }  # fmt: skip


def test_archived_patterns_and_those_of_others_are_not_listed(ask, station):
    make_pattern()
    make_pattern(company=station.company, archived_at=now())
    assert ask("GET", "shift-pattern").json()["results"] == []


def test_a_rotation_is_listed_without_weekdays_and_is_not_changed_here(ask, station):
    pattern = make_pattern(("Day", 360, 720), days=range(10), company=station.company)
    ShiftPattern.objects.filter(pk=pattern.pk).update(days=14)
    [listed] = ask("GET", "shift-pattern").json()["results"]
    assert {shift["weekDay"] for shift in listed["shifts"]} == {None}
    body = {"shiftPatternId": pattern.pk, "title": "Weekly"}
    assert "admin" in refusal(ask("POST", "shift", body), 409)[1]


def test_any_number_of_patterns_is_listed_in_the_same_number_of_queries(
    ask, station, django_assert_max_num_queries
):
    for _ in range(5):
        make_pattern(company=station.company)
    with django_assert_max_num_queries(6):
        assert len(ask("GET", "shift-pattern").json()["results"]) == 5


# POST /shift


def test_a_new_pattern_is_answered_with_the_ids_of_its_shifts(ask):
    result = made(ask, shift("Night", 0, 22, 8), shift("Early", 1, 6, 8))
    pattern = ShiftPattern.objects.get(pk=result["shiftPatternId"])
    assert (pattern.title, pattern.code) == ("Two shifts", "two-shifts")
    assert result["shifts"] == [
        {
            "shiftId": row.pk, "startHour": row.start_minute // 60, "duration": 8, "shiftName": row.name,
            "shiftPatternId": pattern.pk, "weekDay": (row.day + 1) % 7,
        }
        for row in pattern.shifts.order_by("day")
    ]  # fmt: skip
    assert {(row.name, row.day) for row in pattern.shifts.all()} == {("Night", 6), ("Early", 0)}


@pytest.mark.parametrize(("week_day", "day"), [(0, 6), (1, 0), (2, 1), (6, 5), (7, 6)])
def test_monday_is_1_and_sunday_0_or_7(ask, week_day, day):
    made(ask, shift(week_day=week_day))
    assert PatternShift.objects.get().day == day


@pytest.mark.parametrize(
    ("start", "minute"),
    [(6, 360), (6.5, 390), (6.33, 380), (6.3333, 380), (0, 0), (23.9167, 1435), (6.08, 365)],
)
def test_hours_are_decimal_in_steps_of_five_minutes(ask, start, minute):
    made(ask, shift(start=start, duration=0.25))
    assert PatternShift.objects.get().start_minute == minute


def test_what_is_listed_can_be_sent_back_and_changes_nothing(ask):
    made(ask, shift("A", 1, 6.3333, 1.0833), shift("B", 2, 0, 24), shift("N", 0, 22, 8))
    [listed] = ask("GET", "shift-pattern").json()["results"]
    body = {"shiftPatternId": listed["id"], "title": listed["title"], "shifts": listed["shifts"]}
    before = list(PatternShift.objects.values().order_by("pk"))
    assert ask("POST", "shift", body).status_code == 200
    assert list(PatternShift.objects.values().order_by("pk")) == before


def test_shifts_are_changed_added_and_deleted_in_one_call(ask):
    result = made(ask, shift("A", 1), shift("B", 2), shift("C", 3))
    a, b, c = (one["shiftId"] for one in result["shifts"])
    body = {
        "shiftPatternId": result["shiftPatternId"],
        "title": "Renamed",
        "shifts": [{"id": a, "duration": 7.5}, {"shiftId": b, "shiftName": "Bee"}, shift("D", 4)],
        "deleteShifts": [c],
    }
    shifts = ask("POST", "shift", body).json()["result"]["shifts"]
    assert [(one["shiftName"], one["duration"]) for one in shifts] == [("A", 7.5), ("Bee", 8), ("D", 8)]
    assert [one["shiftId"] for one in shifts[:2]] == [a, b]
    assert ShiftPattern.objects.get().title == "Renamed"


def test_shifts_may_trade_places(ask):
    result = made(ask, shift("A", 1), shift("B", 2), shift("C", 3))
    a, b, c = (one["shiftId"] for one in result["shifts"])
    body = {
        "shiftPatternId": result["shiftPatternId"],
        "shifts": [{"id": a, "weekDay": 2}, {"id": b, "weekDay": 3}, {"id": c, "weekDay": 1}],
    }
    shifts = ask("POST", "shift", body).json()["result"]["shifts"]
    assert [(one["shiftName"], one["shiftId"]) for one in shifts] == [("C", c), ("A", a), ("B", b)]


def test_codes_of_patterns_with_like_titles_are_told_apart(ask):
    for title in ("Früh & Spät", "Fruh Spat", "早班", "中班"):
        made(ask, title=title)
    codes = list(ShiftPattern.objects.order_by("pk").values_list("code", flat=True))
    assert codes == ["fruh-spat", "fruh-spat-2", "pattern", "pattern-2"]


def test_a_title_that_is_taken_is_409(ask):
    made(ask, title="Week")
    other = made(ask, title="Weekend")
    assert "“week”" in refusal(ask("POST", "shift", {"title": "week"}), 409)[1]
    body = {"shiftPatternId": other["shiftPatternId"], "title": "WEEK"}
    refusal(ask("POST", "shift", body), 409)
    assert list(ShiftPattern.objects.values_list("title", flat=True)) == ["Week", "Weekend"]


@pytest.mark.parametrize(
    ("shifts", "first", "second"),
    [
        ([shift("A", 1, 6, 8), shift("B", 1, 13, 8)], "A (Monday 06:00–14:00)", "B (Monday 13:00–21:00)"),
        ([shift("A", 0, 22, 8), shift("B", 1, 5, 8)], "A (Sunday 22:00–06:00)", "B (Monday 05:00–13:00)"),
        ([shift("A", 1, 6, 8), shift("B", 1, 6, 1)], "A (Monday 06:00–14:00)", "B (Monday 06:00–07:00)"),
    ],
)
def test_shifts_that_overlap_are_both_named(ask, shifts, first, second):
    field, message = refusal(ask("POST", "shift", {"title": "T", "shifts": shifts}))
    assert field == "shifts"
    assert message == f"{first} and {second} overlap."
    assert not ShiftPattern.objects.exists()


def test_a_shift_that_overlaps_one_that_is_there_changes_nothing(ask):
    result = made(ask, shift("A", 1))
    body = {"shiftPatternId": result["shiftPatternId"], "title": "New", "shifts": [shift("B", 1, 7)]}
    assert "A (Monday" in refusal(ask("POST", "shift", body))[1]
    assert ShiftPattern.objects.get().title == "Two shifts"
    assert PatternShift.objects.count() == 1


BAD = [
    (b"", "body"),
    (b"{", "body"),
    (b"[]", "body"),
    (b"null", "body"),
    (b'{"title": NaN}', "body"),
    (b'{"title": "\xff"}', ""),
    (b"[" * 100_000, "body"),
    ({}, "title"),
    ({"title": ""}, "title"),
    ({"title": "   "}, "title"),
    ({"title": "x" * 65}, "title"),
    ({"title": 5}, "title"),
    ({"title": "a\x00b"}, "title"),
    ({"title": "T", "shift": []}, ""),
    ({"title": "T", "shifts": {}}, "shifts"),
    ({"title": "T", "shifts": [shift()] * 501}, "shifts"),
    ({"title": "T", "shifts": [shift(start=24)]}, "shifts[0].startHour"),
    ({"title": "T", "shifts": [shift(start=-1)]}, "shifts[0].startHour"),
    ({"title": "T", "shifts": [shift(start=6.02)]}, "shifts[0].startHour"),
    ({"title": "T", "shifts": [shift(start="6")]}, "shifts[0].startHour"),
    ({"title": "T", "shifts": [shift(start=True)]}, "shifts[0].startHour"),
    ({"title": "T", "shifts": [shift(duration=0)]}, "shifts[0].duration"),
    ({"title": "T", "shifts": [shift(duration=480)]}, "shifts[0].duration"),
    ({"title": "T", "shifts": [shift(duration=1e300)]}, "shifts[0].duration"),
    ({"title": "T", "shifts": [shift(week_day=8)]}, "shifts[0].weekDay"),
    ({"title": "T", "shifts": [shift(week_day=1.5)]}, "shifts[0].weekDay"),
    ({"title": "T", "shifts": [shift(), shift(name="")]}, "shifts[1].name"),
    ({"title": "T", "shifts": [shift(shiftName="Other")]}, "shifts[0].name"),
    ({"title": "T", "shifts": [{"name": "A"}]}, "shifts[0]"),
    ({"title": "T", "shifts": [shift(id=5)]}, "shifts[0].id"),
    ({"title": "T", "shifts": [shift(shiftPatternId=5)]}, "shifts[0].shiftPatternId"),
    ({"title": "T", "shifts": [shift(colour="red")]}, "shifts[0]"),
    ({"title": "T", "deleteShifts": [1]}, "deleteShifts"),
    ({"title": "T", "shiftPatternId": 10**30}, ""),
    ({"title": "T", "shiftPatternId": "1"}, "shiftPatternId"),
]


@pytest.mark.parametrize(("body", "named"), BAD)
def test_nonsense_is_refused_with_the_field_named_and_nothing_stored(ask, body, named):
    field, message = refusal(ask("POST", "shift", body))
    assert field.startswith(named)
    assert message
    assert not ShiftPattern.objects.exists()


def test_ids_that_the_pattern_does_not_have_are_named(ask, station):
    mine, other = made(ask, shift(), title="A"), made(ask, shift(), title="B")
    theirs = other["shifts"][0]["shiftId"]
    pattern = mine["shiftPatternId"]
    for body, field in [
        ({"shifts": [{"id": theirs, "name": "X"}]}, "shifts[0].id"),
        ({"deleteShifts": [theirs]}, "deleteShifts[0]"),
        ({"shifts": [{"id": mine["shifts"][0]["shiftId"]}] * 2}, "shifts"),
        (
            {
                "shifts": [{"id": mine["shifts"][0]["shiftId"]}],
                "deleteShifts": [mine["shifts"][0]["shiftId"]],
            },
            "deleteShifts",
        ),
    ]:
        assert refusal(ask("POST", "shift", {"shiftPatternId": pattern, **body}))[0] == field
    assert PatternShift.objects.count() == 2


def test_another_company_s_pattern_is_not_there(ask):
    theirs = make_pattern()
    body = {"shiftPatternId": theirs.pk, "title": "Mine", "shifts": []}
    refusal(ask("POST", "shift", body), 404)
    refusal(ask("DELETE", f"shift-pattern/{theirs.pk}"), 404)
    theirs.refresh_from_db()
    assert (theirs.title, theirs.archived_at) == ("Week", None)


# Plans


def test_followers_plans_move_at_once_and_their_past_stays(ask, station):
    pattern = make_pattern(("Early", 360, 480), follows=station)
    while write_ahead(now=now()):
        pass
    assert StationPlan.objects.filter(station=station).exists()
    today = now()
    past, coming = Window(today - timedelta(days=9), today), Window(today, today + timedelta(days=9))
    placed = list(Station.objects.filter(pk=station.pk).in_place())
    before = plans(placed, past)[station.pk]
    renamed = [{"id": row.pk, "name": "Morning"} for row in pattern.shifts.all()]
    answer = ask("POST", "shift", {"shiftPatternId": pattern.pk, "shifts": renamed})
    assert answer.status_code == 200
    assert plans(placed, past)[station.pk].shifts[:8] == before.shifts[:8]
    assert {one.name for one in plans(placed, coming)[station.pk].shifts[1:]} == {"Morning"}


def test_each_change_is_in_the_audit_log(ask):
    result = made(ask, shift("A"))
    renamed = [{"id": result["shifts"][0]["shiftId"], "name": "B"}]
    ask("POST", "shift", {"shiftPatternId": result["shiftPatternId"], "shifts": renamed})
    changes = LogEntry.objects.filter(content_type__model="patternshift", action=LogEntry.Action.UPDATE)
    assert changes.get().changes == {"name": ["A", "B"]}


# DELETE /shift-pattern/{id}


def test_a_pattern_that_nobody_follows_is_archived(ask):
    pattern = made(ask, shift())["shiftPatternId"]
    answer = ask("DELETE", f"shift-pattern/{pattern}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert ShiftPattern.objects.get(pk=pattern).archived_at
    refusal(ask("DELETE", f"shift-pattern/{pattern}"), 404)
    made(ask, title="Two shifts")


def test_a_pattern_that_is_followed_is_409_and_says_by_whom(ask, station):
    group = make_group(company=station.company, code="LINE-9")
    pattern = make_pattern(company=station.company, title="Week")
    assign(pattern, station, valid_from=date(2000, 1, 1))
    assign(pattern, group, valid_from=date(2200, 1, 1))
    message = refusal(ask("DELETE", f"shift-pattern/{pattern.pk}"), 409)[1]
    assert message == "“Week” is followed by LINE-9, M1. Let them follow another pattern first."
    assert not ShiftPattern.objects.get(pk=pattern.pk).archived_at


def test_a_pattern_that_was_followed_once_is_archived_and_its_past_stays(ask, station):
    old = make_pattern(follows=station)
    make_pattern(follows=station, valid_from=date(2020, 1, 1))
    assert ask("DELETE", f"shift-pattern/{old.pk}").status_code == 204


# Keys


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "shift-pattern"), ("DELETE", "shift-pattern/1"), ("POST", "shift")]
)
def test_without_a_key_it_is_401_and_without_the_scope_403(ask, station, method, path):
    refusal(ask(method, path, {}, token=""), 401)
    refusal(ask(method, path, {}, token="nonsense.nonsense"), 401)
    _, signals = make_api_key(ApiKey.Scope.SIGNALS, company=station.company)
    refusal(ask(method, path, {}, token=signals), 403)


def test_a_key_that_only_reads_changes_nothing(ask, station):
    pattern = make_pattern(company=station.company)
    _, reads = make_api_key(ApiKey.Scope.READ, company=station.company)
    assert ask("GET", "shift-pattern", token=reads).status_code == 200
    refusal(ask("POST", "shift", {"title": "T"}, token=reads), 403)
    refusal(ask("DELETE", f"shift-pattern/{pattern.pk}", token=reads), 403)


def test_a_key_with_a_station_list_changes_no_pattern_that_others_follow(ask, station):
    pattern = make_pattern(follows=station, title="Week")
    _, limited = make_api_key(company=station.company, station_codes=["M1"])
    body = {"shiftPatternId": pattern.pk, "title": "Mine"}
    assert ask("POST", "shift", body, token=limited).status_code == 200
    assign(pattern, make_group(company=station.company), valid_from=date(2000, 1, 1))
    assert ask("POST", "shift", body, token=limited).status_code == 200
    assign(pattern, make_station(company=station.company), valid_from=date(2000, 1, 1))
    refusal(ask("POST", "shift", body, token=limited), 403)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "GET"])
def test_other_methods_are_405_in_the_same_envelope(ask, method):
    refusal(ask(method, "shift"), 405)
