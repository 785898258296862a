"""No list and no page asks the database more the more rows it shows."""

from contextlib import nullcontext

import pytest
from auditlog.context import disable_auditlog
from auditlog.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.admin.one_of_each import ONE_OF_EACH, REGISTERED, address, label

ROWS = 50
# What the busiest of them needs: session, user, clock, count, rows, date hierarchy, filters.
MOST_FOR_A_LIST = 14
MOST_FOR_A_PAGE = 22
every_model = pytest.mark.parametrize("model", REGISTERED, ids=label)


def queries(client, page):
    client.get(page)  # content types and the like are remembered
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(page).status_code == 200
    return len(asked)


def make(number, model, company):
    """So many rows. Their history, half of the work of making them, is on none of these pages but its own."""
    with nullcontext() if model is LogEntry else disable_auditlog():
        return [ONE_OF_EACH[model](company) for _ in range(number)]


@every_model
def test_a_list_of_fifty_needs_no_more_queries_than_a_list_of_two(model, admin_client, company):
    page = address(model, "changelist")
    make(2, model, company)
    few = queries(admin_client, page)
    make(ROWS - 2, model, company)
    assert queries(admin_client, page) <= few <= MOST_FOR_A_LIST


@every_model
def test_a_page_needs_a_bounded_number_of_queries(model, admin_client, company):
    [row] = make(1, model, company)
    page = address(model, "change", row.pk)
    alone = queries(admin_client, page)
    make(10, model, company)
    assert queries(admin_client, page) <= alone <= MOST_FOR_A_PAGE


@every_model
def test_searching_asks_no_more(model, admin_client, company):
    make(3, model, company)
    page = address(model, "changelist")
    assert queries(admin_client, f"{page}?q=a") <= queries(admin_client, page) + 1
