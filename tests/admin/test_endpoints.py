"""Webhooks are made in the admin: their secret is shown once, and they lead nowhere inside."""

import json
import re

from mesproject.accounts.models import Endpoint
from tests.admin.one_of_each import address
from tests.admin.posting import errors_of, send
from tests.make import make_endpoint, make_outbox_message


def test_the_admin_shows_a_secret_once_and_refuses_addresses_inside(admin_client, company):
    wrong = {"name": "ERP", "url": "https://10.0.0.1/", "types": ["issue.raised"]}
    assert "not on the public internet" in errors_of(send(admin_client, address(Endpoint, "add"), wrong))[0]
    page = send(admin_client, address(Endpoint, "add"), wrong | {"url": "https://8.8.8.8/hook"})
    endpoint = Endpoint.objects.get()
    assert endpoint.company == company
    assert endpoint.secret in page.content.decode()
    assert endpoint.secret not in admin_client.get(address(Endpoint, "change", endpoint.pk)).content.decode()
    old = endpoint.secret
    page = admin_client.post(address(Endpoint, "deed", endpoint.pk, "rotate"))
    endpoint.refresh_from_db()
    assert endpoint.old_secret == old
    assert endpoint.secret in page.content.decode()
    admin_client.post(address(Endpoint, "deed", endpoint.pk, "test"))
    assert json.loads(endpoint.messages.get().body)["type"] == "webhook.test"
    admin_client.post(address(Endpoint, "deed", endpoint.pk, "disable"))
    endpoint.refresh_from_db()
    assert endpoint.disabled_at
    admin_client.post(address(Endpoint, "deed", endpoint.pk, "enable"))
    endpoint.refresh_from_db()
    assert endpoint.disabled_at is None


def test_the_admin_shows_the_calls_of_a_webhook_and_sends_them_again(admin_client, company):
    endpoint, other = (make_endpoint(company=company) for _ in range(2))
    calls = [(endpoint, 1, "sent"), (endpoint, 2, "failed"), (endpoint, 3, "failed"), (other, 9, "failed")]
    for to, number, state in calls:
        make_outbox_message(
            company=company, kind="webhook", endpoint=to, state=state, error="It answered 500.",
            subject=f"issue.raised: M{number}",
        )  # fmt: skip
    page = admin_client.get(address(Endpoint, "change", endpoint.pk)).content.decode()
    failed = re.search(r'href="([^"]+)">2 given up', page)[1].replace("&amp;", "&")
    calls = admin_client.get(failed).content.decode()
    assert [f"M{n}" for n in (1, 2, 3, 9) if f"issue.raised: M{n}" in calls] == ["M2", "M3"]
    assert "It answered 500." in calls
    admin_client.post(address(Endpoint, "deed", endpoint.pk, "again"))
    assert sorted(endpoint.messages.values_list("state", flat=True)) == ["sent", "waiting", "waiting"]
    assert other.messages.get().state == "failed"
