"""Televisions in weeks without anybody: six ways to break one, each marked within 15 seconds, each mended by itself.

The web process, the live process and PostgreSQL are the real ones, started and ended here.
"""

import signal
import time
import urllib.request
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.db import connections
from django.utils.timezone import now
from playwright.sync_api import expect

from mesproject.accounts.middleware import DEVICE_COOKIE
from mesproject.accounts.models import Device
from mesproject.servers.ports import any_free, listens
from mesproject.servers.process import end
from production.models import StationLive
from tests.live import live_process
from tests.make import make_device, make_issue, make_pattern, make_station
from tests.production.processes import wait_for

pytestmark = pytest.mark.long
SECOND = 1000
MARKED, MENDED = 15, 30


@pytest.fixture
def station():
    station = make_station("PRESS-4", name="Press 4")
    make_pattern(follows=station)
    StationLive.objects.create(station=station, status="running", since=now() - timedelta(minutes=5))
    return station


@pytest.fixture
def device(station):
    made, token = make_device(Device.Kind.DISPLAY, company=station.company)
    made.token = token
    return made


class Web:
    """The web process as a plant runs it."""

    def __init__(self, start):
        self._start, self.port, self.env = start, any_free(), {}
        self.url = f"http://localhost:{self.port}"

    def up(self):
        argv = [
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--no-ws",
        ]
        argv += [
            "--workers",
            "1",
            "--blocking-threads",
            "4",
            "--log-level",
            "warning",
            "mesproject.wsgi:application",
        ]
        self.process = self._start(*argv, **self.env)

        def answers():
            with suppress(OSError):
                return urllib.request.urlopen(f"{self.url}/healthz", timeout=2).status == 200

        wait_for(answers, "the web process", within=60)
        return self

    def down(self):
        end(self.process, first=signal.SIGKILL)


@pytest.fixture
def web(processes):
    return Web(processes).up()


@pytest.fixture
def hang(browser, device):
    """Hangs a television on a wall: a window that has the display's token."""
    contexts = []

    def hang(url, path="/board/", token=None):
        context = browser.new_context(viewport={"width": 960, "height": 540}, device_scale_factor=2)
        contexts.append(context)
        context.add_cookies([{"name": DEVICE_COOKIE, "value": token or device.token, "url": url}])
        page = context.new_page()
        page.goto(f"{url}{path}")
        expect(page.locator(".wall-page")).to_be_visible()
        page.wait_for_timeout(6 * SECOND)  # it has asked at least once
        assert not looks_old(page)
        return page

    yield hang
    for context in contexts:
        context.close()


def looks_old(page):
    """Whether people see that it is old: said by the script, or by the style sheet alone."""
    return page.evaluate(
        "document.documentElement.classList.contains('stale') && document.querySelector('.age').textContent !== ''"
        " || getComputedStyle(document.querySelector('.dead')).opacity === '1'"
    )


def marked(page):
    """How long it took until it was marked."""
    return took(lambda: looks_old(page), page, MARKED + 5)


def mended(page):
    """How long until it looks as before."""
    return took(lambda: not looks_old(page), page, MENDED + 30)


def took(so, page, within):
    began = time.monotonic()
    while time.monotonic() - began < within:
        with suppress(Exception):  # it is just being loaded anew
            if so():
                return time.monotonic() - began
        page.wait_for_timeout(200)
    raise AssertionError(f"not within {within} s")


def test_the_server_is_killed(web, hang):
    page = hang(web.url)
    web.down()
    assert marked(page) <= MARKED
    assert "old" in page.locator(".age").text_content()
    web.up()
    assert mended(page) <= MENDED


def test_the_network_is_cut(web, hang):
    page = hang(web.url)
    page.context.set_offline(True)
    assert marked(page) <= MARKED
    page.context.set_offline(False)
    assert mended(page) <= MENDED


def test_the_display_is_revoked_and_shows_a_code_until_it_is_brought_back(web, hang, device):
    page = hang(web.url)
    Device.objects.update(revoked_at=now())
    assert marked(page) <= MARKED
    expect(page.locator(".pairing-code")).to_be_visible(timeout=20 * SECOND)
    Device.objects.update(revoked_at=None)
    expect(page.locator(".one-state")).to_be_visible(timeout=MENDED * SECOND)
    assert not looks_old(page)


