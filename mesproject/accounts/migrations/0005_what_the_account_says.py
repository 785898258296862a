from django.db import migrations, models

import mesproject.accounts.models.saved


class Migration(migrations.Migration):
    """What Busroot keeps with an account; and a filter or a dashboard may be empty."""

    dependencies = [
        ("accounts", "0004_outbox_of_mails_and_webhooks"),
    ]

    operations = [
        migrations.AddField(
            model_name="company",
            name="dashboard_config",
            field=models.TextField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="company",
            name="ends_on_quantity",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="What programs plan with a quantity ends by itself with it, unless they say otherwise.",
                verbose_name="runs end with their quantity",
            ),
        ),
        migrations.AlterField(
            model_name="dashboard",
            name="content",
            field=models.JSONField(blank=True, validators=[mesproject.accounts.models.saved.validate_size]),
        ),
        migrations.AlterField(
            model_name="savedfilter",
            name="content",
            field=models.JSONField(blank=True, validators=[mesproject.accounts.models.saved.validate_size]),
        ),
    ]
