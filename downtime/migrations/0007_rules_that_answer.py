import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What people said before there were rules stays theirs.
SPOKEN = """
UPDATE downtime_issue i SET left_to_people = true WHERE cause_id IS NOT NULL OR excluded_at IS NOT NULL OR EXISTS (
    SELECT FROM downtime_issueevent e
    WHERE e.issue_id = i.id AND e.kind IN ('cause', 'exclude', 'reopen', 'split', 'merge'))
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_outbox_of_mails_and_webhooks"),
        ("downtime", "0006_photos_of_issues"),
        ("production", "0012_runs_as_they_are_planned"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ErrorCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        help_text="As the machine says it. AL-* is every code that begins with AL-.",
                        max_length=128,
                    ),
                ),
            ],
            options={
                "verbose_name": "error code",
                "ordering": ["code", "pk"],
            },
        ),
        migrations.AddField(
            model_name="issue",
            name="left_to_people",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AlterField(
            model_name="issueevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("raised", "Raised"),
                    ("acknowledge", "Acknowledged"),
                    ("estimate", "Estimated"),
                    ("escalate", "Escalated"),
                    ("cause", "Explained"),
                    ("rule", "Answered by a rule"),
                    ("note", "Noted"),
                    ("watch", "Watched"),
                    ("exclude", "Excluded"),
                    ("reopen", "Re-opened"),
                    ("split", "Split"),
                    ("merge", "Merged"),
                    ("close", "Closed"),
                    ("ended", "Running again"),
                    ("withdrawn", "Withdrawn"),
                ],
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="AnswerBook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("by", models.CharField(max_length=150)),
                ("why", models.CharField(max_length=255)),
                ("holds_from", models.DateTimeField()),
                ("holds_until", models.DateTimeField(null=True)),
                ("body", models.JSONField()),
                ("answered", models.PositiveIntegerField(null=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answer_books",
                        to="accounts.company",
                    ),
                ),
            ],
            options={
                "verbose_name": "rules in force",
                "verbose_name_plural": "rules in force",
                "ordering": ["-made_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="AnswerRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(help_text="As operators read it beside the cause.", max_length=60)),
                ("position", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "on",
                    models.BooleanField(
                        default=False,
                        help_text="It answers the stops that begin from then on; none of before.",
                    ),
                ),
                (
                    "error_codes",
                    models.CharField(
                        blank=True,
                        help_text="One of these, with commas between them: E17, E18. AL-* is every code that begins with AL-.",
                        max_length=500,
                    ),
                ),
                (
                    "alarm_text",
                    models.CharField(
                        blank=True, help_text="The error or the alarm has this in its text.", max_length=128
                    ),
                ),
                (
                    "before",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("running", "It ran"),
                            (
                                "not_planned",
                                "Nothing was planned: a shift or a break has just ended or begun",
                            ),
                            ("no_signal", "No signal came"),
                        ],
                        max_length=12,
                        verbose_name="before the stop",
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("production_cycle", "Production cycle: no output for too long"),
                            ("utilisation", "Utilisation: not productive for too long"),
                            ("process_speed", "Process speed: below a speed for too long"),
                            ("power", "Power: below a kW threshold for too long"),
                            ("off", "Off: never raise a stop"),
                        ],
                        max_length=16,
                        verbose_name="detection of the station",
                    ),
                ),
                (
                    "at_least_ms",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="It answers when the stop has lasted so long.",
                        null=True,
                        verbose_name="lasts at least [ms]",
                    ),
                ),
                (
                    "at_most_ms",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="It answers when the stop is over.",
                        null=True,
                        verbose_name="lasts at most [ms]",
                    ),
                ),
                (
                    "from_time",
                    models.TimeField(
                        blank=True, help_text="On the plant's clock.", null=True, verbose_name="begins from"
                    ),
                ),
                (
                    "until_time",
                    models.TimeField(
                        blank=True,
                        help_text="Earlier than “from”: it reaches over midnight.",
                        null=True,
                        verbose_name="begins before",
                    ),
                ),
                (
                    "setup",
                    models.BooleanField(
                        blank=True,
                        help_text="Whether the station was set up for a job run as it stopped.",
                        null=True,
                        verbose_name="in setup",
                    ),
                ),
                (
                    "shifts",
                    models.CharField(
                        blank=True,
                        help_text="It begins in one of these, with commas between them: Early, Late.",
                        max_length=200,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                (
                    "cause",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rules", to="downtime.cause"
                    ),
                ),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answer_rules",
                        to="accounts.company",
                    ),
                ),
                (
                    "groups",
                    models.ManyToManyField(blank=True, related_name="+", to="production.stationgroup"),
                ),
                (
                    "skus",
                    models.ManyToManyField(
                        blank=True, related_name="+", to="production.sku", verbose_name="SKUs"
                    ),
                ),
                ("stations", models.ManyToManyField(blank=True, related_name="+", to="production.station")),
            ],
            options={
                "verbose_name": "rule",
                "ordering": ["position", "pk"],
            },
        ),
        migrations.AddField(
            model_name="issueevent",
            name="rule",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="downtime.answerrule",
            ),
        ),
        migrations.AddIndex(
            model_name="issueevent",
            index=models.Index(
                condition=models.Q(("rule__isnull", False)), fields=["rule"], name="events_of_a_rule"
            ),
        ),
        migrations.AddField(
            model_name="errorcode",
            name="cause",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="error_codes", to="downtime.cause"
            ),
        ),
        migrations.AddField(
            model_name="errorcode",
            name="company",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="error_codes", to="accounts.company"
            ),
        ),
        migrations.AddField(
            model_name="errorcode",
            name="group",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty: at all stations.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="production.stationgroup",
            ),
        ),
        migrations.AddField(
            model_name="errorcode",
            name="station",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="production.station",
            ),
        ),
        migrations.AddIndex(
            model_name="answerbook",
            index=models.Index(fields=["company", "-made_at"], name="answer_books_newest_first"),
        ),
        migrations.AddConstraint(
            model_name="answerrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("at_least_ms", None),
                    ("at_most_ms", None),
                    ("at_most_ms__gte", models.F("at_least_ms")),
                    _connector="OR",
                ),
                name="a_rule_is_for_some_length",
                violation_error_message="“Lasts at most” is shorter than “lasts at least”: no stop is both.",
            ),
        ),
        migrations.AddConstraint(
            model_name="errorcode",
            constraint=models.UniqueConstraint(
                fields=("company", "code", "group", "station"),
                name="error_code_once_per_place",
                nulls_distinct=False,
                violation_error_message="This code has a cause there already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="errorcode",
            constraint=models.CheckConstraint(
                condition=models.Q(("group", None), ("station", None), _connector="OR"),
                name="an_error_code_is_of_one_place",
                violation_error_message="Choose a group or a station, not both.",
            ),
        ),
        migrations.RunSQL(SPOKEN, migrations.RunSQL.noop),
    ]
