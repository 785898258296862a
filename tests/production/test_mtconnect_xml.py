from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.messages import Message, NotUnderstood
from production.mtconnect.mapping import Names, Reader
from production.mtconnect.xml import AgentError, parse

HEADER = '<Header creationTime="2026-03-11T12:00:00Z" instanceId="7" nextSequence="42" version="{version}"/>'
STREAM = """
<DeviceStream name="Agent" uuid="a"><ComponentStream component="Agent"><Events>
  <Availability dataItemId="g1" sequence="1" timestamp="2026-03-11T11:00:00Z">AVAILABLE</Availability>
</Events></ComponentStream></DeviceStream>
<DeviceStream name="Mill" uuid="m-1"><ComponentStream component="Path">
 <Samples><Position dataItemId="x" sequence="9" timestamp="2026-03-11T11:59:59Z">1.5</Position></Samples>
 <Events>
  <PartCount dataItemId="p2" subType="TARGET" sequence="5" timestamp="2026-03-11T11:59:02Z">500</PartCount>
  <PartCount dataItemId="p1" subType="ALL" sequence="4" timestamp="2026-03-11T11:59:02Z">17</PartCount>
  <Execution dataItemId="e1" sequence="3" timestamp="2026-03-11T11:59:01.123456Z">ACTIVE</Execution>
  <Program dataItemId="n1" name="pgm" sequence="6" timestamp="2026-03-11T11:59:02Z">O1234</Program>
 </Events>
 <Condition>
  <Fault dataItemId="c1" nativeCode="414" sequence="8" timestamp="2026-03-11T11:59:03Z">HOT</Fault>
  <Normal dataItemId="c2" sequence="2" timestamp="2026-03-11T11:58:00Z" type="SYSTEM"/>
 </Condition>
</ComponentStream></DeviceStream>"""


def document(body: str = STREAM, version: str = "2.3") -> bytes:
    header = HEADER.format(version=version)
    space = f"urn:mtconnect.org:MTConnectStreams:{version}"
    return f'<MTConnectStreams xmlns="{space}">{header}<Streams>{body}</Streams></MTConnectStreams>'.encode()


@pytest.mark.parametrize("version", ["1.2", "1.3", "1.8", "2.0", "2.5"])
def test_any_version_is_read_in_the_agent_s_order(version):
    answer = parse(document(version=version))
    assert (answer.instance, answer.next_sequence) == (7, 42)
    assert answer.created_at == datetime(2026, 3, 11, 12, tzinfo=UTC)
    assert [found.kind for found in answer.observations] == [
        "Normal", "Execution", "PartCount", "PartCount", "Program", "Fault", "Position",
    ]  # fmt: skip


def test_an_agent_needs_no_names_at_all():
    noon = datetime(2026, 3, 11, 12, tzinfo=UTC)
    assert list(Reader(Names()).read(parse(document()).observations)) == [
        Message(at=noon - timedelta(seconds=58.876544), productive=True, available=True),
        Message(at=noon - timedelta(seconds=58), good_total=17.0, program="O1234"),
        Message(at=noon - timedelta(seconds=57), error_code="414: HOT"),
        Message(at=noon - timedelta(seconds=1), available=True),
    ]


def test_of_several_devices_the_named_one_is_read_else_the_first_that_is_no_agent():
    assert {found.device for found in parse(document()).observations} == {"Mill"}
    assert {found.device for found in parse(document(), device="Agent").observations} == {"Agent"}
    assert {found.device for found in parse(document(), device="m-1").observations} == {"Mill"}
    with pytest.raises(NotUnderstood, match="no device 'Lathe', but: Agent, Mill"):
        parse(document(), device="Lathe")


def test_an_agent_s_error_keeps_its_code():
    errors = '<Errors><Error errorCode="OUT_OF_RANGE">from</Error></Errors>'
    body = f"<MTConnectError><Header/>{errors}</MTConnectError>"
    with pytest.raises(AgentError) as caught:
        parse(body.encode())
    assert caught.value.code == "OUT_OF_RANGE"


def test_an_agent_with_nothing_to_say_says_nothing():
    assert parse(document(body="")).observations == []


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        b"not xml",
        b"\x00\xff",
        b"<MTConnectStreams/>",
        BOMB,
        b"<a>" * 100_000,
        document().replace(b'instanceId="7"', b'instanceId="seven"'),
        document().replace(b'sequence="9"', b""),
        document().replace(b"2026-03-11T11:59:59Z", b"yesterday"),
        document().replace(b"<Fault", b"<Odd").replace(b"</Fault", b"</Odd"),
        document()[:-200],
    ],
)
def test_what_is_no_streams_document_is_refused(body):
    with pytest.raises(NotUnderstood):
        parse(body)


@given(st.data())
def test_no_damage_to_a_document_breaks_the_reader(data):
    body = document()
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, min(start + 30, len(body))))
    damaged = body[:start] + data.draw(st.binary(max_size=10)) + body[end:]
    try:
        list(Reader(Names()).read(parse(damaged).observations))
    except NotUnderstood:
        return
