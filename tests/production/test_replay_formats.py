"""What a recording may look like, and when its messages are due."""

import gzip
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from production import replay
from production.messages import Message, NotUnderstood, decode
from production.mtconnect.mapping import Names
from tests.production import recordings

NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)
SHDR = "2026-03-11T12:00:00Z|execution|ACTIVE\n2026-03-11T12:01:00Z|Part_Count|7\n"
JSONL = '{"timestamp": "2026-03-11T12:00:00Z", "productive": 1}\n\n{"production_count": 7}\n'
CSV = 'timestamp,"production_count_good",productive,error_code\n2026-03-11T12:00:00Z,7,,\n,,1,17\n'


def written(tmp_path, text: str, name: str = "recording.txt"):
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def read(path, form: str) -> list[replay.Item]:
    with replay.opened(path) as recording:
        found = list(replay.FORMATS[form](recording.lines(), Names()))
        assert recording.fraction == 1
    return found


@pytest.mark.parametrize(("text", "form"), [(SHDR, "shdr"), (JSONL, "jsonl"), (CSV, "csv"), ("<a/>", "xml")])
@pytest.mark.parametrize("name", ["recording", "recording.gz"])
def test_a_recording_is_recognised_by_what_it_says(tmp_path, text, form, name):
    assert replay.recognise(written(tmp_path, "\ufeff" + text, name)) == form


@pytest.mark.parametrize("text", ["", "hello\n", "a,b,c\n1,2,3\n", "x|y|z\n" * 50])
def test_what_is_no_recording_is_said_to_be_none(tmp_path, text):
    with pytest.raises(replay.Unreadable, match="neither adapter lines"):
        replay.recognise(written(tmp_path, text))


def test_every_format_becomes_messages(tmp_path):
    active = Message(at=NOON, productive=True, available=True)
    assert read(written(tmp_path, SHDR), "shdr") == [
        active,
        Message(at=NOON + timedelta(minutes=1), good_total=7.0),
    ]
    assert read(written(tmp_path, JSONL), "jsonl") == [
        Message(at=NOON, productive=True),
        Message(good_total=7.0),
    ]
    assert read(written(tmp_path, CSV), "csv") == [
        Message(at=NOON, good_total=7.0), Message(productive=True, error_code="17"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "form", "number"),
    [
        (SHDR + "garbage|garbage\n" + SHDR, "shdr", 3),
        (JSONL + '{"productive": 2}\n' + JSONL, "jsonl", 4),
        (CSV + "2026-03-11T12:00:00Z,-1,,\n,8,,\n", "csv", 4),
        (CSV + "yesterday,1,,\n,8,,\n", "csv", 4),
        (CSV + ",NaN,,\n,8,,\n", "csv", 4),
    ],
)
def test_a_bad_line_has_its_number_and_the_next_is_unharmed(tmp_path, text, form, number):
    found = read(written(tmp_path, text), form)
    [bad] = [item for item in found if isinstance(item, NotUnderstood)]
    assert bad.number == number
    assert isinstance(found[-1], Message)


def test_a_capture_wrapped_at_80_columns_is_refused_politely():
    path = recordings.files(["nist-mtc-hurco/raw_adapter/1-31-2017-Hurco02.txt"])[0]
    with pytest.raises(replay.Unreadable, match="unwrapped first"):
        replay.check(path, "shdr", Names())


def test_a_damaged_archive_is_told(tmp_path):
    path = tmp_path / "recording.gz"
    path.write_bytes(gzip.compress(SHDR.encode() * 1000)[:60])
    with pytest.raises(replay.Unreadable, match="damaged"):
        read(path, "shdr")


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(replay.Unreadable, match="cannot be read"):
        replay.recognise(tmp_path / "nothing")


def test_pauses_are_the_recording_s_divided_by_the_speed_and_no_longer_than_the_longest():
    pacer = replay.Pacer(speed=60, longest=10)
    seconds = [0, 60, 30, 120, 100_000, 100_060]
    assert [pacer.due(NOON + timedelta(seconds=n)) for n in seconds] == [0, 1, 0.5, 2, 12, 13]


def test_speed_zero_is_at_once():
    assert replay.Pacer(speed=0, longest=10).due(NOON) == 0


numbers = st.none() | st.floats(0, 1e12)
flags = st.none() | st.booleans()
texts = st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=128)
days = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1))
moments = st.none() | days.map(lambda at: at.replace(tzinfo=UTC))
sequences = st.none() | st.integers(0, 2**63 - 1)
messages = st.builds(
    Message, at=moments, id=texts.filter(lambda text: text != ""), boot=texts, seq=sequences,
    good=numbers, bad=numbers, good_total=numbers, bad_total=numbers, productive=flags, speed=numbers,
    kwh=numbers, kwh_total=numbers, rssi=st.none() | st.floats(-1000, 1000), available=flags,
    error_code=texts, program=texts, recorded=st.none() | st.just(True),
)  # fmt: skip


@given(messages.filter(lambda message: any(value is not None for value in message.measures())))
def test_a_message_survives_the_wire(message):
    assert decode(replay.to_wire(message)) == message


@given(st.text(max_size=300), st.sampled_from(sorted(replay.FORMATS)))
def test_no_text_breaks_any_format(text, form):
    for item in replay.FORMATS[form](text.splitlines(keepends=True), Names()):
        assert isinstance(item, Message | NotUnderstood)


@given(
    st.lists(
        st.dictionaries(
            st.text(max_size=9) | st.sampled_from(["timestamp", "productive"]), st.text(max_size=9)
        )
    )
)
def test_no_rows_break_the_csv_reader(rows):
    lines = ["timestamp,productive,production_count\n", *(",".join(row) + "\n" for row in rows)]
    for item in replay.from_csv(lines, Names()):
        assert isinstance(item, Message | NotUnderstood)
