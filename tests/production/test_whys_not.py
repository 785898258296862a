"""Why a message is not understood: English for programs, and in the language of whoever reads it for people."""

import ast
import re
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from mesproject.accounts.retelling import retold
from production import opta, replay, topics, whys_not
from production.agents import Source, _told
from production.ingest import Parcel, record
from production.messages import Message, NotUnderstood, decode, decode_item
from production.mtconnect import xml
from production.mtconnect.mapping import Names
from production.mtconnect.observation import BadLine
from production.opta import Pin
from production.unpacking import LONGEST, Directory, unpack
from tests.make import make_company, make_device, make_station

NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)
INNER = whys_not.NO_FIELDS
STOOD = {"number": "17", "key": "line_speed", "source": "adapter 1.txt", "why": INNER}
TIME = "2026-03-11T12:00:00Z"
CONDITION = '<DeviceStream><C><Condition><Odd sequence="1"/></Condition></C></DeviceStream>'


def filled(sentence, why=INNER):
    """The sentence with something in each of its places."""
    names = re.findall(r"\{(\w+)\}", sentence)
    values = {name: STOOD.get(name, f"'{name} that stood here'") for name in names}
    return sentence.format(**values | {"why": why})


def in_german(text):
    with translation.override("de"):
        return retold(text, whys_not.ALL)


@pytest.mark.parametrize("sentence", whys_not.ALL)
def test_each_reason_is_told_in_the_readers_language_with_what_stood_in_its_places(sentence):
    with translation.override("de"):
        expected = filled(translation.gettext(sentence), why=translation.gettext(INNER))
    assert in_german(filled(sentence)) == expected != filled(sentence)


@pytest.mark.parametrize("sentence", whys_not.ALL)
def test_in_english_a_reason_stays_as_it_was_made(sentence):
    with translation.override("en"):
        assert retold(filled(sentence), whys_not.ALL) == filled(sentence)


def test_every_sentence_is_among_those_that_are_told():
    sentences = {value for name, value in vars(whys_not).items() if name.isupper() and isinstance(value, str)}
    assert sentences == set(whys_not.ALL)


# What arises


def written(argument):
    """Whether an argument is words in the code itself."""
    return isinstance(argument, ast.JoinedStr) or bool(isinstance(argument, ast.Constant) and argument.value)


def test_no_reason_is_written_where_it_arises():
    made = {"NotUnderstood": 1, "AgentError": 1, "BadLine": 1, "Became": 3, "Outcome": 2}
    seen, bare = 0, []
    for path in Path(settings.BASE_DIR, "production").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            place = made.get(getattr(getattr(call, "func", None), "id", ""))
            if place is None:
                continue
            seen += 1
            reasons = [*call.args[place : place + 1], *(k.value for k in call.keywords if k.arg == "reason")]
            bare += [f"{path.name}:{call.lineno}" for one in reasons if written(one)]
    assert seen > 40
    assert bare == []


def reason_of(read, said):
    """Why something is not understood: it is refused as a whole, or the first part of it."""
    try:
        found = read(said)
    except NotUnderstood as refused:
        return refused.reason
    return next(item.reason for item in found if isinstance(item, NotUnderstood))


def on_pin(value, **pin):
    """What a frame with this on its only pin says."""
    return [said for _, said in opta.signals(b'{"c1": %s}' % value, [Pin("c1", "A", **pin)])]


def in_file(form, text):
    """What a recording says."""
    return replay.FORMATS[form](text.splitlines(keepends=True), Names())


def of_m1(text):
    """What an agent says of one of its devices."""
    return xml.parse(text.encode(), device="M1")


