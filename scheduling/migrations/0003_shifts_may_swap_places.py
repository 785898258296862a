from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0002_events_rotations_and_written_plans")]

    operations = [
        migrations.RemoveConstraint(model_name="patternshift", name="one_shift_at_a_time_in_a_pattern"),
        migrations.AddConstraint(
            model_name="patternshift",
            constraint=models.UniqueConstraint(
                deferrable=models.Deferrable["DEFERRED"],
                fields=("pattern", "day", "start_minute"),
                name="one_shift_at_a_time_in_a_pattern",
                violation_error_message="Another shift begins at that time.",
            ),
        ),
    ]
