"""A program that asks for reports as it asks MachineMetrics, and facts from which its samples come out."""

from __future__ import annotations

import json
from datetime import date, datetime

from django.db.models import F
from django.test import Client

from downtime.models import Cause
from mesproject.reports.measures import FIELDS
from mesproject.reports.models import DayFact, DowntimeFact, HourFact, RejectFact, ShiftFact
from production.models import Station
from quality.models import RejectReason
from tests.make import make_api_key, make_company, make_group, make_plant

ONE, TWO, THREE = (
    "0e871f8e-a48a-4a7b-ba33-a02cba7d4f2c",
    "5faa6680-fa0f-4e37-ba0b-09a46a945cef",
    "f1e76e5f-a9cd-4ae0-9c63-48b78e3cf013",
)
ALL = [ONE, TWO, THREE]


class Reader:
    """A key and what it asks; three machines in New York, whose shop day begins at six."""

    def __init__(self, company=None, **key):
        self.company = company or make_company()
        self.plant = make_plant("America/New_York", code="A", day_start="06:00", company=self.company)
        self.group = make_group(plant=self.plant)
        self.key, token = make_api_key("read", company=self.company, **key)
        self.client, self.headers = Client(), {"Authorization": f"Bearer {token}"}

    def settle(self):
        """The machines of the samples."""
        self.machines = {
            uuid: Station.objects.create(
                group=self.group, code=f"M{n}", name=f"MACHINE {n}", uuid=uuid, position=n
            )
            for n, uuid in enumerate(ALL, start=1)
        }
        return self

    def ask(self, report, body=None, **fields):
        """The response."""
        content = body if isinstance(body, bytes) else json.dumps((body or {}) | fields).encode()
        return self.client.generic(
            "POST", f"/reports/{report}", content, content_type="application/json", headers=self.headers
        )

    def report(self, report, body=None, **fields):
        """The answer to what must go well."""
        response = self.ask(report, body, **fields)
        assert response.status_code == 200, (response.status_code, response.content)
        return response.json()

    def token(self, **query):
        """What /user-token says."""
        response = self.client.get("/user-token", query, headers=self.headers)
        assert response.status_code == 200, response.content
        return response.json()

    def csv(self, url, **query):
        """A download, as a browser makes it."""
        path = url.removeprefix("http://testserver")
        return self.client.get(path, {"token": self.token(), **query})


def store(station, day, *, shift="Early", hour=None, run_id=0, operator_id=0, **measures):
    """A fact and the sums of it that stand beside it."""
    known = dict.fromkeys(FIELDS, 0) | measures
    own = {"station_id": station.pk, "day": day, "shift": shift}
    more = {"run_id": run_id, "operator_id": operator_id}
    if hour:
        HourFact.objects.create(**own, **more, hour=hour, **known)
    for fact, key in ((DayFact, own | more), (ShiftFact, own)):
        if not fact.objects.filter(**key).update(**{name: F(name) + n for name, n in known.items()}):
            fact.objects.create(**key, **known)


def lose(fact, station, hour, why, amount, records, *, shift="Early", run_id=0, operator_id=0):
    """A downtime or reject fact."""
    name = "cause_id" if fact is DowntimeFact else "reason_id"
    day = hour.date() if isinstance(hour, datetime) else date(2017, 7, 19)
    fact.objects.create(
        station_id=station.pk, hour=hour, day=day, shift=shift, run_id=run_id, operator_id=operator_id,
        amount=amount, records=records, **{name: why},
    )  # fmt: skip


def make_causes(company):
    """The causes of the sample."""
    for pk, name in ((33, "Chipping Out"), (95, "Part Changeover")):
        Cause.objects.create(pk=pk, company=company, code=str(pk), description=name)


def make_reasons(company):
    """The reasons of the sample."""
    for pk, name in ((24, "Chip Impressions"), (37, "Burrs")):
        RejectReason.objects.create(pk=pk, company=company, code=str(pk), description=name)


__all__ = ["DowntimeFact", "RejectFact"]
