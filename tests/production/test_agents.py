"""Following an agent: a real little one that serves recorded and made documents."""

import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from production import heard
from production.agents import Follower, Poller, Source, fetch, sources
from production.messages import NotUnderstood
from production.models import MTConnectSource, Signal
from production.mtconnect.mapping import Names
from tests.make import make_station
from tests.production import recordings
from tests.production.processes import wait_for

NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)


class Agent:
    """An agent with one machine, whose observations are added by the test; its buffer is finite."""

    def __init__(self):
        self.instance, self.first, self.said, self.now = 1, 1, [], NOON
        self.document = None
        self.asked = []

    def say(self, kind: str, value: str, *, at: datetime | None = None) -> None:
        self.said.append((len(self.said) + self.first, kind, value, at or self.now))

    def restart(self) -> None:
        self.instance, self.first, self.said = self.instance + 1, 1, []

    def answer(self, path: str) -> tuple[int, bytes]:
        self.asked.append(path)
        if self.document is not None:
            return 200, self.document
        parts = urlsplit(path)
        said = self.said
        if parts.path.endswith("/sample"):
            begin = int(parse_qs(parts.query)["from"][0])
            following = self.first + len(self.said)
            if not self.first <= begin <= following:
                errors = '<Errors><Error errorCode="OUT_OF_RANGE">from</Error></Errors>'
                return 404, f"<MTConnectError><Header/>{errors}</MTConnectError>".encode()
            said = [one for one in self.said if one[0] >= begin]
        else:
            said = list({kind: (number, kind, value, at) for number, kind, value, at in said}.values())
        return 200, self._streams(said)

    def _streams(self, said) -> bytes:
        events = "".join(
            f'<{kind} dataItemId="{kind}" sequence="{number}" timestamp="{at.isoformat()}">{value}</{kind}>'
            for number, kind, value, at in said
        )
        header = (
            f'<Header instanceId="{self.instance}" nextSequence="{self.first + len(self.said)}"'
            f' creationTime="{self.now.isoformat()}"/>'
        )
        stream = f"<ComponentStream><Events>{events}</Events></ComponentStream>"
        device = f'<DeviceStream name="Mill" uuid="1">{stream}</DeviceStream>'
        return f"<MTConnectStreams>{header}<Streams>{device}</Streams></MTConnectStreams>".encode()


@pytest.fixture
def agent():
    one = Agent()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = one.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    one.url = f"http://127.0.0.1:{server.server_port}/"
    yield one
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def follower(agent, tmp_path):
    return follow(agent, tmp_path)


def follow(agent, folder, **names) -> Follower:
    return Follower(Source(1, 1, "acme", "M1", agent.url, "", Names(**names)), folder / "1.json")


def ask(follower):
    said = follower.take(fetch(follower.address))
    follower.keep()
    return said


def test_an_agent_is_asked_for_everything_once_and_then_for_what_is_new(agent, follower):
    agent.say("Execution", "ACTIVE")
    [first] = ask(follower)
    assert (first.at, first.productive) == (NOON, True)
    assert ask(follower) == []
    agent.say("Execution", "READY", at=NOON + timedelta(seconds=5))
    [second] = ask(follower)
    assert (second.at, second.productive) == (NOON + timedelta(seconds=5), False)
    assert agent.asked == ["/current", "/sample?from=2&count=2000", "/sample?from=2&count=2000"]


def test_what_happened_while_we_were_away_is_read_when_we_are_back(agent, tmp_path):
    agent.say("Execution", "ACTIVE")
    ask(follow(agent, tmp_path, count_by="program_end"))
    agent.say("Execution", "PROGRAM_COMPLETED", at=NOON + timedelta(seconds=1))
    agent.say("Execution", "ACTIVE", at=NOON + timedelta(seconds=2))
    agent.say("Execution", "PROGRAM_COMPLETED", at=NOON + timedelta(seconds=3))
    said = ask(follow(agent, tmp_path, count_by="program_end"))
    assert [message.good for message in said] == [1, None, 1]


def test_what_could_not_be_stored_is_read_again(agent, follower):
    agent.say("Execution", "ACTIVE")
    ask(follower)
    agent.say("PartCount", "7")
    first = follower.take(fetch(follower.address))
    follower.back()
    assert follower.take(fetch(follower.address)) == first != []


def test_an_agent_that_was_started_anew_is_asked_for_everything(agent, follower):
    for n in range(5):
        agent.say("PartCount", str(n), at=NOON + timedelta(seconds=n))
    ask(follower)
    agent.restart()
    agent.say("PartCount", "9", at=NOON + timedelta(seconds=9))
    said = [*ask(follower), *ask(follower), *ask(follower)]
    assert [message.good_total for message in said] == [9]


