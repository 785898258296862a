"""The pages of public holidays and of feeds: what is seen before it is saved, and what saving does."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from mesproject.accounts.models import Role
from scheduling.holidays import calendar_patterns
from scheduling.models import CalendarFeed, HolidayCalendar, HolidayDay
from tests.make import make_pattern, make_plant, make_station, make_user

pytestmark = pytest.mark.django_db
ADD = "/admin/scheduling/holidaycalendar/add/"


def ics(*lines, name="plant.ics"):
    text = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *lines, "END:VCALENDAR", ""])
    return SimpleUploadedFile(name, text.encode(), "text/calendar")


OUTING = (
    "BEGIN:VEVENT", "UID:1", "SUMMARY:Outing", "DTSTART;VALUE=DATE:20260505", "RRULE:FREQ=YEARLY", "END:VEVENT",
    "BEGIN:VEVENT", "UID:2", "SUMMARY:Meeting", "DTSTART:20260506T100000", "DTEND:20260506T110000", "END:VEVENT",
)  # fmt: skip


def test_a_country_is_seen_day_by_day_before_it_is_saved(admin_client):
    page = admin_client.post(ADD, {"country": "DE", "_preview": "1"}).content.decode()
    assert "Karfreitag" in page
    assert "Bayern" in page
    assert "later years appear by themselves" in page
    assert not HolidayCalendar.objects.exists()


def test_a_country_is_saved_for_all_patterns_or_for_some(admin_client, company):
    early, late = make_pattern(company=company), make_pattern(company=company)
    data = {"country": "DE", "subdivision": "BY", "_save": "1"}
    admin_client.post(ADD, data)
    everywhere = HolidayCalendar.objects.get()
    assert (everywhere.name, everywhere.language, everywhere.for_all) == ("Germany, Bayern", "de", True)
    assert set(calendar_patterns(everywhere)) == {early.pk, late.pk}
    admin_client.post(ADD, data | {"patterns": [early.pk], "name": "Early only"})
    assert calendar_patterns(HolidayCalendar.objects.get(name="Early only")) == [early.pk]


def test_a_file_is_carried_from_the_preview_to_the_saving(admin_client, company):
    make_pattern(company=company)
    page = admin_client.post(ADD, {"file": ics(*OUTING), "_preview": "1"})
    html = page.content.decode()
    assert "1 event with times of day is left out: Meeting" in html
    read = page.context["carried"]
    admin_client.post(ADD, {"read": read, "_save": "1"})
    assert HolidayCalendar.objects.get().file_name == "plant.ics"
    assert HolidayDay.objects.filter(name="Outing").count() >= 10


def test_days_that_are_holidays_already_are_marked(admin_client, company):
    make_pattern(company=company)
    admin_client.post(ADD, {"country": "DE", "_save": "1"})
    page = admin_client.post(ADD, {"country": "AT", "_preview": "1"}).content.decode()
    assert "already in “Germany”" in page


def test_the_same_file_twice_changes_nothing_and_says_so(admin_client, company):
    make_pattern(company=company)
    for _ in range(2):
        answer = admin_client.post(ADD, {"file": ics(*OUTING), "_save": "1"}, follow=True)
    assert "Nothing is new" in answer.content.decode()
    assert HolidayCalendar.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({}, "Choose a country or a file."),
        ({"country": "XX"}, "not one of the available choices"),
        ({"country": "DE", "subdivision": "Texas"}, "not one of the available choices"),
        ({"read": "nonsense"}, "Choose the file again."),
    ],
)
def test_nonsense_is_refused(admin_client, data, says):
    for deed in ("_preview", "_save"):
        assert says in admin_client.post(ADD, data | {deed: "1"}).content.decode()
    assert not HolidayCalendar.objects.exists()


def test_a_file_that_is_too_large_is_refused_by_its_size(admin_client):
    large = SimpleUploadedFile("x.ics", b"BEGIN:VCALENDAR\r\n" * 3_000_000, "text/calendar")
    page = admin_client.post(ADD, {"file": large, "_save": "1"}).content.decode()
    assert "The file has 49 MB; at most 2 MB are read." in page


def test_patterns_of_others_cannot_be_chosen(admin_client):
    theirs = make_pattern()
    page = admin_client.post(ADD, {"country": "DE", "patterns": [theirs.pk], "_save": "1"}).content.decode()
    assert "not one of the available choices" in page
    assert not HolidayCalendar.objects.exists()


def test_a_calendar_is_archived_and_restored(admin_client, company):
    make_pattern(company=company)
    admin_client.post(ADD, {"country": "DE", "_save": "1"})
    calendar = HolidayCalendar.objects.get()
    listed = reverse("admin:scheduling_holidaycalendar_changelist")
    admin_client.post(listed, {"action": "archive", "_selected_action": [calendar.pk]})
    assert HolidayCalendar.objects.get().archived_at
    admin_client.post(f"{listed}?state=all", {"action": "restore", "_selected_action": [calendar.pk]})
    assert HolidayCalendar.objects.get().archived_at is None
    page = admin_client.get(reverse("admin:scheduling_holidaycalendar_change", args=[calendar.pk]))
    assert "Neujahr" in page.content.decode()


@pytest.mark.parametrize("role", [Role.READ_ONLY, Role.SUPERVISOR])
def test_who_may_not_plan_may_not_add_holidays(client, role):
    client.force_login(make_user(role))
    assert client.get(ADD).status_code == 403
    assert client.post(ADD, {"country": "DE", "_save": "1"}).status_code == 403
    assert not HolidayCalendar.objects.exists()


# Feeds


def test_a_link_is_shown_once_and_works(admin_client, client, company):
    station = make_station(company=company)
    make_pattern(follows=station)
    page = admin_client.post("/admin/scheduling/calendarfeed/add/", {"name": "Ann", "station": station.pk})
    link = page.context["secret"]
    assert "no-store" in page["Cache-Control"]
    assert link.startswith("http://testserver/ical/")
    assert client.get(link).status_code == 200
    feed = CalendarFeed.objects.get()
    again = admin_client.get(reverse("admin:scheduling_calendarfeed_change", args=[feed.pk])).content.decode()
    assert link.rsplit("/")[-1] not in again
    admin_client.post(
        reverse("admin:scheduling_calendarfeed_deed", args=[feed.pk, "revoke"]), {"sure": "yes"}
    )
    assert client.get(link).status_code == 404
    new = admin_client.post(reverse("admin:scheduling_calendarfeed_deed", args=[feed.pk, "link"])).context[
        "secret"
    ]
    assert client.get(new).status_code == 200
    assert client.get(link).status_code == 404


def test_a_feed_speaks_as_who_makes_it_unless_he_says_otherwise(admin_client, administrator, company):
    administrator.language = "de"
    administrator.save()
    page = admin_client.get("/admin/scheduling/calendarfeed/add/")
    assert '<option value="de" selected>' in page.content.decode()
    given = {"name": "Ann", "station": make_station(company=company).pk, "language": "pl"}
    admin_client.post("/admin/scheduling/calendarfeed/add/", given)
    assert CalendarFeed.objects.get().language == "pl"


def test_a_feed_is_of_a_plant_or_a_station(admin_client, company):
    plant, station = make_plant(company=company), make_station(company=company)
    for both in ({}, {"plant": plant.pk, "station": station.pk}):
        page = admin_client.post(
            "/admin/scheduling/calendarfeed/add/", {"name": "Ann", **both}
        ).content.decode()
        assert "Choose either a plant or a station." in page
    assert not CalendarFeed.objects.exists()


def test_a_feed_of_another_company_s_station_cannot_be_made(admin_client):
    theirs = make_station()
    admin_client.post("/admin/scheduling/calendarfeed/add/", {"name": "Ann", "station": theirs.pk})
    assert not CalendarFeed.objects.exists()


def test_days_are_a_year_back_and_ten_ahead(admin_client, company):
    make_pattern(company=company)
    admin_client.post(ADD, {"file": ics(*OUTING), "_save": "1"})
    days = list(HolidayDay.objects.values_list("date", flat=True))
    assert min(days) >= date(2025, 1, 1)
    assert 10 <= len(days) <= 12
