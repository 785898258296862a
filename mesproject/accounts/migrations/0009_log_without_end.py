from django.db import migrations

WIDER = "ALTER TABLE {0} ALTER COLUMN id TYPE bigint; ALTER SEQUENCE {0}_id_seq AS bigint"


def wider(table: str) -> migrations.RunSQL:
    """An id of 64 bits. Nothing refers to these rows, and nothing but the database looks at the type."""
    return migrations.RunSQL(WIDER.format(table), migrations.RunSQL.noop)


class Migration(migrations.Migration):
    """Every change adds a line to the audit log; where its ids ran out, nothing could be changed any more."""

    dependencies = [
        ("accounts", "0008_what_kinds_are_called"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auditlog", "0017_add_actor_email"),
    ]
    operations = [wider("auditlog_logentry"), wider("django_admin_log")]
