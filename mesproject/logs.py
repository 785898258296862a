"""What must never stand in a log."""

from __future__ import annotations

import logging
import re

# The token of a feed, or of a CSV download, is all that its reader needs.
_SECRET = re.compile(r"(/ical/|\btoken=)[^\s/?&\"']+")


class WithoutSecrets(logging.Filter):
    """Takes the tokens of feeds and downloads out of every line, whoever writes it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every line passes, without them."""
        text = record.getMessage()
        if "/ical/" in text or "token=" in text:
            record.msg, record.args = _SECRET.sub(r"\1…", text), ()
        return True
