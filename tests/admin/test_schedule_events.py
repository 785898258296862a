"""Events in the admin: how a recurrence is said, previewed and kept, and what it does to plans."""

import pytest
from django.urls import reverse
from django.utils.timezone import now

from mesproject.accounts.models import Role
from scheduling.models import EventAssignment, ScheduleEvent
from tests.admin.one_of_each import address
from tests.admin.planning import Watched, written_down
from tests.admin.posting import errors_of, fields_of, send
from tests.make import make_event, make_event_assignment, make_pattern, make_plant, make_station, make_user

ADD = "/admin/scheduling/eventassignment/add/"
PREVIEW = "/admin/scheduling/eventassignment/preview/"
WORKDAYS = ["0", "1", "2", "3", "4"]
NOON_TO_HALF_PAST = {
    "repeats": "weekly", "weekdays": WORKDAYS, "first": "2026-01-01", "at": "12:00", "ends": "at",
    "end_at": "12:30",
}  # fmt: skip


@pytest.fixture
def pattern(company):
    return make_pattern(company=company)


@pytest.fixture
def event(company):
    return make_event(company=company, name="Lunch", minutes=45)


def assign(client, event, *patterns, **said):
    new = NOON_TO_HALF_PAST | {"event": event.pk, "patterns": [pattern.pk for pattern in patterns]} | said
    return send(client, ADD, new)


def rules(**kwargs):
    row = EventAssignment.objects.get(**kwargs)
    return row.start_rule, row.end_rule


@pytest.mark.parametrize(
    ("said", "starts", "ends"),
    [
        ({}, "DTSTART:20260101T120000\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
         "DTSTART:20260101T123000\nRRULE:FREQ=DAILY"),
        ({"repeats": "daily", "every": "3", "last": "2026-03-01"},
         "DTSTART:20260101T120000\nRRULE:FREQ=DAILY;INTERVAL=3;UNTIL=20260301T235959",
         "DTSTART:20260101T123000\nRRULE:FREQ=DAILY"),
        ({"repeats": "weekly", "every": "2", "weekdays": ["5"], "ends": "after", "after": "90"},
         "DTSTART:20260101T120000\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=SA",
         "DTSTART:20260101T133000\nRRULE:FREQ=DAILY"),
        ({"repeats": "monthly", "month_day": "-1", "ends": "own"},
         "DTSTART:20260101T120000\nRRULE:FREQ=MONTHLY;BYMONTHDAY=-1", ""),
        ({"repeats": "monthly-weekday", "place": "2", "weekday": "1", "ends": "own"},
         "DTSTART:20260101T120000\nRRULE:FREQ=MONTHLY;BYDAY=2TU", ""),
        ({"repeats": "yearly", "at": "", "ends": "own"}, "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY", ""),
        ({"repeats": "once", "ends": "own"}, "DTSTART:20260101T120000\nRRULE:FREQ=DAILY;COUNT=1", ""),
        ({"repeats": "rule", "rule": "DTSTART:20260101T060000 RRULE:FREQ=DAILY;BYHOUR=6,14", "ends": "rule",
          "rule_of_ends": "FREQ=DAILY;BYHOUR=7,15"},
         "DTSTART:20260101T060000\nRRULE:FREQ=DAILY;BYHOUR=6,14",
         "DTSTART:20260101T060000\nRRULE:FREQ=DAILY;BYHOUR=7,15"),
    ],
)  # fmt: skip
def test_what_is_said_is_kept_as_canonical_rules(admin_client, event, pattern, said, starts, ends):
    assert assign(admin_client, event, pattern, **said).status_code == 302
    assert rules() == (starts, ends)


