"""What holds for every test."""

from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def nobodys_language() -> Iterator[None]:
    """A page is in its reader's language, and the thread that made it speaks that until the next one."""
    yield
    translation.deactivate()
