from types import SimpleNamespace

import pytest
from django.db import transaction

from mesproject.accounts.models import Role
from tests.admin.one_of_each import ONE_OF_EACH, REGISTERED
from tests.make import make_company, make_user


@pytest.fixture(scope="module")
def kept(django_db_setup, django_db_blocker):
    """What is made within it is there for all tests of the file, as it was made: what a test does to it is undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def ours(kept):
    """A company with one of each thing, and somebody of each role in it."""
    company = make_company()
    return SimpleNamespace(
        company=company,
        rows={model: ONE_OF_EACH[model](company) for model in REGISTERED},
        people={role: make_user(role, company=company) for role in Role},
    )


@pytest.fixture(scope="module")
def theirs(kept):
    """What another company has of each thing, by its model."""
    company = make_company(name="Other company")
    return {model: ONE_OF_EACH[model](company) for model in REGISTERED}


@pytest.fixture
def administrator(db):
    return make_user()


@pytest.fixture
def company(administrator):
    return administrator.company


@pytest.fixture
def admin_client(client, administrator):
    client.force_login(administrator)
    return client
