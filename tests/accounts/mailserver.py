"""A mail server that takes real conversations, remembers what it accepted, and misbehaves when told."""

import time
from collections import Counter
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller

from mesproject.servers.ports import any_free


class MailServer:
    """Accepts mails for everybody but those in `unknown`. `cut` breaks off after the last line, unanswered."""

    def __init__(self):
        self.port = any_free()
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