def test_the_database_is_stopped(web, hang, postgres):
    if postgres is None:
        pytest.skip("it is somebody else's")
    page = hang(web.url)
    connections.close_all()
    postgres.stop()
    try:
        assert marked(page) <= MARKED
    finally:
        postgres.start()
    assert mended(page) <= MENDED


class TestScript:
    def test_its_timers_die_and_are_started_again_before_anybody_notices(self, web, hang):
        page = hang(web.url)
        page.evaluate("for (var i = 0; i < 99999; i++) { clearTimeout(i); clearInterval(i); }")
        with page.expect_request(lambda request: "x-poll" in request.headers, timeout=25 * SECOND):
            pass
        assert mended(page) <= MENDED

    def test_it_cannot_show_what_it_is_told_and_loads_itself_anew(self, web, hang, station):
        page = hang(web.url)
        page.evaluate(
            "Object.defineProperty(Element.prototype, 'innerHTML', { set: function () { throw new Error('broken'); } })"
        )
        StationLive.objects.update(version=99)
        assert marked(page) <= MARKED + 5  # until the next poll the old words are still true
        assert mended(page) <= MENDED
        assert page.evaluate("performance.now()") < 60 * SECOND

    def test_it_hangs_altogether(self, web, hang):
        page = hang(web.url)
        page.evaluate("window.floorlight.shown = window.floorlight.wake = null; window.floorlight = null;"
                      "for (var i = 0; i < 99999; i++) { clearTimeout(i); clearInterval(i); }"
                      "window.setTimeout = window.setInterval = function () {};")  # fmt: skip
        assert marked(page) <= MARKED

    def test_it_never_came_and_the_page_is_loaded_anew(self, web, hang, browser, device):
        context = browser.new_context(viewport={"width": 960, "height": 540})
        context.add_cookies([{"name": DEVICE_COOKIE, "value": device.token, "url": web.url}])
        context.route("**/live.js", lambda route: route.abort())
        page = context.new_page()
        page.goto(f"{web.url}/board/")
        assert marked(page) <= MARKED
        assert page.locator("meta[http-equiv=refresh]").get_attribute("content") == "120"
        context.close()


class Between(ThreadingHTTPServer):
    """What stands between a television and its server: it passes on, hangs, or answers nonsense."""

    daemon_threads = True

    def __init__(self, url):
        self.of, self.does = url, "pass"
        super().__init__(("127.0.0.1", 0), Passing)
        self.url = f"http://localhost:{self.server_port}"
        Thread(target=self.serve_forever, daemon=True).start()


class Passing(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.server.does == "hang":
            time.sleep(30)
            return
        if self.server.does == "nonsense":
            self._answer(200, {"Content-Type": "text/html"}, b"<h1>Welcome to the free Wi-Fi</h1>")
            return
        headers = {name: value for name, value in self.headers.items() if name != "Accept-Encoding"}
        try:
            with urllib.request.urlopen(
                urllib.request.Request(self.server.of + self.path, headers=headers)
            ) as got:
                self._answer(got.status, dict(got.headers), got.read())
        except urllib.error.HTTPError as error:
            self._answer(error.code, dict(error.headers), error.read())

    def _answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("does", ["hang", "nonsense"])
def test_something_between_hangs_or_answers_nonsense(web, hang, does):
    between = Between(web.url)
    page = hang(between.url)
    between.does = does
    assert marked(page) <= MARKED
    assert "Wi-Fi" not in page.content()
    between.does = "pass"
    assert mended(page) <= MENDED
    between.shutdown()
    between.server_close()


def test_without_the_live_process_it_says_that_news_come_every_five_seconds_only(processes, hang, station):
    with live_process() as live:
        web = Web(processes)
        web.env = {"LIVE_URL": live.url}
        page = hang(web.up().url)
        expect(page.locator(".lag")).to_be_hidden()
        port = live.port
    wait_for(lambda: not listens("127.0.0.1", port), "it to end")
    expect(page.locator(".lag")).to_be_visible(timeout=MARKED * SECOND)
    make_issue(station, started_at=now() - timedelta(minutes=5))
    expect(page.locator(".one-said")).to_contain_text("Nobody on it", timeout=7 * SECOND)
    assert not looks_old(page)
