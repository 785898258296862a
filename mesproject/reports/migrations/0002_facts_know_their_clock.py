from django.db import migrations, models


class Migration(migrations.Migration):
    """Facts that do not know by which clock they were summed are summed anew."""

    dependencies = [
        ("reports", "0001_facts"),
    ]

    operations = [
        migrations.AddField(
            model_name="factmark",
            name="timezone",
            field=models.CharField(default="", max_length=64),
        ),
        migrations.AddField(
            model_name="factmark",
            name="day_start",
            field=models.TimeField(null=True),
        ),
    ]
