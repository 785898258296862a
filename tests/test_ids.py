"""No table that grows runs out of ids."""

import pytest
from auditlog.models import LogEntry
from django.db import connection

from tests.make import make_sku

pytestmark = pytest.mark.django_db
# As many rows as the code has models, and of groups none.
NEVER_GROW = {"django_content_type", "auth_permission", "auth_group"}


def asked(query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def test_ids_of_tables_that_grow_have_64_bits():
    short = asked(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' "
        "AND is_identity = 'YES' AND data_type <> 'bigint'"
    )
    assert {table for (table,) in short} <= NEVER_GROW


def test_what_hands_out_ids_goes_beyond_32_bits():
    sequences = dict(asked("SELECT sequencename, max_value FROM pg_sequences WHERE schemaname = 'public'"))
    low = {name for name, most in sequences.items() if most < 2**63 - 1}
    assert low <= {f"{table}_id_seq" for table in NEVER_GROW}


def test_changes_are_logged_beyond_two_thousand_million_of_them():
    asked(f"SELECT setval('auditlog_logentry_id_seq', {2**31 + 5})")
    sku = make_sku()
    sku.name = "Renamed"
    sku.save()
    assert LogEntry.objects.get_for_object(sku).get().pk > 2**31
