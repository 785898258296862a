"""Tokens that machines carry: made once, shown once, kept only as a digest."""

import hashlib
import hmac
import secrets

# Crockford's alphabet: nothing in it can be misread on a tablet (no I, L, O, U).
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_token() -> str:
    """A token of 256 random bits, safe in a header, a cookie and an MQTT password."""
    return secrets.token_urlsafe(32)


def new_code(length: int = 8) -> str:
    """A code a person can type; 40 random bits at the default length."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(length))


def new_digits(length: int) -> str:
    """A code of digits only, for what lives a few minutes and is shown, not typed, by a stranger."""
    return "".join(secrets.choice("0123456789") for _ in range(length))


def digest(secret: str) -> str:
    """The SHA-256 of a high-entropy secret, as hex; a password hasher would only be slow here."""
    return hashlib.sha256(secret.encode()).hexdigest()


def masked(secret: str) -> str:
    """What the audit log shows of a secret or its digest: only that there is one."""
    return "••••" if secret else ""


def same(secret: str, expected_digest: str) -> bool:
    """Compare a secret with a digest in constant time."""
    return hmac.compare_digest(digest(secret), expected_digest)
