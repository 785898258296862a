"""What must never stand in a log."""

from __future__ import annotations

import logging
import re

# Where an address ends in a token, that is all its reader needs: of a feed, a login, a mailed report, a download.
_SECRET = re.compile(r"(/ical/|/login/link/|/unsubscribe/|/mails/(?:file|leave)/|\btoken=)[^\s/?&\"']+")


class WithoutSecrets(logging.Filter):
    """Takes tokens in addresses out of every line, whoever writes it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every line passes, without them."""
        text = record.getMessage()
        if _SECRET.search(text):
            record.msg, record.args = _SECRET.sub(r"\1…", text), ()
        return True
