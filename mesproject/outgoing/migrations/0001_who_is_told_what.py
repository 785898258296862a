import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# With the event itself, whoever writes it and however many at once; nothing where nobody listens.
FUNCTION = """
CREATE FUNCTION floorlight_note_fresh_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM accounts_endpoint WHERE disabled_at IS NULL) THEN
        INSERT INTO outgoing_freshevent (event_id) SELECT id FROM fresh;
    END IF;
    RETURN NULL;
END
$$
"""
TRIGGER = """
CREATE TRIGGER events_are_fresh AFTER INSERT ON downtime_issueevent
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION floorlight_note_fresh_events();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ("accounts", "0004_outbox_of_mails_and_webhooks"),
        ("downtime", "0001_initial"),
        ('production', '0008_an_error_holds_until_it_has_gone'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FreshEvent',
            fields=[
                ('event_id', models.BigIntegerField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('about', models.CharField(max_length=120)),
                ('at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['at'], name='notices_by_age')],
                'constraints': [models.UniqueConstraint(fields=('user', 'about'), name='nobody_is_told_twice')],
            },
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('alerts', models.BooleanField(default=False, verbose_name='a stop that goes on')),
                ('alert_after', models.PositiveSmallIntegerField(default=5, help_text='A stop that is over sooner is not told.', validators=[django.core.validators.MaxValueValidator(1440)], verbose_name='after how many minutes')),
                ('escalations', models.BooleanField(default=False, verbose_name='a call for help')),
                ('daily', models.BooleanField(default=False, verbose_name='yesterday in numbers, each morning at seven')),
                ('quiet_from', models.TimeField(blank=True, null=True)),
                ('quiet_until', models.TimeField(blank=True, help_text="On the plant's clock. What still stands afterwards is told then; the summary comes in any case.", null=True)),
                ('groups', models.ManyToManyField(blank=True, help_text='Without a plant and a group you are told of everything.', related_name='+', to='production.stationgroup', verbose_name='groups of stations')),
                ('plants', models.ManyToManyField(blank=True, related_name='+', to='production.plant')),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='subscription', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('quiet_from', None), ('quiet_until', None)), models.Q(('quiet_from__isnull', False), ('quiet_until__isnull', False)), _connector='OR'), name='quiet_time_has_both_ends', violation_error_message='Say from when and until when it is to be quiet, or neither.'), models.CheckConstraint(condition=models.Q(('alert_after__lte', 1440)), name='an_alert_waits_a_day_at_most', violation_error_message='An alert waits a day at most.')],
            },
        ),
        migrations.CreateModel(
            name='Summary',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('due_at', models.DateTimeField()),
                ('written_at', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('error', models.TextField(blank=True)),
                ('plant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='summaries', to='production.plant')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('written_at', None)), fields=['due_at'], name='summaries_to_write')],
                'constraints': [models.UniqueConstraint(fields=('plant', 'day'), name='a_day_is_told_once')],
            },
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION floorlight_note_fresh_events()"),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER events_are_fresh ON downtime_issueevent"),
    ]
