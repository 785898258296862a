"""The page of all components: for who builds screens, and for nobody else."""

import pytest

pytestmark = pytest.mark.django_db


def test_it_shows_every_component_where_debug_is_on(client, settings):
    settings.DEBUG = True
    page = client.get("/design")
    assert page.status_code == 200
    for what in (b"Stopped", b"No signal", b"--run-word", b'class="tile often"', b"As a table"):
        assert what in page.content


def test_it_is_not_there_in_a_plant(client):
    assert client.get("/design").status_code == 404
