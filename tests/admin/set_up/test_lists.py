"""Shifts, stations, SKUs and causes by the list; what is wrong is said, nothing is half stored."""

from datetime import date, time

import pytest
from django.utils.timezone import now

from downtime.models import Cause
from mesproject.setup import industries
from mesproject.setup.names import code_of
from mesproject.setup.pasted import stations as stations_in
from production.models import Plant, Sku, Station, StationGroup
from scheduling.models import PatternAssignment, PatternShift, ShiftPattern
from scheduling.wall_clock import shop_day
from tests.admin.set_up.asking import errors_of, send
from tests.make import make_group, make_plant

pytestmark = pytest.mark.django_db
STATIONS = {"detection": "production_cycle", "cycle_time": "30"}


# Shifts


def shifts(group, **said):
    return {"template": "2-mon-fri", "groups": [group.pk], "starts": "", "begins": ""} | said


def test_a_template_is_followed_from_today_on(admin_client, group):
    assert send(admin_client, "shifts", shifts(group)).status_code == 302
    assignment = PatternAssignment.objects.get()
    assert assignment.group == group
    assert assignment.pattern.title == "2 shifts, Mon–Fri"
    assert assignment.valid_from == now().astimezone(group.plant.tz).date()
    assert PatternShift.objects.count() == 10


def test_at_night_shifts_are_followed_from_the_shop_day_that_still_runs(admin_client, group):
    Plant.objects.update(day_start=time(23, 59))
    send(admin_client, "shifts", shifts(group))
    today = shop_day(now(), tz=group.plant.tz, day_start=time(23, 59))
    assert PatternAssignment.objects.get().valid_from == today


def test_a_template_may_have_other_start_times(admin_client, group):
    send(admin_client, "shifts", shifts(group, starts="05:30, 13:30"))
    assert set(PatternShift.objects.values_list("start_minute", flat=True)) == {330, 810}


def test_a_rotation_begins_when_its_first_team_does(admin_client, group):
    assert "begins" in errors_of(send(admin_client, "shifts", shifts(group, template="dupont")))
    send(admin_client, "shifts", shifts(group, template="dupont", begins="2099-01-05"))
    assert PatternAssignment.objects.get().valid_from == date(2099, 1, 5)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"template": "none"}, "template"), ({"starts": "5 o'clock"}, "starts"), ({"starts": "06:00"}, "starts"),
     ({"groups": []}, "groups"), ({"begins": "soon"}, "begins")],
)  # fmt: skip
def test_shifts_that_cannot_be_are_refused_and_nothing_is_stored(wrong, field, admin_client, group):
    assert field in errors_of(send(admin_client, "shifts", shifts(group, **wrong)))
    assert not ShiftPattern.objects.exists()


def test_another_companys_group_cannot_be_chosen(admin_client, group):
    assert "groups" in errors_of(send(admin_client, "shifts", shifts(make_group())))


def test_shifts_that_are_chosen_again_on_the_same_day_come_instead(admin_client, group):
    send(admin_client, "shifts", shifts(group))
    send(admin_client, "shifts", shifts(group, template="3-all-days"))
    assert PatternAssignment.objects.get().pattern.title == "3 shifts, every day"


# Stations


def paste(client, text, step="store", **said):
    plant = Plant.objects.order_by("pk").first()
    return send(
        client, "stations", STATIONS | {"text": text, "plant": plant.pk if plant else "", "step": step} | said
    )


def test_stations_are_looked_at_before_they_are_stored(admin_client, group):
    page = paste(admin_client, "Press 4\nMill 7, MILL-7", step="look")
    assert [(line.cells["name"], line.cells["code"], line.standing) for line in page.context["lines"]] == [
        ("Press 4", "PRESS-4", "new"), ("Mill 7", "MILL-7", "new"),
    ]  # fmt: skip
    assert not Station.objects.exists()
    assert paste(admin_client, "Press 4\nMill 7, MILL-7").status_code == 302
    assert set(Station.objects.values_list("code", "cycle_time_ms")) == {
        ("PRESS-4", 30_000),
        ("MILL-7", 30_000),
    }


def test_a_table_out_of_a_spreadsheet_says_its_columns_itself(admin_client, group):
    paste(admin_client, "Code\tMachine\tLine\nM1\tMill 1\tHall 2\nM2\tMill 2\tHall 2\n")
    assert set(Station.objects.values_list("code", "name", "group__name")) == {
        ("M1", "Mill 1", "Hall 2"), ("M2", "Mill 2", "Hall 2"),
    }  # fmt: skip


