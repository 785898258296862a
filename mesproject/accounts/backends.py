"""What a role may do in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend

from mesproject.accounts.models import Role, User

ONLY_ADMINISTRATORS = {"accounts.user", "accounts.apikey", "accounts.device", "accounts.company"}
SUPERVISORS_CHANGE = {
    "production.jobrun",
    "downtime.cause",
    "downtime.issue",
    "quality.reject",
    "quality.rejectreason",
}


class RoleBackend(ModelBackend):
    """Permissions follow from the user's role alone, never from groups or single grants."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Whether the role grants `app.action_model`."""
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        app, _, action_and_model = perm.partition(".")
        action, _, model = action_and_model.partition("_")
        return may(user_obj.role, action, f"{app}.{model}")

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Every role that may enter the admin may look at every part of it."""
        return bool(user_obj.is_active and user_obj.is_staff)


def may(role: str, action: str, model: str) -> bool:
    """Whether a role may view, add, change or delete rows of `app.model`."""
    if role == Role.ADMINISTRATOR:
        return True
    if action == "view":
        return role in (Role.READ_ONLY, Role.SUPERVISOR, Role.MEMBER)
    if role == Role.MEMBER:
        return model not in ONLY_ADMINISTRATORS
    return role == Role.SUPERVISOR and model in SUPERVISORS_CHANGE
