"""What would grow for ever is kept small."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils.timezone import now

from mesproject.accounts.tasks import forget_sessions
from mesproject.celery import app
from production import quarantine
from production.ingest import Parcel, record
from production.messages import NotUnderstood
from production.models import QuarantinedMessage, SignalReceipt
from production.tasks import forget_quarantine, forget_receipts
from tests.make import NOON, make_station

pytestmark = pytest.mark.django_db


def test_every_task_of_the_beat_is_there():
    app.loader.import_default_modules()
    assert {row["task"] for row in app.conf.beat_schedule.values()} <= set(app.tasks)


def test_of_nonsense_that_never_repeats_the_newest_is_kept_of_each_company(monkeypatch):
    monkeypatch.setattr(quarantine, "MOST", 3)
    busy, quiet = make_station(), make_station()
    for station, number in ((busy, 5), (quiet, 2)):
        for n in range(number):
            said = Parcel(
                station.company_id, station.code, NotUnderstood("bad_json", "no"), "mqtt", "t", b"%d" % n
            )
            record([said], received_at=NOON + timedelta(minutes=n), quarantine=True)
    forget_quarantine()
    kept = {
        station: [bytes(row.payload) for row in QuarantinedMessage.objects.of(station.company_id)]
        for station in (busy, quiet)
    }
    assert kept == {busy: [b"4", b"3", b"2"], quiet: [b"1", b"0"]}


def test_receipts_are_kept_for_thirty_days_and_sessions_until_they_run_out():
    station, at = make_station(), now()
    for days in (29, 31):
        SignalReceipt.objects.create(station=station, key=days, at=at - timedelta(days=days))
        Session.objects.create(session_key=str(days), expire_date=at + timedelta(days=30 - days))
    forget_receipts()
    forget_sessions()
    assert [receipt.key for receipt in SignalReceipt.objects.all()] == [29]
    assert [session.session_key for session in Session.objects.all()] == ["29"]
