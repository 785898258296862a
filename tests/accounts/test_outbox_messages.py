"""Mail that hangs is shown, and sent again when a person says so."""

import pytest

from mesproject.accounts.models import OutboxMessage
from tests.make import NOON, make_outbox_message

pytestmark = pytest.mark.django_db
State = OutboxMessage.State


@pytest.mark.parametrize(("state", "again"), [("failed", 1), ("sending", 1), ("sent", 0), ("waiting", 0)])
def test_only_what_failed_or_hangs_is_sent_again(state, again):
    message = make_outbox_message(state=state, attempts=3, error="refused")
    assert OutboxMessage.objects.of(message.company).send_again(NOON) == again
    message.refresh_from_db()
    assert (message.state == State.WAITING) == (again == 1 or state == "waiting")
