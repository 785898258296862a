"""Alive, ready, and how it is doing."""

import pytest
from django.db.migrations.recorder import MigrationRecorder

from mesproject import health
from mesproject.servers.ports import any_free

pytestmark = pytest.mark.django_db


@pytest.fixture
def never_ready(monkeypatch):
    """Forget that the tables were once found up to date."""
    monkeypatch.setattr(health, "_up_to_date", False)


def test_a_process_that_answers_is_alive(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz").status_code == 200


def test_it_is_ready_when_database_tables_and_broker_are(client, broker, never_ready):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "checks": dict.fromkeys(health.CHECKS, "ok")}


def test_readiness_costs_one_query_once_the_tables_were_found_up_to_date(
    client, broker, django_assert_num_queries
):
    client.get("/readyz")
    with django_assert_num_queries(1):
        client.get("/readyz")


def test_it_is_not_ready_while_the_broker_is_away(client, settings):
    settings.MQTT_URL = f"mqtt://127.0.0.1:{any_free()}"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert answer.json()["checks"]["broker"] == "The MQTT broker does not answer."


def test_it_is_not_ready_while_a_migration_is_missing(client, broker, never_ready):
    MigrationRecorder.Migration.objects.filter(app="quality").delete()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "manage.py migrate" in answer.json()["checks"]["migrations"]


def test_status_shows_every_figure_and_bears_one_that_cannot_be_had(client, monkeypatch):
    def unreachable():
        raise health.Error("gone")

    monkeypatch.setitem(health.PROBES, "broken", unreachable)
    answer = client.get("/statusz")
    assert answer.status_code == 200
    assert set(answer.json()) == set(health.PROBES)
    assert answer.json()["broken"]["error"] == "The database cannot be reached."


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/statusz"])
def test_no_cache_keeps_an_answer_about_health(client, broker, path):
    assert "no-store" in client.get(path)["Cache-Control"]