adapter, json_lines, rows, document = (partial(in_file, form) for form in ("shdr", "jsonl", "csv", "xml"))
state, pulses = (partial(on_pin, meaning=meaning) for meaning in ("productive", "good"))
backwards = partial(pulses, scale=-1)
HEAD = '<MTConnectStreams><Header instanceId="1" nextSequence="2"/>'
ARISING = [
    (decode, b'{"line_speed": true}', "line_speed: Erwartet wird `float | null`, gekommen ist `bool`."),
    (decode, b'{"line_speed": -1}', "line_speed: Erwartet wird `float` >= 0.0."),
    (decode, b'{"rssi": 2000}', "rssi: Erwartet wird `float` <= 1000.0."),
    (decode, b'{"rssi": 1e999}', "rssi: Die Zahl ist zu groß oder zu klein."),
    (decode, b'{"id": ""}', "id: Der Text ist zu kurz; erlaubt sind mindestens 1 Zeichen."),
    (decode, b'{"boot": "%s"}' % (b"x" * 200), "boot: Der Text ist zu lang; erlaubt sind höchstens 128 Zeichen."),
    (decode, b'{"timestamp": "now"}', "timestamp: Das ist keine Zeit nach RFC 3339."),
    (decode, b"[]", "Erwartet wird `object`, gekommen ist `array`. Senden Sie ein JSON-Objekt mit Schlüsseln."),
    (decode_item, b"{}", "Der Schlüssel `station` fehlt. Senden Sie ein JSON-Objekt mit Schlüsseln."),
    (decode, b'{"a"', "Das ist kein JSON-Objekt: es bricht mittendrin ab. Senden Sie ein Objekt"),
    (decode, b"{x}", "das JSON ist fehlerhaft: object keys must be strings (Byte 1). Senden Sie"),
    (decode, b'{"program": "St\xf6r"}', "Das ist kein JSON-Objekt: das Byte 0xf6 an Stelle 2 ist kein UTF-8: "),
    (decode, b"{}", "Kein bekannter Schlüssel. Senden Sie mindestens einen von production_complete,"),
    (decode, b'{"timestamp": "2026-03-11T12:00:00"}', "timestamp hat keine Zeitzone."),
    (decode, b'{"program": "\\u0000"}', "program enthält ein NUL-Zeichen; senden Sie reinen Text."),
    (decode, b'{"production_count": 1, "production_count_good": 2}', "production_count sind dasselbe; senden Sie nur"),
    (topics.parse, "a/b", "Auf 'a/b' hört niemand. Verwenden Sie busroot/v2/{account}/signals/{station}."),
    (opta.decode, b"[]", "Das ist kein Telegramm: erwartet wird `object`, gekommen ist `array`. Senden Sie"),
    (state, b"7", "c1 ist 7; ein Zustandseingang ist 0 oder 1."),
    (pulses, b'"x"', "c1 ist 'x'; ein Eingang ist eine Zahl von 0 bis 1e12."),
    (backwards, b"2", "c1 ergibt nach der Skalierung -2. Berichtigen Sie seine Zuordnung."),
    (adapter, TIME, "Zeile 1: sie endet nach der Zeit."),
    (adapter, "12:30: x|a|b", "Zeile 1: '12:30: x' ist keine Zeit."),
    (adapter, f"{TIME}||b", "Zeile 1: ein Wert hat keinen Schlüssel."),
    (adapter, f"{TIME}|a|b|c|d|e", "Zeile 1: der Schlüssel 'e' hat keinen Wert."),
    (adapter, f"{TIME}|\0", "Zeile 1: sie enthält ein NUL-Zeichen oder ist zu lang."),
    (adapter, f"{TIME}|@ASSET@|1|--multiline--x", "Zeile 1: die Aufzeichnung endet in einem Block --multiline--."),
    (adapter, f"{TIME}|@ASSET@|1|--multiline--x" + "\ny" * 6000, "ein Block --multiline-- hat 5000 Zeilen"),
    (adapter, f"{TIME}|Part_Count|x: 5", "Part_Count ist 'x: 5'; ein Teilezähler ist eine einfache Zahl"),
    (json_lines, "\n{]", "Zeile 2: Das ist kein JSON-Objekt: das JSON ist fehlerhaft: "),
    (rows, "line_speed\nx", "Zeile 2: line_speed: Erwartet wird `float | null`, gekommen ist `str`."),
    (document, "<a", "Das ist kein einfaches XML: unclosed token: line 1, column 0. Ist es die Adresse"),
    (document, "<html/>", "Das ist 'html', nicht MTConnectStreams. Fragen Sie nach /current."),
    (document, "<MTConnectStreams/>", "Das Dokument hat keinen Header."),
    (document, '<MTConnectStreams><Header instanceId="x"/></MTConnectStreams>', "Id ist 'x', keine ganze Zahl."),
    (of_m1, f'{HEAD}<DeviceStream name="M2"/></MTConnectStreams>', "hat kein Gerät 'M1', aber: M2."),
    (document, f"{HEAD}{CONDITION}</MTConnectStreams>", "'ODD' ist keine Stufe einer Condition."),
    (document, '<MTConnectError><Error errorCode="BUSY">a: b</Error></MTConnectError>', "sagt BUSY: 'a: b'."),
    (document, "<MTConnectError/>", "Der Agent antwortete mit einem Fehler ohne Grund."),
]  # fmt: skip


