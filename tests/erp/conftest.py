"""What all tests of ERPs begin with."""

import pytest
from django.utils.timezone import now

from tests.erp.calls import HOUR, Erp


@pytest.fixture
def erp():
    return Erp().settle()


@pytest.fixture
def at():
    """A whole minute, some hours ago."""
    return now().replace(second=0, microsecond=0) - 6 * HOUR
