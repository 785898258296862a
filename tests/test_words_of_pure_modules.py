"""What modules say that know nothing of languages is said on pages in the reader's, and to programs in English."""

import html

import pytest
from django.utils import translation

from mesproject.reports.metric_names import NAMES
from mesproject.reports.metrics import METRICS
from tests.make import make_company
from tests.screens import person

pytestmark = pytest.mark.django_db


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
