"""Whether somebody whom an earlier request let in would be let in again as the same, for one question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from mesproject.accounts import secrets
from mesproject.accounts.middleware import DEVICE_COOKIE
from mesproject.accounts.viewers import Viewer

# xmin changes with every change of a row: of a password, a role, a language, a company's settings. Of a device all
# counts but its sign of life, which is written each minute.
QUESTION = """
    SELECT
        (SELECT concat_ws(' ', session.xmin, login.xmin, company.xmin)
            FROM django_session session
            JOIN accounts_user login ON login.id = %(user)s::bigint
            JOIN accounts_company company ON company.id = login.company_id
            WHERE session.session_key = %(session)s AND session.expire_date > now()),
        (SELECT concat_ws(' ', to_jsonb(device) - 'last_seen_at', company.xmin)
            FROM accounts_device device
            JOIN accounts_company company ON company.id = device.company_id
            WHERE device.digest = %(digest)s AND device.digest <> '' AND device.revoked_at IS NULL)
"""


@dataclass(frozen=True, slots=True)
class Pass:
    """By what a viewer was let in: the session of a user, the token of a device, or both."""

    user: int | None
    session: str
    digest: str

    @classmethod
    def of(cls, request: HttpRequest, viewer: Viewer) -> Pass:
        """What this request showed."""
        token = request.COOKIES.get(DEVICE_COOKIE, "")
        return cls(
            viewer.user.pk if viewer.user else None,
            request.COOKIES.get(settings.SESSION_COOKIE_NAME, "") if viewer.user else "",
            secrets.digest(token) if token else "",
        )

    @property
    def parameters(self) -> dict[str, Any]:
        """Those of the question."""
        return {"user": self.user, "session": self.session, "digest": self.digest}

    def standing(self, user: str | None, device: str | None) -> str | None:
        """What the answer means: it changes with each change of user and device; None where they are not let in."""
        is_let_in = user if self.user else device
        return f"{user}/{device}" if is_let_in else None
