"""The whole HTTP answer of a year by day x machine with twelve metrics, against its bare SQL and bare JSON."""

from __future__ import annotations

from statistics import median

import msgspec
from django.db import connection
from django.test import Client

from benchmarks.ground import make_stations, report, seconds
from benchmarks.reports import BEST, FIRST, LAST, STATIONS, TWELVE, fill_shifts, twelve
from mesproject.accounts.models import ApiKey, Company

ROUNDS = 5


def run() -> None:
    """Ask for a tree and for flat rows, in turns with the floor."""
    stations = make_stations(STATIONS, cycle_time_ms=60_000)
    ids = [station.pk for station in stations]
    fill_shifts(ids, FIRST)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    token = key_of(stations[0].company)
    for flatten in (False, True):
        items = msgspec.json.decode(asked(token, flatten=flatten))["items"]
        floor, figure = [], []
        for _ in range(ROUNDS):
            floor.append(
                seconds(lambda: by_hand(ids)) + seconds(lambda items=items: msgspec.json.encode(items))
            )
            figure.append(seconds(lambda flatten=flatten: asked(token, flatten=flatten)))
        report(
            f"year by day x machine, {'flat rows' if flatten else 'a tree'}", floor=median(floor) * 1000,
            figure=median(figure) * 1000, unit="ms", wanted="at most 3 times bare SQL and bare JSON",
        )  # fmt: skip


def key_of(company: Company) -> str:
    """The token of a new key that may read."""
    key = ApiKey(company=company, name="benchmark", scopes=[ApiKey.Scope.READ])
    token = key.issue_token()
    key.save()
    return token


def by_hand(ids: list[int]) -> None:
    """The same sums, fetched and no more."""
    text = BEST["a"].format(sums=", ".join(f"sum(f.{measure})" for measure in twelve()))
    with connection.cursor() as cursor:
        cursor.execute(text, {"ids": ids, "first": FIRST, "last": LAST})
        cursor.fetchall()


def asked(token: str, *, flatten: bool) -> bytes:
    """The answer's body, through all of Django but the web server."""
    body = {
        "startDay": str(FIRST), "endDay": str(LAST), "flatten": flatten,
        "data": [{"metric": name} for name in TWELVE], "groupBy": [{"group": "day"}, {"group": "machine"}],
    }  # fmt: skip
    response = Client(SERVER_NAME="localhost").post(
        "/reports/production",
        body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert response.status_code == 200, response.content
    return bytes(response.content)
