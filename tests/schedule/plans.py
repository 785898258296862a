"""Runs that are planned, and the hand that moves them."""

from datetime import timedelta

from django.utils.timezone import now

from mesproject.busroot import ms
from mesproject.schedule import forecasting
from production.models import Sku
from tests.make import make_job, make_job_run

HOUR = timedelta(hours=1)


def hour(later):
    """A full hour of tomorrow."""
    return now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1) + later * HOUR


def make_plan(station, start, hours=2, **kwargs):
    """A run that is to come, of a product that takes a minute."""
    sku = kwargs.pop("sku", None) or Sku.objects.of(station.company).get(code="A-100")
    order = make_job(company=station.company, name=kwargs.pop("order", "WO-1"), part=sku.code, operation="")
    defaults = {"actual_start": None, "planned_start": start, "planned_quantity": 60.0 * hours}
    run = make_job_run(station, job=order, sku=sku, **defaults | kwargs)
    forecasting.refresh([station.pk], now=now())
    return run


def page(client, on, **asked):
    answer = client.get("/schedule/", {"on": f"{on:%Y-%m-%d}", **asked})
    assert answer.status_code == 200
    return answer.content.decode()


def move(client, run, station=None, start=None, **values):
    """Move a run from where it is."""
    said = {
        "station": (station or run.station).pk, "start": "" if start is None else ms(start),
        "seen_station": run.station_id,
        "seen_start": ms(run.planned_start) if run.planned_start else "",
    }  # fmt: skip
    return client.post(f"/schedule/runs/{run.pk}/move/", said | values)
