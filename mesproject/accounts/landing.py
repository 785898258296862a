"""Where a person goes who has come in."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.contrib.auth import views as auth
from django.shortcuts import resolve_url

from mesproject.accounts.models import Role, User


def landing(user: User) -> str:
    """The first page; of a company without a plant its administrator is led through setting it up."""
    # The plants are above this part, and only asked for.
    plants = apps.get_model("production", "Plant")._default_manager
    if user.role == Role.ADMINISTRATOR and not plants.of(user.company_id).exists():
        return resolve_url("setup:overview")
    return resolve_url(settings.LOGIN_REDIRECT_URL)


class LoginView(auth.LoginView):
    """Django's own, which leads there."""

    template_name = "accounts/login.html"

    def get_default_redirect_url(self) -> str:
        """Where nobody wanted to go anywhere else."""
        assert isinstance(self.request.user, User)
        return landing(self.request.user)
