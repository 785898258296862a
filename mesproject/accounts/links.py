"""Coming in by a link in a mail, beside the password."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse

from mesproject.accounts import outbox, tries
from mesproject.accounts.models import LoginLink, User
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
        outbox.write(
            user.company, key=f"login-link:{digest(token)}", recipient=user.email,
            subject="Your link to Floorlight", body=MAIL.format(user=user, address=address), at=at,
        )  # fmt: skip


MAIL = """Hello {user},

open this address and press “Come in”. It works once, for the next 15 minutes:

{address}

If you did not ask for it, ignore this mail: nobody comes in by it but who reads it.
"""
