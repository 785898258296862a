"""The conversation with the mail server, kept by ourselves to know to the line what it has and has not got."""

from __future__ import annotations

import re
import smtplib
from contextlib import suppress
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.message import sanitize_address

from mesproject.accounts import whys_not
from mesproject.accounts.carriers import Away, Carrier, Refused, Undecided
from mesproject.accounts.models import OutboxMessage
from mesproject.accounts.models.outbox import Superseded

# Lines of the message, as the protocol wants them: CRLF, and a dot at the start doubled.
LINE_END, DOT = re.compile(rb"\r\n|\r|\n"), re.compile(rb"(?m)^\.")


def leaves_here() -> bool:
    """Whether there is a mail server; without one mails stay on this machine, as files."""
    return "filebased" not in settings.EMAIL_BACKEND


class MailCarrier(Carrier):
    """Mails over one connection, which is opened for the first."""

    def __init__(self) -> None:
        super().__init__()
        self._backend: Any = get_connection()
        self._open = False

    def carry(self, message: OutboxMessage) -> None:
        """Up to the last line nothing is lost by trying again; behind it the answer decides."""
        mail = _mail_of(message, self._backend)
        content = LINE_END.sub(b"\r\n", mail.message().as_bytes())
        self._connect()
        if isinstance(smtp := getattr(self._backend, "connection", None), smtplib.SMTP):
            self._say(smtp, message, mail, DOT.sub(b"..", content))
        else:
            message.hand_over()
            self._backend.send_messages([mail])

    def close(self) -> None:
        """Say good-bye, where anybody is listening."""
        if self._open:
            self._open = False
            with suppress(smtplib.SMTPException, OSError):
                self._backend.close()

    def _connect(self) -> None:
        if self._open:
            return
        try:
            self._backend.open()
            self._open = True
        except (smtplib.SMTPException, OSError) as error:
            self.is_away = True
            raise Away(whys_not.NOT_USABLE.format(error=error)) from error

    def _say(self, smtp: smtplib.SMTP, message: OutboxMessage, mail: Any, content: bytes) -> None:
        try:
            smtp.ehlo_or_helo_if_needed()
            _agreed(smtp.mail(_bare(mail.from_email)), 250, everybody=True)
            _agreed(smtp.rcpt(_bare(message.recipient)), 250, 251)
            _agreed(smtp.docmd("DATA"), 354)
        except (Away, Refused):
            with suppress(smtplib.SMTPException, OSError):
                smtp.rset()
            raise
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up(smtp)
            raise Away(whys_not.BROKE_OFF.format(error=error)) from error
        try:
            message.hand_over()
        except Superseded:
            self._hang_up(smtp)  # without the last line: the server forgets it
            raise
        self._finish(smtp, content)

    def _finish(self, smtp: smtplib.SMTP, content: bytes) -> None:
        try:
            smtp.send(content.removesuffix(b"\r\n") + b"\r\n.\r\n")
            answer = smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up(smtp)
            raise Undecided(whys_not.BROKE_OFF_AFTER.format(error=error)) from error
        _agreed(answer, 250)

    def _hang_up(self, smtp: smtplib.SMTP) -> None:
        self._open = False
        smtp.close()
        self._backend.connection = None


def _agreed(answer: tuple[int, bytes], *wanted: int, everybody: bool = False) -> None:
    """Go on, or raise what an answer means. A 5xx is for ever, unless it concerns `everybody`'s mail."""
    code, text = answer
    if code in wanted:
        return
    said = f"{code} {text.decode(errors='replace')}"
    raise Refused(said) if 500 <= code < 600 and not everybody else Away(said)


def _mail_of(message: OutboxMessage, backend: Any) -> EmailMultiAlternatives:
    """The mail; its id is the same on every attempt, so that a reader's program can tell a repetition."""
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "localhost"
    own = {"Message-ID": f"<{message.pk}.{message.created_at:%Y%m%d%H%M%S%f}@{host}>"}
    mail = EmailMultiAlternatives(
        message.subject, message.body, to=[message.recipient], headers={**message.headers, **own},
        connection=backend,
    )  # fmt: skip
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    return mail


def _bare(address: str) -> str:
    """The address without the name, as the envelope wants it."""
    return parseaddr(sanitize_address(address, "utf-8"))[1]
