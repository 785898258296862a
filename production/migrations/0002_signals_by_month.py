"""Signals are partitioned by month, which Django cannot say; state and table are declared side by side."""

import django.db.models.deletion
from django.db import migrations, models

TABLE = """
CREATE TABLE production_signal (
    station_id bigint NOT NULL,
    at timestamptz NOT NULL,
    key bigint NOT NULL,
    received_at timestamptz NOT NULL,
    good double precision,
    bad double precision,
    good_total double precision,
    bad_total double precision,
    productive boolean,
    speed double precision,
    kwh double precision,
    kwh_total double precision,
    rssi double precision,
    available boolean,
    error_code text,
    program text,
    PRIMARY KEY (station_id, at, key),
    CONSTRAINT new_units_are_plain_numbers
        CHECK (good BETWEEN 0 AND 1e12 AND bad BETWEEN 0 AND 1e12),
    CONSTRAINT running_counts_are_plain_numbers
        CHECK (good_total BETWEEN 0 AND 1e15 AND bad_total BETWEEN 0 AND 1e15)
) PARTITION BY RANGE (at)
"""


class Migration(migrations.Migration):
    dependencies = [("production", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLE, "DROP TABLE production_signal")],
            state_operations=[
                migrations.CreateModel(
                    name="Signal",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "station_id",
                                "at",
                                "key",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("key", models.BigIntegerField()),
                        ("received_at", models.DateTimeField()),
                        ("good", models.FloatField(null=True)),
                        ("bad", models.FloatField(null=True)),
                        ("good_total", models.FloatField(null=True)),
                        ("bad_total", models.FloatField(null=True)),
                        ("productive", models.BooleanField(null=True)),
                        ("speed", models.FloatField(null=True)),
                        ("kwh", models.FloatField(null=True)),
                        ("kwh_total", models.FloatField(null=True)),
                        ("rssi", models.FloatField(null=True)),
                        ("available", models.BooleanField(null=True)),
                        ("error_code", models.TextField(null=True)),
                        ("program", models.TextField(null=True)),
                        (
                            "station",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="production.station",
                            ),
                        ),
                    ],
                    options={"db_table": "production_signal"},
                ),
                migrations.AddConstraint(
                    model_name="signal",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("good__range", (0, 1000000000000.0)), ("bad__range", (0, 1000000000000.0))
                        ),
                        name="new_units_are_plain_numbers",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="signal",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("good_total__range", (0, 1000000000000000.0)),
                            ("bad_total__range", (0, 1000000000000000.0)),
                        ),
                        name="running_counts_are_plain_numbers",
                    ),
                ),
            ],
        )
    ]
