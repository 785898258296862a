"""Webhooks are made in the admin: their secret is shown once, and they lead nowhere inside."""

import json

from mesproject.accounts.models import Endpoint
from tests.admin.one_of_each import address
from tests.admin.posting import errors_of, send


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
