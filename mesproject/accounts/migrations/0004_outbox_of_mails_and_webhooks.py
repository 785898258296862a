import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The outbox knows to the line how far a mail came, and holds the calls of webhooks, too."""

    dependencies = [
        ("accounts", "0003_ways_in_and_saved_screens"),
    ]

    operations = [
        # Until now nobody knew of these whether they were handed over.
        migrations.RunSQL(
            "UPDATE accounts_outboxmessage SET state = 'handed' WHERE state = 'sending'",
            migrations.RunSQL.noop,
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="expires_at",
            field=models.DateTimeField(blank=True, help_text="After this it is no news any more.", null=True),
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="headers",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="html",
            field=models.TextField(blank=True, verbose_name="HTML"),
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="kind",
            field=models.CharField(
                choices=[("mail", "Mail"), ("webhook", "Webhook")], default="mail", max_length=8
            ),
        ),
        migrations.AlterField(
            model_name="outboxmessage",
            name="due_at",
            field=models.DateTimeField(),
        ),
        migrations.AlterField(
            model_name="outboxmessage",
            name="recipient",
            field=models.CharField(max_length=500),
        ),
        migrations.AlterField(
            model_name="outboxmessage",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "Waiting"),
                    ("sending", "Being sent"),
                    ("handed", "Handed over, no answer"),
                    ("sent", "Sent"),
                    ("failed", "Given up"),
                ],
                default="waiting",
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="Endpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="Who listens, for example the name of the program.", max_length=64
                    ),
                ),
                (
                    "url",
                    models.URLField(
                        help_text="It is called by POST, over https.", max_length=500, verbose_name="address"
                    ),
                ),
                (
                    "types",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("issue.raised", "An issue is raised"),
                                ("issue.acknowledged", "… acknowledged"),
                                ("issue.escalated", "… escalated"),
                                ("issue.explained", "… explained"),
                                ("issue.ended", "… over"),
                            ],
                            max_length=32,
                        ),
                        size=None,
                        verbose_name="events",
                    ),
                ),
                ("secret", models.CharField(editable=False, max_length=64)),
                ("old_secret", models.CharField(blank=True, editable=False, max_length=64)),
                ("old_secret_until", models.DateTimeField(editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("last_success_at", models.DateTimeField(editable=False, null=True)),
                ("failing_since", models.DateTimeField(editable=False, null=True)),
                ("disabled_at", models.DateTimeField(editable=False, null=True, verbose_name="switched off")),
                ("note", models.CharField(blank=True, editable=False, max_length=300)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="endpoints",
                        to="accounts.company",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook",
                "ordering": ["name"],
            },
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="endpoint",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="messages",
                to="accounts.endpoint",
            ),
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("state__in", ["waiting", "sending"])),
                fields=["kind", "due_at"],
                name="outbox_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="outboxmessage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("endpoint", None), ("kind", "mail")),
                    models.Q(("endpoint__isnull", False), ("kind", "webhook")),
                    _connector="OR",
                ),
                name="a_webhook_has_an_endpoint",
                violation_error_message="A webhook's call has an endpoint, a mail has none.",
            ),
        ),
        migrations.AddConstraint(
            model_name="endpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(("types", []), _negated=True),
                name="an_endpoint_is_told_something",
                violation_error_message="Choose at least one event.",
            ),
        ),
    ]
