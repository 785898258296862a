"""Calling another program's address: signed, quickly, and never where nobody asked us to go."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from contextlib import closing, suppress
from datetime import datetime

from mesproject.accounts import signatures, whys_not
from mesproject.accounts.carriers import Away, Carrier, Refused
from mesproject.accounts.destinations import Destination, Forbidden, Unknown, destination
from mesproject.accounts.models import Endpoint, OutboxMessage
from mesproject.accounts.models.endpoints import WANTS_NO_MORE

STEP_S, WHOLE_S = 5, 10
GONE = 410


class WebhookCarrier(Carrier):
    """Calls of webhooks. An endpoint that fails once is not called again in this run."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self._now = now

    def carry(self, message: OutboxMessage) -> None:
        """Call it; any answer but 2xx means again, later: the id tells the receiver that it is the same."""
        endpoint = message.endpoint
        assert endpoint
        if endpoint.disabled_at:
            raise Refused(whys_not.IS_OFF)
        try:
            status = post(endpoint, message, at=self._now)
        except Forbidden as error:
            self._failed(endpoint, str(error))
            raise Refused(str(error)) from error
        except (Unknown, OSError, http.client.HTTPException, ValueError) as error:
            self._failed(endpoint, said := f"{type(error).__name__}: {error}")
            raise Away(said) from error
        if status == GONE:
            endpoint.disable(WANTS_NO_MORE, at=self._now)
            raise Refused(whys_not.ANSWERED.format(status=GONE))
        if not 200 <= status < 300:
            self._failed(endpoint, said := whys_not.ANSWERED.format(status=status))
            raise Away(said)
        endpoint.succeeded(self._now)

    def _failed(self, endpoint: Endpoint, why: str) -> None:
        self.away.add(endpoint.pk)
        endpoint.failed(why, self._now)


def post(endpoint: Endpoint, message: OutboxMessage, *, at: datetime) -> int:
    """The status that the endpoint answers; a redirection is an answer like any other, and not followed."""
    body = message.body.encode()
    signed = signatures.headers(
        endpoint.secrets(at), id=f"msg_{message.pk}", timestamp=int(at.timestamp()), body=body
    )
    to = destination(endpoint.url)
    given = {"Host": to.netloc, "Content-Type": "application/json", "User-Agent": "Floorlight", **signed}
    with closing(_Connection(to)) as connection, _deadline(connection):
        connection.request("POST", to.path, body, given)
        # What it says beside the status is nobody's business here, however long it is.
        return connection.getresponse().status


class _Connection(http.client.HTTPConnection):
    """To the one address that was checked, whatever the name means a moment later."""

    def __init__(self, to: Destination) -> None:
        super().__init__(to.host, to.port, timeout=STEP_S)
        self._to = to

    def connect(self) -> None:
        self.sock = socket.create_connection((self._to.address, self._to.port), STEP_S)
        if self._to.is_https:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._to.host)


class _deadline:  # noqa: N801  used like a function
    """Hang up when the whole call takes too long: each byte alone may be in time."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self._timer = threading.Timer(WHOLE_S, self._hang_up)
        self._timer.daemon = True
        self._connection = connection

    def _hang_up(self) -> None:
        with suppress(OSError, AttributeError):
            self._connection.sock.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
