"""A mail server that takes real conversations, remembers what it accepted, and misbehaves when told.

As a process of its own, `python -m tests.accounts.mailserver PORT LOG SEED`, it misbehaves by chance.
"""

import asyncio
import json
import random
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller

from mesproject.servers.ports import any_free


class MailServer:
    """Accepts mails for everybody but those in `unknown`. `cut` breaks off after the last line, unanswered."""

    def __init__(self, port=None):
        self.port = port or any_free()
        self.accepted, self.unknown = [], set()
        self.cut = False
        self.answer, self.slowness = "250 taken", 0.0
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=10)

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address in self.unknown:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.answer.startswith("250"):
            self.accepted.append(message_from_bytes(envelope.content, policy=policy.default))
        time.sleep(self.slowness)  # the only conversation that matters
        if self.cut:
            server.transport.abort()
        return self.answer

    @property
    def times(self):
        """How often each mail was accepted, by its id."""
        return Counter(mail["Message-ID"] for mail in self.accepted)

    def __enter__(self):
        self._controller.start()
        return self

    def __exit__(self, *_):
        self._controller.stop()


def use(server, settings):
    """Let this process send through it."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port


class WildServer(MailServer):
    """Writes a line for each mail that came to its end, and does with it what chance says.

    `taken`; `cut`: taken, and the line breaks before the answer; `lost`: the line breaks, and it is not taken; `busy`.
    Some lines break long before.
    """

    FATES = {"taken": 80, "cut": 6, "lost": 6, "busy": 8}

    def __init__(self, port, log, seed, slowness=0.2):
        super().__init__(port)
        self._log, self._chance, self._slowness = log, random.Random(seed), slowness

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self._chance.random() < 0.05:
            server.transport.abort()
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        [fate] = self._chance.choices(list(self.FATES), list(self.FATES.values()))
        mail = message_from_bytes(envelope.content, policy=policy.default)
        await asyncio.sleep(self._chance.uniform(0, self._slowness))
        print(
            json.dumps({"fate": fate, "to": mail["To"], "subject": mail["Subject"]}),
            file=self._log,
            flush=True,
        )
        if fate in ("cut", "lost"):
            server.transport.abort()
        await asyncio.sleep(self._chance.uniform(0, self._slowness))
        return "451 too much to do" if fate == "busy" else "250 taken"


if __name__ == "__main__":
    port, path, seed = sys.argv[1:]
    with open(path, "a") as log, WildServer(int(port), log, int(seed)), suppress(KeyboardInterrupt):
        threading.Event().wait()