@pytest.mark.parametrize(
    ("said", "field", "sentence"),
    [
        ({"weekdays": []}, "weekdays", "Tick at least one day."),
        ({"first": ""}, "first", "Say from which day on."),
        ({"first": "1066-10-14"}, "first", "DTSTART lies in the years 1970 to 2100."),
        ({"first": "2026-02-30"}, "first", "Enter a valid date."),
        ({"last": "2025-01-01"}, "last", "This is before the first day."),
        ({"every": "0"}, "every", "Ensure this value is greater than or equal to 1."),
        ({"end_at": ""}, "end_at", "Say at what time it ends."),
        ({"ends": "after"}, "after", "Say how many minutes it lasts."),
        ({"repeats": "rule", "rule": "FREQ=SECONDLY"}, "rule",
         "FREQ: FREQ is one of YEARLY, MONTHLY, WEEKLY, DAILY."),
        ({"repeats": "rule", "rule": "FREQ=DAILY"}, "rule",
         "DTSTART: Write the first day and time before the rule, as in DTSTART:20260105T100000."),
        ({"repeats": "rule", "rule": ""}, "rule",
         "FREQ: A rule begins with FREQ=YEARLY, MONTHLY, WEEKLY or DAILY."),
        ({"ends": "rule", "rule_of_ends": "FREQ=DAILY;INTERVAL=0"}, "rule_of_ends",
         "INTERVAL is a whole number from 1 to 366."),
        ({"patterns": []}, "patterns", "This field is required."),
        ({"repeats": "monthly", "month_day": "32"}, "month_day",
         "Select a valid choice. 32 is not one of the available choices."),
        ({"repeats": "x"}, "repeats", "Select a valid choice. x is not one of the available choices."),
        ({"at": "25:00"}, "at", "Enter a valid time."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_its_field(admin_client, event, pattern, said, field, sentence):
    answer = assign(admin_client, event, pattern, **said)
    assert answer.context["adminform"].form.errors[field] == [sentence]
    assert not EventAssignment.objects.exists()


def test_a_preview_of_nothing_and_of_nonsense_is_an_answer(admin_client):
    nonsense = dict.fromkeys(fields_of(admin_client.get(ADD)), "\x00é" * 50)
    for sent in ({}, nonsense, nonsense | {"repeats": "rule", "rule": "A" * 100_000}):
        assert admin_client.post(PREVIEW, sent).status_code == 200


def test_one_saving_assigns_to_several_patterns(admin_client, event, pattern, company):
    other = make_pattern(company=company)
    assign(admin_client, event, pattern, other)
    assert rules(pattern=pattern) == rules(pattern=other)


def test_another_companys_patterns_are_not_accepted(admin_client, event):
    answer = assign(admin_client, event, make_pattern())
    assert "patterns" in answer.context["adminform"].form.errors


def test_a_page_that_is_opened_and_saved_changes_nothing(admin_client, event, pattern):
    assign(admin_client, event, pattern)
    row = EventAssignment.objects.get()
    before = EventAssignment.objects.values().get()
    send(admin_client, address(EventAssignment, "change", row.pk), {"rule": "written\r\notherwise"})
    after = EventAssignment.objects.values().get()
    assert (before["start_rule"], before["end_rule"]) == (after["start_rule"], after["end_rule"])


@pytest.mark.parametrize(
    "text", ["FREQ=DAILY;COUNT=5", "FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1", "FREQ=DAILY;BYHOUR=9,15"]
)
def test_a_rule_that_words_do_not_reach_stays_as_it_is(admin_client, pattern, text):
    row = make_event_assignment(pattern, f"DTSTART:20260101T100000\nRRULE:{text}")
    page = address(EventAssignment, "change", row.pk)
    assert fields_of(admin_client.get(page))["repeats"] == "rule"
    assert send(admin_client, page, {}).status_code == 302
    assert rules()[0] == row.start_rule


def test_a_new_event_goes_on_to_when_it_recurs(admin_client, pattern):
    new = {"name": "Tea", "event_type": "break", "minutes": "15"}
    answer = send(admin_client, address(ScheduleEvent, "add"), new)
    assert answer["Location"] == f"{ADD}?event={ScheduleEvent.objects.get().pk}"
    fields = fields_of(admin_client.get(answer["Location"]))
    assert (fields["event"], fields["ends"]) == (str(ScheduleEvent.objects.get().pk), "own")


def test_a_company_holiday_needs_its_date_and_proposes_it(admin_client, pattern):
    new = {"name": "Feast", "event_type": "custom-holiday"}
    assert errors_of(send(admin_client, address(ScheduleEvent, "add"), new)) == [
        "Say on which day this holiday is."
    ]
    answer = send(admin_client, address(ScheduleEvent, "add"), new | {"custom_holiday_date": "2027-05-04"})
    fields = fields_of(admin_client.get(answer["Location"]))
    assert (fields["repeats"], fields["first"], fields["ends"]) == ("once", "2027-05-04", "own")


# The preview


def preview(client, **said):
    return client.post(PREVIEW, NOON_TO_HALF_PAST | said)


def test_twenty_occurrences_are_shown_on_the_plants_clock(admin_client, company, event):
    station = make_station(plant=make_plant("Asia/Tokyo", name="Osaka", company=company))
    followed = make_pattern(follows=station)
    answer = preview(admin_client, event=event.pk, patterns=[followed.pk])
    page = answer.content.decode()
    assert len(answer.context["preview"].rows) == 20
    assert "On weekdays, at 12:00, from 2026-01-01" in page
    assert "Osaka (Asia/Tokyo)" in page
    assert "12:00 – 12:30" in page
    assert answer.context["preview"].rows[0].start.utcoffset().total_seconds() == 9 * 3600


def test_a_preview_stores_nothing_and_asks_little(
    admin_client, event, pattern, django_assert_max_num_queries
):
    with django_assert_max_num_queries(9):
        preview(admin_client, event=event.pk, patterns=[pattern.pk])
    assert not EventAssignment.objects.exists()


def test_the_events_own_length_is_previewed(admin_client, event, pattern):
    assert "12:00 – 12:45" in preview(admin_client, event=event.pk, ends="own").content.decode()


def test_an_occurrence_that_the_clock_moves_is_explained(admin_client, company, event):
    make_plant("Europe/Berlin", company=company)
    said = {"repeats": "yearly", "first": "2027-03-28", "at": "02:30", "ends": "own", "event": event.pk}
    page = preview(admin_client, **said).content.decode()
    assert "The clock skips 02:30 on this day" in page


def test_a_wrong_rule_is_explained_in_the_preview(admin_client):
    page = preview(admin_client, repeats="rule", rule="FREQ=HOURLY").content.decode()
    assert "FREQ is one of YEARLY, MONTHLY, WEEKLY, DAILY." in page


def test_the_text_of_the_rule_keeps_in_step_until_it_is_the_rule(admin_client):
    assert 'name="rule"' in preview(admin_client).content.decode()
    by_rule = preview(admin_client, repeats="rule", rule="DTSTART:20260101T060000 RRULE:FREQ=DAILY")
    assert 'name="rule"' not in by_rule.content.decode()


def test_without_a_script_the_button_shows_the_preview_and_saves_nothing(admin_client, event, pattern):
    answer = assign(admin_client, event, pattern, _preview="1")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "On weekdays, at 12:00" in page
    assert "errornote" not in page
    assert not EventAssignment.objects.exists()


@pytest.mark.parametrize("role", [Role.READ_ONLY, Role.SUPERVISOR, Role.OPERATOR])
def test_who_may_not_assign_sees_no_preview(role, client, company):
    client.force_login(make_user(role, company=company))
    assert client.post(PREVIEW, NOON_TO_HALF_PAST).status_code in (302, 403)


def test_a_preview_names_no_plant_of_another_company(admin_client, company):
    station = make_station(name="Secret", plant=make_plant("Asia/Tokyo", name="Secret plant"))
    theirs = make_pattern(follows=station)
    page = preview(admin_client, patterns=[theirs.pk], on=str(theirs.pk)).content.decode()
    assert "Secret plant" not in page


# What it does to plans


@pytest.fixture
def station(pattern, company):
    station = make_station(company=company)
    pattern.assignments.create(station=station, valid_from="2020-01-01")
    return written_down(station)


def test_a_new_break_shortens_the_future_and_leaves_the_past(admin_client, event, pattern, station):
    watched = Watched(station)
    past, future = watched.past, watched.future
    assign(admin_client, event, pattern, repeats="daily", at="12:00", end_at="13:00")
    assert (watched.past, watched.future) == (past, future - 10)


def test_a_break_that_gets_longer_shortens_the_future(admin_client, event, pattern, station):
    assign(admin_client, event, pattern, repeats="daily", ends="own")
    watched = Watched(station)
    past, future = watched.past, watched.future
    send(admin_client, address(ScheduleEvent, "change", event.pk), {"minutes": "105"})
    assert (watched.past, watched.future) == (past, future - 10)
    send(admin_client, address(EventAssignment, "change", EventAssignment.objects.get().pk), {"every": "2"})
    assert (watched.past, watched.future) == (past, future - 10 + 5 * 1.75)


@pytest.mark.parametrize("model", [ScheduleEvent, EventAssignment])
def test_what_is_archived_recurs_no_more_until_it_is_restored(admin_client, event, pattern, station, model):
    watched = Watched(station)
    full = watched.future
    assign(admin_client, event, pattern, repeats="daily")
    past, short = watched.past, watched.future
    chosen = {"_selected_action": [model.objects.get().pk]}
    admin_client.post(address(model, "changelist"), chosen | {"action": "archive"})
    assert (watched.past, watched.future) == (past, full)
    assert EventAssignment.objects.get().archived_at is not None
    admin_client.post(address(model, "changelist") + "?state=marked", chosen | {"action": "restore"})
    assert (watched.past, watched.future) == (past, short)
    assert EventAssignment.objects.get().archived_at is None


def test_restoring_an_event_leaves_alone_what_was_archived_before_it(admin_client, event, pattern, company):
    first = make_event_assignment(pattern, event=event)
    first.archived_at = now()
    first.save()
    make_event_assignment(make_pattern(company=company), event=event)
    chosen = {"_selected_action": [event.pk]}
    admin_client.post(address(ScheduleEvent, "changelist"), chosen | {"action": "archive"})
    admin_client.post(address(ScheduleEvent, "changelist") + "?state=marked", chosen | {"action": "restore"})
    assert list(EventAssignment.objects.active().values_list("pattern", flat=True)) != [pattern.pk]
    assert EventAssignment.objects.active().count() == 1


# Lists and pages


def test_the_list_says_how_long_on_how_many_patterns_and_when_next(admin_client, company, event):
    make_event_assignment(make_pattern(company=company), event=event)
    make_event_assignment(make_pattern(company=company), event=event)
    page = admin_client.get(address(ScheduleEvent, "changelist")).content.decode()
    assert '"field-length">45 min<' in page
    assert '"field-patterns">2<' in page
    assert "10:00<" in page


def test_an_event_and_a_pattern_show_what_recurs_with_links(admin_client, pattern):
    row = make_event_assignment(pattern)
    link = f'href="{address(EventAssignment, "change", row.pk)}"'
    for page in (
        address(ScheduleEvent, "change", row.event_id),
        reverse("admin:scheduling_shiftpattern_change", args=[pattern.pk]),
    ):
        content = admin_client.get(page).content.decode()
        assert link in content
        assert "Every day, at 10:00, from 2026-01-01" in content


def test_the_history_of_an_event_tells_of_its_recurrence(admin_client, event, pattern):
    assign(admin_client, event, pattern)
    page = admin_client.get(address(ScheduleEvent, "history", event.pk)).content.decode()
    assert "Added: recurring event" in page
