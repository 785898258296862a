"""Every page of the admin, looked at as the others are.

Some are looked at each day, and all of them by `make test-all`.
"""

from random import Random

import pytest
from django.utils.timezone import now

from mesproject.accounts.models import Company
from tests.admin_pages import forms_of, lists_of
from tests.browser.walking import LOOKS, assert_asks_little, assert_nothing_found

LISTS, FORMS = 8, 12


@pytest.fixture
def company(places):
    return Company.objects.get()


@pytest.fixture
def some(company):
    """Others each day."""
    chance = Random(now().toordinal())
    return [*chance.sample(lists_of(company), LISTS), *chance.sample(forms_of(company), FORMS)]


def test_axe_finds_nothing_on_some_pages(some, places, look):
    assert_nothing_found(some, places, look, LOOKS)


def test_some_pages_ask_the_database_no_more_than_they_may(some, places):
    assert_asks_little(some, places)


@pytest.mark.long
def test_axe_finds_nothing_on_any_page(company, places, look):
    assert_nothing_found([*lists_of(company), *forms_of(company)], places, look, LOOKS)


@pytest.mark.long
def test_no_page_asks_the_database_more_than_it_may(company, places):
    assert_asks_little([*lists_of(company), *forms_of(company)], places)
