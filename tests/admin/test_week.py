"""The page of a shift pattern: its cycle, templates, and a change from a day on."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import localdate

from production.models import StationLive
from scheduling.models import EventAssignment, PatternAssignment, PatternException, PatternShift, ShiftPattern
from tests.admin.one_of_each import address
from tests.admin.posting import errors_of, send
from tests.make import (
    assign,
    make_event_assignment,
    make_group,
    make_pattern,
    make_station,
    make_user,
)

SOON = localdate() + timedelta(days=7)


def rows(*shifts, start=0):
    """The rows of the table as the grid adds them, after those that are there."""
    found = {"shifts-TOTAL_FORMS": str(start + len(shifts))}
    for number, (name, day, begin, end) in enumerate(shifts, start):
        values = {"name": name, "day": day, "start": begin, "end": end, "attendance": "attended", "team": ""}
        found |= {f"shifts-{number}-{field}": value for field, value in values.items()}
    return found


def add(client, **changes):
    return send(client, address(ShiftPattern, "add"), {"title": "Week", "code": "W"} | changes)


def change(client, pattern, changes):
    return send(client, address(ShiftPattern, "change", pattern.pk), changes)


def copy_from(client, pattern, **changes):
    new = {"code": "NEW", "title": "New", "day": SOON.isoformat()} | changes
    return client.post(reverse("admin:scheduling_shiftpattern_from", args=[pattern.pk]), new)


# The cycle


def test_a_shift_on_a_day_outside_the_cycle_is_refused(admin_client):
    refused = add(admin_client, **rows(("Night", 7, "22:00", "06:00")))
    assert errors_of(refused) == ["Night begins on day 8, but the cycle has 7 days."]


def test_a_cycle_that_becomes_shorter_than_its_shifts_is_refused(admin_client, company):
    pattern = make_pattern(("Early", 360, 480), days=range(7), company=company)
    assert errors_of(change(admin_client, pattern, {"days": "5"})) == [
        "Early begins on day 6, but the cycle has 5 days."
    ]


def test_the_last_night_of_a_cycle_meets_its_first_morning(admin_client):
    shifts = rows(("Night", 2, "22:00", "06:00"), ("Early", 0, "05:00", "12:00"))
    assert errors_of(add(admin_client, days="3", **shifts)) == [
        "Night day 3 22:00 and Early day 1 05:00 overlap."
    ]


@pytest.mark.parametrize("days", ["0", "367", "x"])
def test_a_cycle_has_between_one_and_366_days(days, admin_client):
    assert errors_of(add(admin_client, days=days))
    assert not ShiftPattern.objects.exists()


def test_what_is_typed_may_not_overlap_with_what_is_drawn(admin_client):
    refused = add(admin_client, quick="Late 13:00-21:00 Mon", **rows(("Early", 0, "06:00", "14:00")))
    assert errors_of(refused) == ["Early Mon 06:00 and Late Mon 13:00 overlap."]


def test_a_shift_that_is_drawn_anew_where_another_is_removed_is_no_overlap(admin_client, company):
    pattern = make_pattern(("Early", 360, 480), days=range(1), company=company)
    drawn = rows(("First", 0, "06:00", "14:00"), start=1) | {"shifts-0-DELETE": "on"}
    assert change(admin_client, pattern, drawn).status_code == 302
    assert pattern.shifts.get().name == "First"


def test_rows_that_were_emptied_are_passed_over(admin_client):
    assert add(admin_client, **rows(("", "", "", ""), ("Early", 0, "06:00", "14:00"))).status_code == 302
    assert PatternShift.objects.get().name == "Early"


def test_teams_and_attendance_are_kept(admin_client):
    shift = rows(("Night", 0, "22:00", "06:00")) | {"shifts-0-team": "B", "shifts-0-attendance": "unattended"}
    assert add(admin_client, **shift).status_code == 302
    assert PatternShift.objects.values_list("team", "attendance", "minutes").get() == ("B", "unattended", 480)


# Templates


def test_a_rotation_fills_days_anchor_and_shifts(admin_client):
    filled = add(admin_client, template="dupont", starts="07:00, 19:00", begins="2026-03-02")
    assert filled.status_code == 302
    pattern = ShiftPattern.objects.get()
    assert (pattern.days, pattern.anchor, pattern.shifts.count()) == (28, date(2026, 3, 2), 56)
    assert set(pattern.shifts.values_list("team", flat=True)) == set("ABCD")


def test_a_weeks_template_keeps_the_days_of_the_week(admin_client):
    add(admin_client, template="3-mon-fri", begins="2026-03-05")
    pattern = ShiftPattern.objects.get()
    assert pattern.is_weekly
    assert pattern.shifts.count() == 15


def test_a_template_comes_instead_of_the_shifts_of_a_pattern_that_nobody_follows(admin_client, company):
    pattern = make_pattern(company=company)
    replaced = {"template": "dno", "begins": "2026-03-02", "shifts-0-name": "Changed"}
    assert change(admin_client, pattern, replaced).status_code == 302
    pattern.refresh_from_db()
    assert (pattern.days, pattern.shifts.count()) == (3, 6)


def test_a_pattern_that_is_followed_keeps_its_shifts(admin_client, company):
    pattern = make_pattern(follows=make_group(company=company))
    refused = change(admin_client, pattern, {"template": "dno", "begins": "2026-03-02"})
    assert errors_of(refused) == ["This pattern is followed; make a new one from the template."]
    assert pattern.shifts.count() == 7


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"template": "dno", "begins": ""}, "Say on which day team A begins."),
        ({"template": "dno", "starts": "6"}, "“6” is no time of day. Write for example: 06:00, 14:00"),
        (
            {"template": "dno", "quick": "Early 06:00-14:00"},
            "Choose a template or type the shifts, not both.",
        ),
    ],
)
def test_a_template_that_cannot_be_filled_says_why(chosen, sentence, admin_client):
    assert errors_of(add(admin_client, **chosen)) == [sentence]


# From a day on


def test_a_change_from_a_day_on_is_a_copy_that_its_followers_follow_from_then(admin_client, company):
    group = make_group(company=company)
    pattern = make_pattern(("Early", 360, 480), days=range(5), follows=group)
    make_event_assignment(pattern)
    for day in (SOON - timedelta(days=1), SOON):
        PatternException.objects.create(pattern=pattern, date=day, action="cancelled")
    answer = copy_from(admin_client, pattern)
    copy = ShiftPattern.objects.get(code="NEW")
    assert answer.headers["Location"] == address(ShiftPattern, "change", copy.pk)
    assert copy.shifts.count() == pattern.shifts.count() == 5
    assert EventAssignment.objects.filter(pattern=copy).count() == 1
    assert [exception.date for exception in copy.exceptions.all()] == [SOON]
    followed = group.patterns.values_list("pattern__code", "valid_from")
    assert list(followed) == [(pattern.code, date(2000, 1, 1)), ("NEW", SOON)]


def test_who_follows_is_looked_at_again_from_the_day_on(admin_client, company):
    station = make_station(company=company)
    copy_from(admin_client, make_pattern(follows=station.group))
    dirty_from = StationLive.objects.get(station=station).dirty_from
    assert dirty_from == datetime.combine(SOON, time(), UTC)


def test_who_may_only_look_sees_the_shifts_and_no_way_to_change_them(client, company):
    pattern = make_pattern(("Early", 360, 480), days=range(1), company=company)
    client.force_login(make_user(company=company, role="read-only"))
    page = client.get(address(ShiftPattern, "change", pattern.pk)).content.decode()
    assert "Early" in page
    assert 'id="week"' not in page
    assert "Change from a day on" not in page
    assert client.get(reverse("admin:scheduling_shiftpattern_from", args=[pattern.pk])).status_code == 403


def test_who_follows_another_pattern_by_then_is_left_alone(admin_client, company):
    group, station = make_group(company=company), make_station(company=company)
    pattern, other = make_pattern(follows=group), make_pattern(company=company)
    assign(other, group, valid_from=SOON - timedelta(days=2))
    assign(pattern, station, valid_from=SOON + timedelta(days=2))
    copy_from(admin_client, pattern)
    copied = PatternAssignment.objects.filter(pattern__code="NEW")
    assert [(row.follower, row.valid_from) for row in copied] == [(station, SOON + timedelta(days=2))]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"day": "2020-01-01"}, "What was planned before today stays. Choose today or a later day."),
        ({"code": "W"}, "There is a shift pattern with this code already."),
        ({"day": "soon"}, "Enter a valid date."),
    ],
)
def test_a_copy_that_makes_no_sense_is_refused(changes, sentence, admin_client, company):
    pattern = make_pattern(company=company, code="W")
    answer = copy_from(admin_client, pattern, **changes)
    assert sentence in [error for errors in answer.context["form"].errors.values() for error in errors]
    assert ShiftPattern.objects.count() == 1


def test_another_companys_pattern_cannot_be_copied(admin_client):
    assert copy_from(admin_client, make_pattern()).status_code == 404


# How much it asks of the database


def test_the_page_asks_as_little_for_many_shifts_as_for_few(
    admin_client, company, django_assert_max_num_queries
):
    add(admin_client, template="continental", begins="2026-03-02")
    pattern = ShiftPattern.objects.get()
    assert pattern.shifts.count() == 84
    with django_assert_max_num_queries(16):
        admin_client.get(address(ShiftPattern, "change", pattern.pk))


def test_the_copys_queries_do_not_grow_with_its_shifts(admin_client, company, django_assert_max_num_queries):
    pattern = make_pattern(
        ("A", 0, 480), ("B", 480, 480), ("C", 960, 480), follows=make_group(company=company)
    )
    with django_assert_max_num_queries(50):
        copy_from(admin_client, pattern)
