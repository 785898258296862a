"""No list and no page asks the database more the more rows it shows."""

from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from production.models import Station
from tests.admin.one_of_each import ONE_OF_EACH, REGISTERED, address, label
from tests.make import make_issue, make_job_run, make_station, make_user

pytestmark = pytest.mark.django_db
# What the busiest of them needs: session, user, clock, count, rows, date hierarchy, filters.
MOST_FOR_A_LIST = 14
MOST_FOR_A_PAGE = 22
every_model = pytest.mark.parametrize("model", REGISTERED, ids=label)


def queries(client, company, page):
    client.force_login(company.user)
    client.get(page)  # content types and the like are remembered
    with CaptureQueriesContext(connection) as asked:
        assert client.get(page).status_code == 200
    return len(asked)


@pytest.fixture(scope="module")
def few(kept):
    """A company with two of each thing."""
    return company_with(2)


@pytest.fixture(scope="module")
def many(kept):
    """One with fifty."""
    return company_with(50)


def company_with(number):
    """Its administrator, and the first row of each kind."""
    user, rows = make_user(), {}
    for model in REGISTERED:
        rows[model], *_ = [ONE_OF_EACH[model](user.company) for _ in range(number)]
    # Nobody else sees these rows yet: PostgreSQL would go on planning for empty tables.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return SimpleNamespace(user=user, rows=rows)


@every_model
def test_a_list_of_fifty_needs_no_more_queries_than_a_list_of_two(model, few, many, client):
    page = address(model, "changelist")
    assert queries(client, many, page) <= queries(client, few, page) <= MOST_FOR_A_LIST


@every_model
def test_a_page_needs_a_bounded_number_of_queries(model, few, many, client):
    asked = [queries(client, one, address(model, "change", one.rows[model].pk)) for one in (many, few)]
    assert asked[0] <= asked[1] <= MOST_FOR_A_PAGE


@every_model
def test_searching_asks_no_more(model, many, client):
    page = address(model, "changelist")
    assert queries(client, many, f"{page}?q=a") <= queries(client, many, page) + 1


def test_what_holds_on_to_a_row_is_found_in_one_question_for_all_kinds(client, many):
    station = make_station(company=many.user.company)
    make_issue(station)
    make_job_run(station)
    page = address(Station, "delete", station.pk)
    assert queries(client, many, page) <= MOST_FOR_A_LIST
    assert "issues and job runs refer to it" in client.get(page).content.decode()
