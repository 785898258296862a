"""A real Chromium against the real pages, with the tick and the live process running beside them."""

import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connection
from django.test import Client
from django.utils.timezone import now
from pytest_django.live_server_helper import LiveServer

from mesproject.accounts.middleware import DEVICE_COOKIE
from mesproject.servers.ports import any_free
from mesproject.servers.process import end, spawn
from production.models import StationLive
from tests.browser.walking import Walk, lived_a_day
from tests.make import make_cause, make_device, make_issue, make_pattern, make_station
from tests.production.processes import WITHOUT_CHECKS, database_url, wait_for

FIVE_MINUTES = timedelta(minutes=5)
CHECKOUT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

# pytest-playwright runs an event loop in the thread of the tests; our pages and queries are synchronous.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    # Without windows it does half the work; a whole one draws them, though nobody sees them.
    whole = ("chromium", "chromium-browser", "google-chrome")
    names = (os.environ.get("CHROMIUM", ""), "chromium-headless-shell", *whole)
    found = next(filter(None, map(shutil.which, names)), None)
    return {**browser_type_launch_args, "executable_path": found, "args": FLAGS}


class EndingServer(ThreadedWSGIServer):
    """Ends with its last answer: requests that it has begun are waited for, connections that idle are cut."""

    daemon_threads = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.taken = []

    def process_request(self, request, client_address):
        self.taken.append(request)
        super().process_request(request, client_address)

    def server_close(self):
        for one in self.taken:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RD)
        super().server_close()


@pytest.fixture
def live_server(transactional_db):
    """pytest-django's, but one for each test and gone before its database is emptied.

    Else a page's last poll holds tables that TRUNCATE wants, and wants those that TRUNCATE holds.
    """
    server = LiveServer("localhost", start=False)
    server.thread.server_class = EndingServer
    server.start()
    yield server
    server.stop()


@pytest.fixture
def processes(transactional_db, tmp_path):
    """Starts our processes on the test's database, and ends them."""
    running: list[subprocess.Popen[bytes]] = []

    def start(*command, **env):
        variables = os.environ | {"DATABASE_URL": database_url(), "FLOORLIGHT_DATA": str(tmp_path)} | env
        with (tmp_path / f"{len(running)}.log").open("ab") as log:
            process = spawn([sys.executable, *command], env=variables, output=log)
        running.append(process)
        return process

    yield start
    for process in running:
        end(process)


@pytest.fixture
def tick(processes):
    """The real tick."""
    return processes(str(CHECKOUT / "manage.py"), "tick", WITHOUT_CHECKS)


@pytest.fixture
def nudges(processes, settings):
    """The real live process; pages find it by its address."""
    port = any_free()
    settings.LIVE_URL = f"http://127.0.0.1:{port}"
    processes("-m", "uvicorn", "mesproject.live:application", "--port", str(port), "--log-level", "warning")

    def up():
        with suppress(OSError):
            urllib.request.urlopen(f"{settings.LIVE_URL}/nowhere", timeout=1)
        return listening(port)

    wait_for(up, "the live process")


def listening(port):
    """Whether somebody answers there, and PostgreSQL has somebody who listens."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN %%'")
        return cursor.fetchone()[0] > 0


@pytest.fixture
def places(transactional_db):
    """A day of the demo plant, and what addresses are filled in with."""
    return lived_a_day()


@pytest.fixture
def look(browser, live_server, settings):
    """Opens a page in a theme, keeps its picture, and says what is wrong with it."""
    walk = Walk(browser, live_server, settings)
    yield walk.look
    walk.close()


@pytest.fixture
def problems():
    """What the browser complained about, on all pages of the test; nothing is expected."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def open_page(browser, live_server, problems):
    """Opens a page as a user, in a browser window of its own."""
    contexts = []

    def open_page(user, path, *, width=1280, height=800, scale=1, touch=False):
        size = {"width": width, "height": height}
        context = browser.new_context(viewport=size, device_scale_factor=scale, has_touch=touch)
        contexts.append(context)
        client = Client()
        client.force_login(user)
        name = django_settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(f"{path}: {error}"))
        page.on("dialog", lambda dialog: problems.append(f"{path}: dialog {dialog.message}"))
        page.on("console", lambda message: _note(problems, path, message))
        page.goto(f"{live_server.url}{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def station():
    """One that has stood still for five minutes."""
    station = make_station(name="Press 4")
    make_pattern(follows=station)
    StationLive.objects.create(station=station, status="stopped", since=now() - FIVE_MINUTES)
    return station


@pytest.fixture
def issue(station):
    """The stop it stands in."""
    return make_issue(station, started_at=now() - FIVE_MINUTES)


@pytest.fixture
def causes(station):
    """A branch with one cause below it, and a cause beside."""
    material = make_cause("MAT", company=station.company, description="Material")
    make_cause("COIL", parent=material, description="Coil change")
    make_cause("CRANE", company=station.company, description="Waiting for crane")
    return material


@pytest.fixture
def at_tablet(browser, live_server, problems):
    """Opens a station's page at a tablet that was enrolled for it, and waits until it has all at hand."""
    contexts = []

    def at_tablet(station, *, url=live_server.url, by=browser, clock=None):
        _, token = make_device("tablet", company=station.company)
        context = by.new_context(viewport={"width": 1280, "height": 800}, has_touch=True)
        contexts.append(context)
        context.add_cookies([{"name": DEVICE_COOKIE, "value": token, "url": url}])
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        if clock:
            clock(page)
        with page.expect_response(lambda answer: "/at-hand/" in answer.url):
            page.goto(f"{url}/tablet/{station.uuid}/")
        return page

    yield at_tablet
    for context in contexts:
        context.close()


@pytest.fixture
def tablet(station, at_tablet):
    """An enrolled tablet that shows the station."""
    return at_tablet(station)


def _note(problems, path, message):
    """Errors count; a connection that a test has cut, and what is refused with a sentence, do not."""
    expected = ("ERR_", "409", "401", "422")
    if message.type == "error" and not any(word in message.text for word in expected):
        problems.append(f"{path}: {message.text}")
