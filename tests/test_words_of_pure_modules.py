"""What modules say that know nothing of languages is said on pages in the reader's, and to programs in English."""

import html
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation

from downtime.code_lists import BadList
from downtime.code_lists import read as codes_of
from mesproject.csv_reading import Column, Unreadable, table
from mesproject.formats import spoken
from mesproject.reports.metric_names import NAMES
from mesproject.reports.metrics import METRICS
from production.job_import.cells import number
from production.models import JobImport, Plant
from scheduling.ics_import import days_of
from scheduling.rangecode import Clock, resolve
from scheduling.ready_made import starts_of
from scheduling.recurrence import read as read_rule
from scheduling.rotations import TWELVE_HOURS, rotation
from scheduling.shorthand import parse as shifts_of
from tests.make import make_api_key, make_company, make_station
from tests.screens import person

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 3, 4, 11, tzinfo=UTC)


def page(client, address, **data):
    """What a page says, whatever its status."""
    return html.unescape(client.get(address, data).content.decode())


@pytest.fixture
def german():
    return person(make_company(), "supervisor", language="de")


def test_every_number_has_a_name():
    assert list(NAMES) == list(METRICS)


def test_numbers_and_groups_of_a_report_are_called_in_the_readers_language(german):
    said = page(german, "/analysis/report/", metric="time_in_setup", by="part")
    for words in (
        '<b>Rüstzeit</b> <i>ms</i> <span class="soft">Zeit beim Rüsten.',
        "Produkt",
        "Sechs große Verluste",
    ):
        assert words in said
    assert "Time in setup" not in said


def test_numbers_are_found_by_their_names_in_the_readers_language(german):
    assert "time_in_setup" in page(german, "/how/", q="rüstzeit")
    assert "<h1>Rüstzeit</h1>" in page(german, "/how/time_in_setup/")
    assert 'value="time_in_setup"' in page(german, "/analysis/report/", metric="oee", q="rüstzeit")


def rule(text: str) -> None:
    read_rule(text, default_start=datetime(2026, 1, 5))


REFUSED = [
    (lambda: resolve("tomorrow-ish", now=NOON, clock=Clock(BERLIN)), "ist kein Zeitraum. Erlaubt sind today"),
    (lambda: resolve("last-99999-days", now=NOON, clock=Clock(BERLIN)), "höchstens 3.660 Tage"),
    (lambda: rotation({"A": "DX"}, TWELVE_HOURS), "„X“ ist keines von D, N, -."),
    (lambda: starts_of("6"), "„6“ ist keine Uhrzeit."),
    (lambda: shifts_of("Early"), "„Early“ ist keine Schicht. Zum Beispiel schreiben: Früh"),
    (lambda: rule("FREQ=HOURLY"), "FREQ ist eines von YEARLY"),
    (lambda: days_of(b"", today=NOON.date()), "Das ist keine Kalenderdatei"),
    (lambda: number("lots"), "Das ist keine Zahl."),
]


@pytest.mark.parametrize(("step", "german"), REFUSED)
def test_a_refusal_is_told_to_people_in_their_language_and_to_programs_in_english(step, german):
    with translation.override("de"), pytest.raises(Exception) as refused:  # noqa: PT011  (each has its own)
        step()
    with translation.override("de"):
        assert german in spoken(refused.value.said)
        assert german not in str(refused.value)


def test_a_table_and_a_list_of_codes_are_refused_in_the_readers_language():
    with pytest.raises(Unreadable) as refused:
        table(lambda: [b"a,b\n"], [Column("name", required=True)])
    with pytest.raises(BadList) as unlisted:
        codes_of("E1")
    with translation.override("de"):
        assert spoken(refused.value.fault.told) == "Diese Spalte fehlt. Die Kopfzeile hat a, b."
        assert spoken(unlisted.value.sentences[0]).startswith(
            "Zeile 1: einen Code und den Code seiner Ursache"
        )
    assert refused.value.fault.reason == "This column is missing. The header has a, b."


def test_a_page_refuses_a_time_in_german_and_the_api_the_same_in_english(german):
    said = page(german, "/how/oee/", range="tomorrow-ish")
    assert "„tomorrow-ish“ ist kein Zeitraum." in said
    _, key = make_api_key(company=make_station(code="M1").company)
    answer = Client().get(
        "/api/oee",
        {"rangecode": "tomorrow-ish", "plantcode": Plant.objects.last().code},
        headers={"X-API-KEY": key, "Accept-Language": "de"},
    )
    assert answer.status_code == 400
    assert "“tomorrow-ish” is no rangecode. Allowed are" in str(answer.json())


def test_a_file_of_jobs_is_refused_in_the_readers_language_and_for_programs_in_english():
    company = make_company()
    client = person(company, "supervisor", language="de")
    file = SimpleUploadedFile("jobs.csv", b"name,quantity\nA,lots\n")
    said = client.post("/admin/production/jobimport/add/", {"file": file, "layout": "mm"}, follow=True)
    assert "<td>Das ist keine Zahl.</td>" in said.content.decode()
    assert [one["reason"] for one in JobImport.objects.get().faults] == ["This is no number."]
