"""Whoever changes a device, by the admin or by hand, the broker's login list hears of it."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION floorlight_tell_the_broker() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NOTIFY floorlight_devices;
    RETURN NULL;
END
$$
"""
# last_seen_at changes all day long and is nothing to the broker.
TRIGGERS = """
CREATE TRIGGER device_tells_the_broker
    AFTER INSERT OR DELETE OR TRUNCATE
    OR UPDATE OF name, kind, company_id, broker_digest, revoked_at
    ON accounts_device FOR EACH STATEMENT EXECUTE FUNCTION floorlight_tell_the_broker();
CREATE TRIGGER company_tells_the_broker
    AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE OF code
    ON accounts_company FOR EACH STATEMENT EXECUTE FUNCTION floorlight_tell_the_broker();
"""
UNDO = """
DROP TRIGGER device_tells_the_broker ON accounts_device;
DROP TRIGGER company_tells_the_broker ON accounts_company;
"""


class Migration(migrations.Migration):
    dependencies = [("production", "0002_signals_by_month"), ("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION floorlight_tell_the_broker()"),
        migrations.RunSQL(TRIGGERS, UNDO),
    ]