@pytest.mark.parametrize(("read", "said", "told"), ARISING)
def test_what_arises_is_told_in_the_readers_language(read, said, told):
    assert told in in_german(reason_of(read, said))


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("adapter.txt", "adapter.txt: Zeile 3: sie endet nach der Zeit."),
        ("line 4, press.jsonl", "line 4, press.jsonl: Zeile 3: sie endet nach der Zeit."),
    ],
)
def test_a_reason_is_told_after_the_name_of_its_file(source, told):
    line = BadLine("bad_line", whys_not.NO_FIELDS, number=3, line="")
    assert in_german(whys_not.IN.format(source=source, why=line.reason)).startswith(told)


def test_a_reason_is_told_after_the_address_of_its_agent():
    source = Source(1, 1, "acme", "M1", "http://10.0.0.7:5000/", "", Names())
    refused = NotUnderstood("bad_value", whys_not.NO_COUNT.format(name="Part_Count", value="'x'"))
    told = in_german(_told(refused, source).reason)
    assert told.startswith("http://10.0.0.7:5000/: Part_Count ist 'x'; ein Teilezähler")


@pytest.mark.parametrize("said", ["x: " * 20_000, " is " * 20_000, "x: " * 500, " is " * 500])
def test_what_a_stranger_wrote_is_not_searched_for_long(said):
    began = time.perf_counter()
    in_german(said)
    assert time.perf_counter() - began < 1


def test_what_nobody_marked_stays_as_it_is():
    assert in_german("press.csv: field larger than field limit (131072)") == (
        "press.csv: field larger than field limit (131072)"
    )


@pytest.mark.django_db
def test_what_the_door_refuses_is_told_in_the_readers_language():
    station = make_station("M1")
    times = {
        "vor dem Jahr 2000": datetime(1999, 1, 1, tzinfo=UTC),
        "liegt in der Zukunft": NOON + timedelta(days=3),
        "mehr als 400 Tage zurück": NOON - timedelta(days=500),
        "Die Uhr des Senders geht 1:00:00 vor.": NOON + timedelta(hours=1),
    }
    parcels = [Parcel(station.company_id, "M1", Message(at=at, good=1.0), "mqtt") for at in times.values()]
    parcels += [Parcel(station.company_id, "M9", Message(), "mqtt"), Parcel(None, "", Message(), "mqtt")]
    outcomes = record(parcels, received_at=NOON, quarantine=False)
    told = [*times, "Keine Station hat den Code 'M9'.", "Kein Unternehmen hat dieses Konto."]
    for words, outcome in zip(told, outcomes, strict=True):
        assert words in in_german(outcome.reason)


@pytest.mark.django_db
def test_what_names_nobody_is_told_in_the_readers_language():
    gateway, _ = make_device(company=make_company(code="acme"), name="opta-1")
    sent = {
        f"busroot/v2/dau/{gateway.login}": (
            "{}",
            "Kein Eingang von acme/opta-1 ist einer Station zugeordnet.",
        ),
        "busroot/v2/dau/acme/gw-9": ("{}", "Kein aktives Gateway hat die Kennung 'acme/gw-9'."),
        "busroot/v2/other/signals/M1": ("{}", "Kein Unternehmen hat das Konto 'other'."),
        "busroot/v2/acme/signals/M1": (
            " " * (LONGEST + 1),
            "65537 Bytes; eine Nachricht hat höchstens 65536.",
        ),
    }
    for topic, (payload, told) in sent.items():
        [parcel] = unpack(topic, payload.encode(), Directory())
        assert told in in_german(parcel.message.reason)
