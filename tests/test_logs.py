"""Whatever a server says of an address whose end is a secret, the secret is not in it."""

import logging
import re

import pytest
from django.urls import get_resolver

from mesproject.accounts.secrets import new_token
from mesproject.logs import WithoutSecrets


def secret_addresses(patterns, before="/"):
    """Every address of ours in which a token stands."""
    for pattern in patterns:
        address = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from secret_addresses(pattern.url_patterns, address)
        elif "token" in pattern.pattern.converters:
            yield address


ADDRESSES = list(secret_addresses(get_resolver().url_patterns))


def test_there_are_such_addresses():
    assert len(ADDRESSES) >= 5


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_line_of_a_log_holds_the_token_of_an_address(address):
    token = f"{new_token()}:1wKq:{new_token()}"  # as those look that are signed
    path = re.sub(r"<[^>]*>", token, address)
    for said in (("%s: %s", "Service Unavailable", path), (f'GET "{path}" 200',)):
        record = logging.LogRecord("django.request", logging.ERROR, "", 1, said[0], said[1:], None)
        assert WithoutSecrets().filter(record)
        assert token[:43] not in record.getMessage()
        assert token[-43:] not in record.getMessage()
