"""How people come in beside their password: tokens of the API, links by mail; and how often that was tried."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from mesproject.accounts import secrets
from mesproject.accounts.models.companies import Owned, OwnedQuerySet
from mesproject.accounts.models.users import User

LINK_LIFETIME = timedelta(minutes=15)


class LoginQuerySet(OwnedQuerySet):
    def usable(self, at: datetime) -> Self:
        """Those that have neither ended nor run out, of people who may still come in."""
        return self.filter(revoked_at=None, expires_at__gt=at, user__is_active=True)

    def revoke(self, *, at: datetime) -> int:
        """Refuse all their tokens from now on."""
        return self.filter(revoked_at=None).update(revoked_at=at)


class Login(Owned):
    """A person who came in over the API. Of its refresh tokens only the newest is good, and that once."""

    company_path = "user__company"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="logins")
    current = models.CharField(max_length=32, unique=True, help_text=_("The id of the newest refresh token."))
    created_at = models.DateTimeField()
    used_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = LoginQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.user} since {self.created_at:%Y-%m-%d %H:%M}"

    def follow(self, presented: str, *, by: str, at: datetime, until: datetime) -> bool:
        """Let another refresh token take the place of the one presented; False if that is not the newest."""
        mine = Login.objects.usable(at).filter(pk=self.pk, current=presented)
        return bool(mine.update(current=by, used_at=at, expires_at=until))


class LoginLinkQuerySet(OwnedQuerySet):
    def waiting(self, token: str, at: datetime) -> Self:
        """The link behind a token, while it can be used."""
        found = self.filter(digest=secrets.digest(token), expires_at__gt=at, used_at=None)
        return found.filter(user__is_active=True).select_related("user")


class LoginLink(Owned):
    """A link that lets its reader in once. Only a digest of it is kept."""

    company_path = "user__company"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="links")
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    objects = LoginLinkQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.user} until {self.expires_at:%H:%M}"

    @classmethod
    def made_for(cls, user: User, *, at: datetime) -> str:
        """Make a link, and return its token; those that have run out are forgotten."""
        token = secrets.new_token()
        cls.objects.filter(user=user, expires_at__lte=at).delete()
        cls.objects.create(user=user, digest=secrets.digest(token), expires_at=at + LINK_LIFETIME)
        return token

    @classmethod
    def use(cls, token: str, *, at: datetime) -> User | None:
        """Whom a link lets in; None where it is wrong, used or too old, or where somebody was faster."""
        link = cls.objects.waiting(token, at).first()
        if link is None or not cls.objects.filter(pk=link.pk, used_at=None).update(used_at=at):
            return None
        return link.user


class Tries(models.Model):
    """How often a secret was guessed from one place, or of one person; of no company."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    since = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = _("tries")

    def __str__(self) -> str:
        return f"{self.count} since {self.since:%H:%M}"
