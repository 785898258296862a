"""From a topic and its bytes to parcels for the door."""

import pytest

from mesproject.accounts.models import Device
from production import unpacking
from production.ingest import Delivery
from production.messages import Message, NotUnderstood
from production.topics import DeviceTopic, StationTopic, parse
from production.unpacking import Directory, unpack
from tests.make import make_company, make_device, make_pin, make_station


@pytest.mark.parametrize(
    ("topic", "named"),
    [
        ("busroot/v2/acme/signals/S1", StationTopic("acme", "S1")),
        ("busroot/v1/acme/signals/S1", StationTopic("acme", "S1")),
        ("busroot/v2/dau/acme/opta-1", DeviceTopic("acme", "opta-1")),
        ("busroot/v2/dau/A8610A", DeviceTopic("", "A8610A")),
        ("plant7/busroot/v2/dau/acme/opta-1", DeviceTopic("acme", "opta-1")),
        ("busroot/busroot/v2/dau/x", None),
        ("plant7/busroot/v2/acme/signals/S1", None),
        ("busroot/v3/acme/signals/S1", None),
        ("busroot/v2/acme/S1", None),
        ("", None),
        ("/", None),
    ],
)
def test_a_topic_names_a_station_or_a_device(topic, named):
    if named:
        assert parse(topic) == named
    else:
        with pytest.raises(NotUnderstood, match="Nothing listens"):
            parse(topic)


@pytest.fixture
def acme(db):
    return make_company(code="acme")


def test_a_station_s_message_is_addressed_and_understood(acme):
    [parcel] = unpack("busroot/v2/acme/signals/S1", b'{"production_complete": 2}', Directory())
    assert (parcel.company_id, parcel.station_code) == (acme.pk, "S1")
    assert parcel.message == Message(good=2.0)


@pytest.mark.parametrize(
    ("topic", "payload", "code"),
    [
        ("busroot/v2/nobody/signals/S1", b"{}", "unknown_company"),
        ("busroot/v2/acme/signals/S1", b"{", "bad_json"),
        ("busroot/v2/acme/signals/S1", b"\xff\x00", "bad_json"),
        ("busroot/v2/acme/signals/S1", b'{"productive": "yes"}', "bad_value"),
        ("busroot/v2/acme/signals/S1", b" " * 70_000, "too_long"),
        ("busroot/v2/dau/acme/nobody", b"{}", "unknown_device"),
        ("busroot/v9/acme/signals/S1", b"{}", "bad_topic"),
    ],
)
def test_nonsense_is_a_parcel_with_its_reason(acme, topic, payload, code):
    [parcel] = unpack(topic, payload, Directory())
    assert parcel.message.code == code
    assert (parcel.topic, parcel.payload) == (topic, payload)


def test_a_frame_becomes_a_parcel_for_each_station_and_its_packet_is_remembered_for_each(acme):
    device, _ = make_device(company=acme, name="opta-1")
    first, second = make_station("A", company=acme), make_station("B", company=acme)
    make_pin(device, first, "c1")
    make_pin(device, second, "s1", meaning="productive")
    delivery = Delivery("reader@1", 7, again=False)
    parcels = unpack("busroot/v2/dau/acme/opta-1", b'{"c1": 3, "s1": 0}', Directory(), delivery)
    assert [(parcel.station_code, parcel.message) for parcel in parcels] == [
        ("A", Message(available=True, good=3.0)),
        ("B", Message(available=True, productive=False)),
    ]
    assert {parcel.sender for parcel in parcels} == {"opta-1"}
    assert {parcel.device_id for parcel in parcels} == {device.pk}
    assert [parcel.delivery.session for parcel in parcels] == ["reader@1/A", "reader@1/B"]


def test_a_device_id_of_one_part_is_understood_where_there_is_one_company(acme):
    device, _ = make_device(company=acme, name="opta-1")
    make_pin(device, make_station("A", company=acme))
    assert unpack("busroot/v2/dau/opta-1", b'{"c1": 1}', Directory())[0].station_code == "A"
    make_company(code="other")
    assert unpack("busroot/v2/dau/opta-1", b'{"c1": 1}', Directory())[0].message.code == "unknown_device"


def test_a_revoked_gateway_and_a_tablet_are_nobody(acme):
    make_device(company=acme, name="tablet", kind=Device.Kind.TABLET)
    assert unpack("busroot/v2/dau/acme/tablet", b"{}", Directory())[0].message.code == "unknown_device"


def test_a_unit_without_a_mapping_is_told_of_once_an_hour_and_not_with_each_frame(acme):
    make_device(company=acme, name="opta-1")
    directory = Directory()
    told = [unpack("busroot/v2/dau/acme/opta-1", b'{"c1": %d}' % n, directory) for n in range(5)]
    assert [len(parcels) for parcels in told] == [1, 0, 0, 0, 0]
    assert told[0][0].message.code == "not_mapped"


def test_what_the_admin_changes_is_known_within_seconds(acme, monkeypatch):
    monkeypatch.setattr(unpacking, "ASKED_AGAIN", 0)
    directory = Directory()
    assert unpack("busroot/v2/dau/acme/new", b'{"c1": 1}', directory)[0].message.code == "unknown_device"
    device, _ = make_device(company=acme, name="new")
    make_pin(device, make_station("A", company=acme))
    assert unpack("busroot/v2/dau/acme/new", b'{"c1": 1}', directory)[0].message == Message(
        available=True, good=1.0
    )


def test_companies_and_gateways_are_read_once_for_many_messages(acme, django_assert_num_queries):
    directory = Directory()
    with django_assert_num_queries(3):
        for _ in range(100):
            unpack("busroot/v2/acme/signals/S1", b'{"productive": 1}', directory)
