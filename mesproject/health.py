"""Three answers about this installation: is the process alive, may it serve, how is it doing."""

import time
from collections.abc import Callable

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mesproject.servers import nats
from production.mqtt import Address

# Figures for /statusz, by name. Each part that has one to show adds its own where the parts are composed.
PROBES: dict[str, Callable[[], object]] = {}
_up_to_date = False


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 whenever this process can answer at all; it asks nobody else."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when work can be done: the database answers, its tables are up to date, the broker answers."""
    ready, checks = state()
    return JsonResponse(
        {"ready": ready, "checks": checks},
        status=200 if ready else 503,
        headers={} if ready else {"Retry-After": "2"},
    )


def state() -> tuple[bool, dict[str, str]]:
    """Whether work can be done, and of each check "ok" or what is amiss."""
    found = {name: check() for name, check in CHECKS.items()}
    told = {name: complaint or "ok" for name, complaint in found.items()}
    return all(complaint == "" for complaint in found.values()), told


@require_safe
@never_cache
def statusz(request: HttpRequest) -> JsonResponse:
    """The figures of PROBES; one that cannot be had does not hide the others."""
    return JsonResponse({name: _probed(probe) for name, probe in PROBES.items()})


def _probed(probe: Callable[[], object]) -> object:
    began = time.monotonic()
    try:
        return probe()
    except Error:
        return {"error": "The database cannot be reached.", "after_s": round(time.monotonic() - began, 3)}


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return "The database cannot be reached."
    return ""


def _migrations() -> str:
    try:
        missing = _missing_migrations()
    except Error:
        return "The database cannot be reached."
    return f"{missing} migrations are missing: run `manage.py migrate`." if missing else ""


def _missing_migrations() -> int:
    """How many migrations wait. Tables do not go out of date under a running process: 0 is remembered."""
    global _up_to_date
    if _up_to_date:
        return 0
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    _up_to_date = not missing
    return missing


def _broker() -> str:
    """Asked with our own login: a stranger's would fill the broker's log, and tell less."""
    broker = Address.of(settings.MQTT_URL, settings.DATA_DIR)
    said = nats.greeting(
        broker.host, broker.port, user=broker.user, password=broker.password, tls=broker.tls, timeout=0.5
    )
    if said is None:
        return "The MQTT broker does not answer."
    return "The MQTT broker refuses our login: see MQTT_URL." if said and broker.user else ""


CHECKS: dict[str, Callable[[], str]] = {"database": _database, "migrations": _migrations, "broker": _broker}

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("statusz", statusz, name="statusz"),
]
