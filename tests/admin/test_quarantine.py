"""What nobody understood is read, corrected and sent through the door again."""

import json

import pytest

from production.models import QuarantinedMessage, Signal
from tests.admin.one_of_each import address
from tests.admin.posting import fields_of, send
from tests.make import make_company, make_quarantined, make_station, make_user


def topic_of(station):
    return f"busroot/v2/{station.company.code}/signals/{station.code}"


def change(message):
    return address(QuarantinedMessage, "change", message.pk)


def test_a_corrected_message_is_stored_and_marked(admin_client, company):
    station = make_station(company=company)
    message = make_quarantined(b'{"production_complete_good": 3', company=company, topic=topic_of(station))
    mended = {"payload_text": json.dumps({"production_complete_good": 3})}
    assert send(admin_client, change(message), mended).status_code == 302
    message.refresh_from_db()
    assert message.replayed_at is not None
    assert bytes(message.payload) == b'{"production_complete_good": 3'  # what came is kept as it came
    assert Signal.objects.get(station=station).good == 3


def test_a_corrected_topic_is_taken(admin_client, company):
    station = make_station(company=company)
    message = make_quarantined(b'{"production_complete_good": 3}', company=company, topic="busroot/v2/x/y/z")
    send(admin_client, change(message), {"topic": topic_of(station)})
    assert Signal.objects.filter(station=station).count() == 1


def test_what_is_still_nonsense_stays_and_the_reason_is_told(admin_client, company):
    station = make_station(company=company)
    message = make_quarantined(b"{nonsense", company=company, topic=topic_of(station))
    page = admin_client.post(change(message), fields_of(admin_client.get(change(message))), follow=True)
    assert "Still not understood" in page.content.decode()
    message.refresh_from_db()
    assert message.replayed_at is None


def test_a_message_cannot_be_sent_to_another_company(admin_client, company):
    theirs = make_station()
    message = make_quarantined(b'{"production_complete_good": 3}', company=company)
    page = admin_client.get(change(message))
    page = admin_client.post(change(message), fields_of(page) | {"topic": topic_of(theirs)}, follow=True)
    assert "Still not understood" in page.content.decode()
    assert not Signal.objects.exists()


def test_bytes_that_are_no_text_are_shown_and_kept(admin_client, company):
    message = make_quarantined(b"\xff\x00\xfe{", company=company)
    page = admin_client.get(change(message))
    assert "�␀�{" in page.content.decode()
    admin_client.post(change(message), fields_of(page))
    message.refresh_from_db()
    assert bytes(message.payload) == b"\xff\x00\xfe{"


def test_many_are_replayed_when_a_new_station_makes_them_understandable(admin_client, company):
    station = make_station(company=company)
    good = make_quarantined(b'{"production_complete_good": 1}', company=company, topic=topic_of(station))
    bad = make_quarantined(b"{", company=company)
    chosen = {"action": "replay_all", "_selected_action": [good.pk, bad.pk]}
    page = admin_client.post(address(QuarantinedMessage, "changelist"), chosen, follow=True)
    assert "1 replayed, 1 still not understood." in page.content.decode()
    listed = admin_client.get(address(QuarantinedMessage, "changelist")).context["cl"].queryset
    assert list(listed) == [bad]


@pytest.mark.django_db
def test_those_who_may_only_look_read_the_payload(client):
    user = make_user("read_only")
    client.force_login(user)
    message = make_quarantined(b"<b>{nonsense", company=user.company)
    page = client.get(change(message)).content.decode()
    assert "&lt;b&gt;{nonsense" in page
    assert 'value="Replay"' not in page


def test_messages_of_no_company_are_for_the_owner_of_the_installation(admin_client, client):
    message = make_quarantined(company=None)
    assert admin_client.get(change(message)).status_code == 404
    client.force_login(make_user(is_superuser=True, company=make_company()))
    assert client.get(change(message)).status_code == 200


@pytest.fixture
def german(administrator):
    administrator.language = "de"
    administrator.save()


def test_reasons_and_codes_are_told_in_the_readers_language(admin_client, company, german):
    reason = "adapter.txt: Line 2: it ends after the time. Send time|key|value."
    message = make_quarantined(company=company, code="bad_line", reason=reason)
    make_quarantined(company=company, code="OUT_OF_RANGE", reason="Somebody else's words.")
    told = "adapter.txt: Zeile 2: sie endet nach der Zeit."
    listed = admin_client.get(address(QuarantinedMessage, "changelist")).content.decode()
    assert told in listed
    assert ">keine Zeile eines Adapters</a>" in listed
    assert ">OUT_OF_RANGE</a>" in listed
    assert "Somebody else&#x27;s words." in listed
    page = admin_client.get(change(message)).content.decode()
    assert page.count(told) >= 2  # in its title, too
    assert "keine Zeile eines Adapters (bad_line)" in page
    assert "it ends after" not in page
    only = admin_client.get(address(QuarantinedMessage, "changelist"), {"code": "bad_line"})
    assert list(only.context["cl"].queryset) == [message]


def test_only_codes_of_the_company_are_offered(admin_client, company):
    for code in ("bad_json", "bad_line"):
        make_quarantined(code=code, company=company)
    make_quarantined(code="bad_xml", company=make_company())
    [filters] = [
        one for one in admin_client.get(address(QuarantinedMessage, "changelist")).context["cl"].filter_specs
        if one.title == "What is wrong"
    ]  # fmt: skip
    assert filters.lookup_choices == [("bad_json", "no JSON object"), ("bad_line", "no line of an adapter")]


def test_what_is_still_nonsense_is_told_in_the_readers_language(admin_client, company, german):
    message = make_quarantined(b"{", company=company, topic=topic_of(make_station(company=company)))
    page = admin_client.post(change(message), fields_of(admin_client.get(change(message))), follow=True)
    assert (
        "Weiterhin nicht verstanden: Das ist kein JSON-Objekt: es bricht mittendrin ab."
        in page.content.decode()
    )
    theirs = make_quarantined(b"{}", company=company, topic=topic_of(make_station()))
    page = admin_client.post(change(theirs), fields_of(admin_client.get(change(theirs))), follow=True)
    assert "Topic und Inhalt nennen keine Station des Unternehmens." in page.content.decode()
