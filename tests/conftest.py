"""What holds for every test."""

import gc
import os
from collections.abc import Iterator

import pytest
from django.utils import translation
from hypothesis import settings

from tests.cheaper import made_cheaper

# Of what is tried with invented histories `make test` tries some, `make test-all` the usual hundred.
settings.register_profile("some", max_examples=30)


def pytest_xdist_auto_num_workers() -> int:
    """One process more than cores: each waits now and then, for a browser, a broker or one that it has killed."""
    return (os.cpu_count() or 1) + 1


def pytest_configure(config: pytest.Config) -> None:
    """Each process of the tests is told what is run."""
    if config.option.markexpr == "not long":
        settings.load_profile("some")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with browsers and servers go first: what is left to share at the end is short."""
    slow = {item.path for item in items if _commits(item)}
    items.sort(key=lambda item: (item.get_closest_marker("browser") is None, item.path not in slow))


def pytest_collection_finish() -> None:
    """What has been imported stays: no search for garbage looks through it again, and there are fewer of them."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _commits(item: pytest.Item) -> bool:
    database = item.get_closest_marker("django_db")
    by_name = "transactional_db" in getattr(item, "fixturenames", ())
    return by_name or bool(database and database.kwargs.get("transaction"))


@pytest.fixture(scope="session", autouse=True)
def cheaper_tests() -> Iterator[None]:
    """No test pays again for what another has paid for."""
    with made_cheaper():
        yield


@pytest.fixture(autouse=True)
def nobodys_language() -> Iterator[None]:
    """A page is in its reader's language, and the thread that made it speaks that until the next one."""
    yield
    translation.deactivate()
