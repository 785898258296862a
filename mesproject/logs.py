"""What must never stand in a log."""

from __future__ import annotations

import logging
import re

# The token of a feed is all that its reader needs.
_SECRET = re.compile(r"(/ical/)[^\s/?\"']+")


class WithoutSecrets(logging.Filter):
    """Takes the tokens of feeds out of every line, whoever writes it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every line passes, without them."""
        text = record.getMessage()
        if "/ical/" in text:
            record.msg, record.args = _SECRET.sub(r"\1…", text), ()
        return True
