"""Coming in by a link in a mail, beside the password."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from mesproject.accounts import outbox, tries
from mesproject.accounts.languages import language_of
from mesproject.accounts.models import LoginLink, User
from mesproject.accounts.models.logins import LINK_LIFETIME
from mesproject.accounts.models.outbox import LETS_IN
from mesproject.accounts.secrets import digest

# An address may be several people's, each with a login of his own; nobody has more.
MOST = 5


def ask(request: HttpRequest, email: str, *, at: datetime) -> None:
    """Send a link to everybody with this address; what is answered does not tell whether there is anybody."""
    email = email.strip()
    tries.of_a_link(request, email, at=at)
    if "\x00" in email or not email:
        return
    people = User.objects.filter(email__iexact=email, is_active=True).select_related("company")
    for user in people.order_by("pk")[:MOST]:
        token = LoginLink.made_for(user, at=at)
        address = request.build_absolute_uri(reverse("login-by-link", args=[token]))
        with override(language_of(user)):
            subject = _("Your link to Floorlight")
            told = {"user": user, "address": address, "subject": subject}
            body, html = (render_to_string(f"mail/login_link.{kind}", told) for kind in ("txt", "html"))
        outbox.write(
            user.company, key=f"{LETS_IN}{digest(token)}", recipient=user.email, subject=subject, body=body,
            html=html, at=at, expires_at=at + LINK_LIFETIME,
        )  # fmt: skip
