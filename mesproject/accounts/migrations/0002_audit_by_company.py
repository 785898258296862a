from django.db import migrations


class Migration(migrations.Migration):
    """The audit log is asked by company, and by what a row is a part of; both stand in its additional data."""

    dependencies = [("accounts", "0001_initial"), ("auditlog", "0017_add_actor_email")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX audit_of_a_company ON auditlog_logentry ((additional_data -> 'company'), timestamp DESC)",
            "DROP INDEX audit_of_a_company",
        ),
        migrations.RunSQL(
            "CREATE INDEX audit_of_parts ON auditlog_logentry ((additional_data -> 'part_of')) "
            "WHERE (additional_data -> 'part_of') IS NOT NULL",
            "DROP INDEX audit_of_parts",
        ),
    ]
