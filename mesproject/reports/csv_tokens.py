"""Tokens that open stored reports in a browser, where no header can be sent: short-lived, and of one key."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt
from django.utils.crypto import salted_hmac

ALGORITHM = "HS256"
ISSUER, AUDIENCE = "floorlight", "csv"
LIFETIME = timedelta(minutes=5)
# Ours have 300 characters; nobody shall make us decode a megabyte.
LONGEST = 1_000
CLAIMS = ["iss", "aud", "exp", "iat", "nbf", "jti", "sub", "company"]


@dataclass(frozen=True, slots=True)
class Opens:
    """What a token is good for: the reports of a key, or one of them."""

    key: int
    company: int
    report: str = ""


def issue(opens: Opens, *, at: datetime) -> str:
    """A token for the next minutes."""
    claims = {
        "iss": ISSUER, "aud": AUDIENCE, "iat": at, "nbf": at, "exp": at + LIFETIME, "jti": uuid.uuid4().hex,
        "sub": str(opens.key), "company": opens.company,
    }  # fmt: skip
    return jwt.encode(claims | ({"report": opens.report} if opens.report else {}), _secret(), ALGORITHM)


def read(token: str) -> Opens | None:
    """What a token opens, or None where it is not ours, not for this, or not of this time."""
    if len(token) > LONGEST:
        return None
    try:
        claims = jwt.decode(
            token,
            _secret(),
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": CLAIMS},
        )
        return Opens(int(claims["sub"]), int(claims["company"]), str(claims.get("report", "")))
    except (jwt.InvalidTokenError, ValueError, TypeError):
        return None


def _secret() -> bytes:
    """A key of its own, so that nothing else that is signed with ours opens a report."""
    return salted_hmac("mesproject.reports.csv_tokens", ALGORITHM, algorithm="sha256").digest()
