"""What a role may do in the admin; told to people in docs/roles.md."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.utils.timezone import now

from mesproject.accounts import tries
from mesproject.accounts.models import Role, User

# Who may come in, with what, and what they did: for administrators alone, also to look at.
ONLY_ADMINISTRATORS = frozenset(
    {
        "accounts.user",
        "accounts.apikey",
        "accounts.device",
        "accounts.endpoint",
        "accounts.outboxmessage",
        "auditlog.logentry",
        "scheduling.calendarfeed",
        "outgoing.subscription",
        "outgoing.summary",
        "builder.allowedaddress",
    }
)
# Everybody may see whose installation it is, and how its numbers are meant; only administrators may rename it,
# or change what every number of the past and the future says.
ONLY_ADMINISTRATORS_CHANGE = frozenset({"accounts.company", "reports.kpidefinition"})
# The floor's own business: what runs when, why it stopped, what was bad.
SUPERVISORS_CHANGE = frozenset(
    {
        "production.job",
        "production.jobdispatch",
        "production.jobimport",
        "production.jobrun",
        "production.signon",
        "production.handcount",
        "downtime.cause",
        "downtime.issue",
        "quality.reject",
        "quality.rejectreason",
        "accounts.savedfilter",
        "accounts.dashboard",
        "builder.savedreport",
    }
)


class RoleBackend(ModelBackend):
    """Permissions follow from the user's role alone, never from groups or single grants."""

    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        """The user of a name and a password; guessing ends in TooOften, wherever it is tried."""
        if request is None or not username:
            return super().authenticate(request, username, password, **kwargs)
        with tries.of_a_password(request, username, at=now()) as found:
            found.user = super().authenticate(request, username, password, **kwargs)
        return found.user

    def get_user(self, user_id: Any) -> User | None:
        """Whoever is logged in, with his company: no page is drawn without it."""
        found = User.objects.select_related("company").filter(pk=user_id).first()
        return found if found and self.user_can_authenticate(found) else None

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Whether the role grants `app.action_model`."""
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        app, _, action_and_model = perm.partition(".")
        action, _, model = action_and_model.partition("_")
        return may(user_obj.role, action, f"{app}.{model}")

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Every role that may enter the admin may look at some of every part of it."""
        return bool(user_obj.is_active and user_obj.is_staff)


def may(role: str, action: str, model: str) -> bool:
    """Whether a role may view, add, change or delete rows of `app.model`."""
    if role == Role.ADMINISTRATOR:
        return True
    if role == Role.OPERATOR or model in ONLY_ADMINISTRATORS:
        return False
    if action == "view":
        return True
    if role == Role.MEMBER:
        return model not in ONLY_ADMINISTRATORS_CHANGE
    return role == Role.SUPERVISOR and model in SUPERVISORS_CHANGE