def test_a_new_group_works_as_the_others_do(admin_client, group):
    send(admin_client, "shifts", shifts(group, template="3-all-days"))
    paste(admin_client, "Filler, F1, Hall 2")
    station = Station.objects.get(code="F1")
    assert station.group.patterns.get().pattern.title == "3 shifts, every day"


def test_one_wrong_line_stores_no_station_and_no_group(admin_client, group):
    page = paste(admin_client, "Filler, F1, Hall 2\nCapper, not a code!, Hall 3\n, X, Hall 3\nCap, F1")
    faults = {line.number: set(line.faults) for line in page.context["lines"] if line.faults}
    assert faults == {2: {"code"}, 3: {"name"}, 4: {"code"}}
    assert not Station.objects.exists()
    assert StationGroup.objects.count() == 1


def test_an_empty_list_and_one_that_is_too_long_are_refused(admin_client, group):
    assert errors_of(paste(admin_client, "\n\n"))
    assert errors_of(paste(admin_client, "x\n" * 1_001)) == {"text": ["At most 1000 lines are read at once."]}


def test_a_plant_of_another_company_cannot_be_chosen(admin_client, company):
    other = make_plant()
    assert "plant" in errors_of(paste(admin_client, "Mill", plant=other.pk))


def test_codes_are_made_of_names_and_never_twice():
    found = stations_in("Press 4\nPress 4\nÖfen\n压机", taken={"OFEN"})
    assert [one.code for one in found] == ["PRESS-4", "PRESS-4-2", "OFEN-2", "STATION-1"]
    assert code_of("x" * 99, longest=32) == "X" * 32


# SKUs


def test_skus_are_looked_at_before_they_are_stored(admin_client, company):
    text = "code,name,cycle_time_seconds\nA1,Bracket,1.5"
    assert b"Store all of them" in send(admin_client, "skus", text=text, step="check").content
    assert not Sku.objects.exists()
    assert send(admin_client, "skus", text=text, step="store").status_code == 302
    assert Sku.objects.get(company=company).cycle_time_ms == 1_500


def test_skus_with_a_wrong_line_are_not_stored(admin_client):
    page = send(admin_client, "skus", text="code,name\nA1,Bracket\nA 2,", step="store")
    assert set(page.context["lines"][0].faults) == {"code", "name"}
    assert not Sku.objects.exists()


@pytest.mark.parametrize("text", ["", "no table", "code\n"])
def test_what_is_no_table_is_refused(text, admin_client):
    assert send(admin_client, "skus", text=text, step="check").status_code == 422


# Causes


@pytest.mark.parametrize(
    ("industry", "language"),
    list(zip(industries.INDUSTRIES, ["en", "de", "es", "pl", "pt", "zh-hans"], strict=True)),
)
def test_every_template_can_be_taken(industry, language, admin_client, company):
    assert send(admin_client, "causes", industry=industry, language=language).status_code == 302
    tree = industries.branches(industry, language)
    assert Cause.objects.of(company).filter(parent=None).count() == len(tree)
    assert Cause.objects.of(company).count() == sum(1 + len(one.below) for one in tree)


@pytest.mark.parametrize("language", industries.LANGUAGES)
@pytest.mark.parametrize("industry", industries.INDUSTRIES)
def test_the_tiles_of_a_template_have_words_that_fit_in_every_language(industry, language):
    tree = industries.branches(industry, language)
    causes = [one for branch in tree for one in (branch.cause, *branch.below)]
    assert 6 <= len(tree) <= 12
    assert all(len(branch.below) <= 12 for branch in tree)
    assert all(0 < len(one.text) <= 50 for one in causes)
    assert len({one.code for one in causes}) == len(causes)


def test_templates_of_two_industries_go_together(admin_client, company):
    send(admin_client, "causes", industry="machining", language="de")
    before = Cause.objects.of(company).count()
    send(admin_client, "causes", industry="food", language="en")
    assert Cause.objects.get(code="TOOL").description == "Werkzeug"
    assert Cause.objects.get(code="HYGIENE").parent.code == "QUALITY"
    assert Cause.objects.of(company).count() > before
    send(admin_client, "causes", industry="food", language="en")


@pytest.mark.parametrize(
    "said", [{"industry": "none", "language": "en"}, {"industry": "food", "language": "xx"}]
)
def test_a_template_that_is_not_there_is_refused(said, admin_client):
    assert send(admin_client, "causes", said).status_code == 422
    assert not Cause.objects.exists()
