"""Why a message did not leave the building: kept in English, told in the language of whoever reads it. Pure."""

from __future__ import annotations

from mesproject.words import gettext_noop as _

NOT_USABLE = _("The mail server cannot be used: {error}")
BROKE_OFF = _("The mail server broke off: {error}")
BROKE_OFF_AFTER = _("The mail server broke off after the last line: {error}")
TOO_LATE = _("It could not be sent in time, and is no news any more.")
IS_OFF = _("The webhook is switched off.")
ANSWERED = _("It answered {status}.")
NO_ADDRESS = _("A webhook's address begins with https:// and names a host, without a password.")
NO_NAME = _("The name {host} cannot be resolved: {error}")
NOT_PUBLIC = _("{address} is not on the public internet, and WEBHOOK_NETWORKS does not allow it.")
NO_HTTPS = _("Without https a webhook may only lead to a network in WEBHOOK_NETWORKS.")

ALL = (
    NOT_USABLE, BROKE_OFF, BROKE_OFF_AFTER, TOO_LATE, IS_OFF, ANSWERED, NO_ADDRESS, NO_NAME, NOT_PUBLIC, NO_HTTPS,
)  # fmt: skip
