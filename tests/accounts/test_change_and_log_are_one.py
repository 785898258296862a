"""A change and its line in the audit log are kept together, or neither is."""

import pytest
from auditlog.models import LogEntry
from django.db import Error, IntegrityError, connection

from mesproject.accounts.models import User
from production.models import Sku, Station
from tests.make import make_sku, make_station, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def full_log():
    """A log that takes nothing more, as one does whose disk is full."""
    rows = [make_user(username="ann", first_name="Ann"), make_station("M1"), make_sku("A")]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER full_log BEFORE INSERT ON auditlog_logentry FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    yield rows
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER full_log ON auditlog_logentry")
        cursor.execute("DROP FUNCTION refuse")


def test_what_cannot_be_logged_is_not_done(full_log):
    ann, station, sku = full_log
    ann.first_name = station.name = "Changed"
    other = Sku(company=sku.company, code="B", name="Bracket", cycle_time_ms=60_000)
    for deed in (ann.save, station.save, sku.delete, other.save):
        with pytest.raises(Error, match="no space left"):
            deed()
    assert User.objects.get(pk=ann.pk).first_name == "Ann"
    assert Station.objects.get().name != "Changed"
    assert [one.code for one in Sku.objects.all()] == ["A"]


def test_what_could_not_be_done_is_not_logged():
    make_sku("A", company=(other := make_sku("B")).company)
    logged, other.code = LogEntry.objects.count(), "A"
    with pytest.raises(IntegrityError):
        other.save()
    assert LogEntry.objects.count() == logged
