import pytest

from tests.make import make_user


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
