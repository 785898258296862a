"""Every page of the admin, looked at as the others are.

Of its forms some are looked at each day, and all of them by `make test-all`.
"""

from random import Random

import pytest
from django.utils.timezone import now

from mesproject.accounts.models import Company
from tests.admin_pages import forms_of, lists_of
from tests.browser.walking import assert_asks_little, assert_nothing_found

# Beside all lists; each is looked at twice.
FORMS = 12


def test_axe_finds_nothing_in_the_lists_and_in_some_forms(places, look):
    company = Company.objects.get()
    forms = Random(now().toordinal()).sample(forms_of(company), FORMS)
    assert_nothing_found([*lists_of(company), *forms], places, look)


@pytest.mark.long
def test_axe_finds_nothing_in_any_form(places, look):
    assert_nothing_found(forms_of(Company.objects.get()), places, look)


def test_no_page_asks_the_database_more_than_it_may(places):
    company = Company.objects.get()
    assert_asks_little([*lists_of(company), *forms_of(company)], places)
