"""Keys of programs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy, pgettext_lazy

from mesproject.accounts import secrets
from mesproject.accounts.models.companies import Company, Owned, OwnedQuerySet

# How long a rotated API key goes on working, so that its user can be changed over at leisure.
OVERLAP = timedelta(days=7)


class ApiKeyQuerySet(OwnedQuerySet):
    def usable(self, at: datetime) -> Self:
        """Keys that are neither revoked nor expired at this instant."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=at), revoked_at=None)

    def matching(self, token: str, at: datetime) -> ApiKey | None:
        """The usable key behind a token, or None."""
        prefix, _, secret = token.partition(".")
        key = self.usable(at).select_related("company").filter(prefix=prefix).first()
        return key if key and secrets.same(secret, key.digest) else None


class ApiKey(Owned):
    """A program's key to the API: `prefix.secret`, of which only the prefix and a digest are kept."""

    class Scope(models.TextChoices):
        SIGNALS = "signals", gettext_lazy("Send signals")
        READ = "read", pgettext_lazy("a scope", "Read")
        WRITE = "write", gettext_lazy("Read and write")
        ADMIN = "admin", gettext_lazy("Administer: users, keys and devices as well")

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(
        max_length=64, help_text=gettext_lazy("Who uses it, for example the name of the gateway.")
    )
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    scopes = ArrayField(models.CharField(max_length=16, choices=Scope))
    station_codes = ArrayField(
        models.CharField(max_length=32), default=list, blank=True,
        help_text=gettext_lazy("The only stations this key may name; empty means all of the company's."),
    )  # fmt: skip
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("API key")
        verbose_name_plural = gettext_lazy("API keys")
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def issue_token(self) -> str:
        """Give the key a new secret and return the whole token, the only time it can be seen. Not saved."""
        self.prefix, secret = secrets.new_code(12), secrets.new_token()
        self.digest = secrets.digest(secret)
        return f"{self.prefix}.{secret}"

    def rotate(self, *, at: datetime) -> tuple[ApiKey, str]:
        """Make a like key beside this one, which stays good for a week; return the new one and its token."""
        follower = ApiKey(
            company=self.company, name=self.name, scopes=self.scopes, station_codes=self.station_codes,
            expires_at=self.expires_at,
        )  # fmt: skip
        token = follower.issue_token()
        self.expires_at = min(filter(None, (self.expires_at, at + OVERLAP)))
        with transaction.atomic():
            self.save(update_fields=["expires_at"])
            follower.save()
        return follower, token

    def revoke(self, *, at: datetime) -> None:
        """Refuse the key from now on."""
        self.revoked_at = at
        self.save(update_fields=["revoked_at"])

    def note_use(self, at: datetime) -> None:
        """Remember when it was last used, to the minute: a write each time would cost more than the call."""
        if self.last_used_at is None or at - self.last_used_at > timedelta(minutes=1):
            ApiKey.objects.filter(pk=self.pk).update(last_used_at=at)

    def may(self, scope: str) -> bool:
        """Whether the key has this scope; writing includes reading, and administering includes both."""
        return scope in self.scopes or bool(set(INCLUDED_IN.get(scope, ())) & set(self.scopes))

    def may_name(self, station_code: str) -> bool:
        """Whether the key's station list, if it has one, holds this station."""
        return not self.station_codes or station_code in self.station_codes


INCLUDED_IN: dict[str, tuple[str, ...]] = {
    ApiKey.Scope.READ: (ApiKey.Scope.WRITE, ApiKey.Scope.ADMIN),
    ApiKey.Scope.WRITE: (ApiKey.Scope.ADMIN,),
}
