import django.contrib.postgres.fields
import django.db.models.deletion
import mesproject.accounts.models.saved
from django.conf import settings
from django.db import migrations, models


def saved(name):
    """A filter or a dashboard: the same but for their names."""
    return migrations.CreateModel(
        name=name,
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("code", models.CharField(max_length=64)),
            ("name", models.CharField(max_length=128)),
            ("content", models.JSONField(validators=[mesproject.accounts.models.saved.validate_size])),
            ("created_at", models.DateTimeField(auto_now_add=True)),
            ("updated_at", models.DateTimeField(auto_now=True)),
            (
                "company",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="%(class)ss", to="accounts.company"
                ),
            ),
            (
                "user",
                models.ForeignKey(
                    blank=True, help_text="Whose it is; empty: everybody's.", null=True,
                    on_delete=django.db.models.deletion.CASCADE, related_name="%(class)ss", to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "ordering": ["code"],
            "abstract": False,
            "constraints": [
                models.UniqueConstraint(
                    fields=("company", "user", "code"), name=f"{name.lower()}_code_once_per_owner",
                    nulls_distinct=False, violation_error_message="There is one with this code already.",
                )
            ],
        },
    )


def of_a_user(plural):
    """The foreign key to the person."""
    return models.ForeignKey(
        on_delete=django.db.models.deletion.CASCADE, related_name=plural, to=settings.AUTH_USER_MODEL
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_audit_by_company")]

    operations = [
        migrations.AlterField(
            model_name="apikey",
            name="scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("signals", "Send signals"),
                        ("read", "Read"),
                        ("write", "Read and write"),
                        ("admin", "Administer: users, keys and devices as well"),
                    ],
                    max_length=16,
                ),
                size=None,
            ),
        ),
        migrations.CreateModel(
            name="Login",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "current",
                    models.CharField(help_text="The id of the newest refresh token.", max_length=32, unique=True),
                ),
                ("created_at", models.DateTimeField()),
                ("used_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("user", of_a_user("logins")),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="LoginLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("expires_at", models.DateTimeField(db_index=True)),
                ("used_at", models.DateTimeField(null=True)),
                ("user", of_a_user("links")),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="Tries",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("count", models.PositiveIntegerField()),
                ("since", models.DateTimeField(db_index=True)),
            ],
            options={"verbose_name_plural": "tries"},
        ),
        saved("SavedFilter"),
        saved("Dashboard"),
    ]
