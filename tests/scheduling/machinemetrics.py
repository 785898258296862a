"""A program that talks to us as it talks to MachineMetrics, and the shapes of the answers it knows."""

import json

from django.test import Client

from tests.make import make_api_key, make_company, make_pattern, make_plant, make_station

# The keys of the reference's samples.
EVENT = {
    "workScheduleEventRef", "companyId", "name", "eventType", "description", "customHolidayDate", "archivedAt",
    "createdAt", "updatedAt",
}  # fmt: skip
ASSIGNMENT = {
    "workScheduleEventAssignmentRef", "workScheduleEventRef", "companyId", "timeWheelId", "workScheduleRef",
    "machineRef", "archivedAt", "createdAt", "updatedAt", "startRRule", "endRRule", "startRRuleString",
    "endRRuleString", "nextStartAt", "nextEndAt",
}  # fmt: skip
INSTANCE = {
    "instanceId", "workScheduleEventRef", "workScheduleEventAssignmentRef", "workScheduleRef", "companyId",
    "machineRef", "eventType", "startAt", "endAt", "createdAt", "updatedAt",
}  # fmt: skip

NOON_DAILY = "DTSTART:20260101T120000\nRRULE:FREQ=DAILY"
HALF_PAST = "DTSTART:20260101T123000\nRRULE:FREQ=DAILY"


class Integration:
    """A key and what it asks; `plant` has one station, which follows one pattern around the clock."""

    def __init__(self, *scopes, company=None, **kwargs):
        self.company = company or make_company()
        self.key, token = make_api_key(*scopes, company=self.company, **kwargs)
        self.headers = {"Authorization": f"Bearer {token}"}
        self.client = Client()

    def settle(self, zone="UTC", *shifts, **kwargs):
        """A plant with a station that follows a pattern."""
        self.plant = make_plant(zone, company=self.company)
        self.station = make_station(plant=self.plant)
        self.pattern = make_pattern(*shifts, follows=self.station, **kwargs)
        return self

    def ask(self, method, path, body=None, **query):
        """The response; the body is JSON, or bytes as they are."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        url = path + ("?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else "")
        return self.client.generic(
            method, url, content, content_type="application/json", headers=self.headers
        )

    def does(self, method, path, body=None, **query):
        """The answer to what must go well."""
        response = self.ask(method, path, body, **query)
        assert response.status_code == 200, (response.status_code, response.content)
        return response.json()

    def make_event(self, **fields):
        """A definition's reference."""
        answer = self.does("POST", "/work-schedules/events", {"name": "Lunch", "eventType": "break"} | fields)
        return answer["event"]["workScheduleEventRef"]

    def assign(self, event, **fields):
        """Let it recur on the pattern, from twelve to half past each day; the assignment."""
        body = {"workScheduleEventRef": event, "startRRule": NOON_DAILY, "endRRule": HALF_PAST} | fields
        return self.does("POST", f"{self.schedule}/event-assignments", body)["assignment"]

    def instances(self, start, end, machine=None):
        """Those of a machine."""
        ref = machine or self.station.machine_ref
        return self.does("GET", f"/machines/{ref}/event-instances", startAt=start, endAt=end)["instances"]

    @property
    def schedule(self):
        """The address of the pattern."""
        return f"/work-schedules/{self.pattern.pk}"


def refused(response, status, field=None):
    """The body of a refusal in the documented shape; its one fault, where it names a field."""
    assert response.status_code == status, (response.status_code, response.content)
    body = response.json()
    if status == 401:
        assert body.keys() == {"error", "error_description"}
        return body
    assert body.keys() == {"code", "message", "errors"}
    if field is None:
        return body
    (fault,) = body["errors"]
    assert fault["field"] == field
    return fault