def test_where_the_agent_has_forgotten_the_present_is_read(agent, follower):
    agent.say("PartCount", "1")
    ask(follower)
    agent.first, agent.said = 500, []
    agent.say("PartCount", "8")
    said = [*ask(follower), *ask(follower)]
    assert [message.good_total for message in said] == [8]


def test_a_machine_at_rest_is_known_to_be_there_while_its_agent_answers(agent, follower):
    agent.say("Execution", "READY")
    ask(follower)
    said = []
    for _ in range(9):
        agent.now += timedelta(seconds=10)
        said += ask(follower)
    assert [(message.at - NOON).seconds for message in said] == [30, 60, 90]
    assert all(message.available for message in said)
    agent.say("Execution", "UNAVAILABLE")
    assert [message.available for message in ask(follower)] == [False]
    agent.now += timedelta(minutes=5)
    assert ask(follower) == []


def test_a_real_agent_s_documents_are_followed(agent, follower):
    agent.document = recordings.document("nist-mtc-hurco/mtconnect_xml/Cover-Hurco04-02of20.xml.gz")
    said = ask(follower)
    assert said[0].productive is True
    assert follower.address.endswith("/sample?from=843184&count=2000")


def test_a_damaged_memory_is_no_memory(agent, tmp_path):
    (tmp_path / "1.json").write_text("{")
    assert follow(agent, tmp_path).address.endswith("/current")


def test_a_device_is_asked_for_by_its_name(agent, tmp_path):
    source = Source(1, 1, "acme", "M1", agent.url, "Mill 7", Names())
    assert Follower(source, tmp_path / "1.json").address == f"{agent.url}Mill%207/current"


@pytest.fixture
def poller(tmp_path):
    one = Poller(tmp_path, now=lambda: datetime.now(UTC))
    yield one
    one.close()


def turn_until(poller, condition, what: str) -> None:
    def turned():
        poller.turn()
        return condition()

    wait_for(turned, what)


@pytest.mark.django_db
def test_all_agents_are_followed_and_one_that_is_dead_or_mad_keeps_nobody_waiting(agent, poller, caplog):
    stations = [make_station() for _ in range(3)]
    mad = Agent()
    urls = [agent.url, "http://127.0.0.1:9/", "file:///etc/passwd"]
    for station, url in zip(stations, urls, strict=True):
        MTConnectSource.objects.create(station=station, url=url)
    assert [source.url for source in sources()] == urls[:2]
    agent.say("Execution", "ACTIVE")
    found = Signal.objects.filter(station=stations[0])
    turn_until(poller, found.exists, "the signal")
    turn_until(poller, lambda: poller.followers[stations[1].pk].trouble, "the trouble")
    assert found.get().productive is True
    agent.document = b"<html>"
    turn_until(poller, lambda: poller.followers[stations[0].pk].trouble, "the trouble")
    agent.document = None
    agent.say("Execution", "READY", at=NOON + timedelta(seconds=1))
    turn_until(poller, lambda: found.count() == 2, "the second signal")
    assert not poller.followers[stations[0].pk].trouble
    assert mad.asked == []


@pytest.mark.django_db
def test_what_an_agent_has_forgotten_is_told_to_who_looks_at_its_connection(agent, poller, valkey):
    heard._Away.until = 0.0
    station = make_station()
    MTConnectSource.objects.create(station=station, url=agent.url)
    agent.say("Execution", "ACTIVE")
    turn_until(poller, Signal.objects.filter(station=station).exists, "the signal")
    agent.first, agent.said = 500, []
    agent.say("Execution", "READY")
    ring = [heard.of_station(station.company_id, station.code)]
    turn_until(poller, lambda: any(one.became[0].verdict == "lost" for one in heard.last(ring)), "the loss")
    [lost] = [one.became[0] for one in heard.last(ring) if one.became[0].verdict == "lost"]
    assert "from number 2 on" in lost.reason


def test_an_answer_that_is_none_is_refused(agent, follower):
    for document in (b"", b"<html/>", b"<MTConnectError><Header/></MTConnectError>"):
        agent.document = document
        with pytest.raises(NotUnderstood):
            follower.take(fetch(follower.address))


def test_the_memory_is_written_when_there_is_something_new_only(agent, follower, tmp_path):
    agent.say("Execution", "ACTIVE")
    ask(follower)
    before = (tmp_path / "1.json").stat().st_mtime_ns
    time.sleep(0.01)
    ask(follower)
    assert (tmp_path / "1.json").stat().st_mtime_ns == before
