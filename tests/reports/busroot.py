"""A plant as Busroot's clients see it: a morning of two machines, and a key to ask with."""

from datetime import timedelta

from django.test import Client

from downtime.models import Issue
from downtime.models.issues import Who
from production.models import Station
from tests.make import (
    NOON,
    make_api_key,
    make_cause,
    make_company,
    make_event_assignment,
    make_group,
    make_job_run,
    make_pattern,
    make_plant,
    make_reject,
    make_sku,
    make_station,
)
from tests.reports.test_facts import say, settle

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SIX = NOON - 6 * HOUR
# Six hours of two machines; NOON is a Wednesday of week 11.
MORNING = "2026-03-11T06:00Z/2026-03-11T12:00Z"


class Floor:
    """A company with a plant LYON, machines M1 and M2, and what they did between six and noon."""

    def __init__(self, **plant):
        self.company = make_company(code=plant.pop("company", "acme"))
        self.plant = make_plant(**{"code": "LYON", "company": self.company} | plant)
        self.group = make_group(plant=self.plant, code="LINE", name="Line")
        self.stations = [make_station(code, group=self.group, cycle_time_ms=60_000) for code in ("M1", "M2")]
        self.pattern = make_pattern(("Early", 360, 480), ("Late", 840, 480), follows=self.group)
        make_event_assignment(self.pattern, name="Tea")  # at ten, for half an hour
        self.token = make_api_key(company=self.company)[1]

    def work(self):
        """A unit a minute until eight, a stop until nine with a cause, units of an SKU from nine on, five bad."""
        first, second = self.stations
        sku = make_sku("A-1", company=self.company, cycle_time_ms=48_000)
        self.run = make_job_run(first, sku=sku, actual_start=SIX + 3 * HOUR)
        for station, late in ((first, 0), (second, 20)):
            begun = SIX + late * MINUTE / 60
            units = (begun + minute * MINUTE for minute in [*range(120), *range(180, 360)])
            say(station, *units, good=1.0, kwh=0.5, rssi=-70.0)
        settle(now=NOON)
        self.cause = make_cause("JAM", company=self.company)
        issue = Issue.objects.filter(station=first, started_at__lt=SIX + 3 * HOUR).first()
        issue.explain(self.cause, by=Who(), at=NOON)
        make_reject(first, at=SIX + 4 * HOUR - MINUTE, quantity=5)
        settle(now=NOON)
        self.stations = list(Station.objects.filter(group=self.group).in_place())
        return self

    def get(self, report, token=None, **query):
        """The answer to a question; by default the morning of the plant."""
        asked = {"plantcode": "LYON", "rangecode": MORNING} | query
        asked = {name: value for name, value in asked.items() if value is not None}
        return Client().get(f"/api/{report}", asked, headers={"X-API-KEY": token or self.token})

    def ask(self, report, **query):
        """The same, which must be good."""
        answer = self.get(report, **query)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def refused(self, report, status=400, **query):
        """The same, which must not: the field and the message."""
        answer = self.get(report, **query)
        assert answer.status_code == status, answer.content
        body = answer.json()
        assert body["isSuccess"] is False
        assert body["code"]
        return body.get("field", ""), body["message"]
