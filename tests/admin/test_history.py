"""Who changed what, with before and after."""

from auditlog.models import LogEntry
from django.urls import reverse
from django.utils import translation

from mesproject.accounts.models import ApiKey, Endpoint, User
from production.models import Plant, Sku, Station
from scheduling.models import PatternAssignment, ShiftPattern
from tests.admin.one_of_each import ONE_OF_EACH, address
from tests.admin.posting import send
from tests.make import (
    NOON,
    PASSWORD,
    make_api_key,
    make_endpoint,
    make_pattern,
    make_sku,
    make_station,
    make_user,
)


def history(client, row):
    return client.get(address(type(row), "history", row.pk)).content.decode()


def test_a_change_is_told_with_who_before_and_after(admin_client, administrator, company):
    sku = make_sku(company=company)
    send(admin_client, address(Sku, "change", sku.pk), {"cycle_time_ms": "1.234"})
    page = history(admin_client, sku)
    assert administrator.username in page
    assert "<td>60</td><td>1.234</td>" in page


def test_a_box_that_was_ticked_is_told_in_the_readers_language(admin_client, administrator, company):
    sku = make_sku(company=company, allow_ad_hoc=True)
    administrator.language = "de"
    administrator.save()
    send(admin_client, address(Sku, "change", sku.pk), {"allow_ad_hoc": ""})
    assert "<td>ja</td><td>nein</td>" in history(admin_client, sku)


def test_what_changes_in_a_part_is_told_in_the_history_of_the_whole(admin_client, company):
    pattern = make_pattern(("Early", 360, 480), days=range(1), company=company)
    send(admin_client, address(ShiftPattern, "change", pattern.pk), {"shifts-0-end": "13:00"})
    assert "<td>480</td><td>420</td>" in history(admin_client, pattern)
    send(admin_client, address(ShiftPattern, "change", pattern.pk), {"shifts-0-DELETE": "on"})
    assert "Deleted: pattern shift “Early Monday 06:00”" in history(admin_client, pattern)


def test_a_pattern_that_a_station_follows_is_told_in_the_stations_history(admin_client, company):
    station = make_station(company=company)
    pattern = make_pattern(company=company)
    PatternAssignment.objects.create(pattern=pattern, station=station, valid_from=NOON.date())
    assert "Added: pattern assignment" in history(admin_client, station)


def test_what_an_action_changes_is_told_too(admin_client, administrator, company):
    station = make_station(company=company)
    admin_client.post(address(Station, "changelist"), {"action": "archive", "_selected_action": [station.pk]})
    entry = LogEntry.objects.get_for_object(station).latest()
    assert (entry.actor, list(entry.changes)) == (administrator, ["archived_at"])


def test_secrets_appear_in_no_history(admin_client, company):
    user, (key, _) = make_user(company=company), make_api_key(company=company)
    user.set_password(PASSWORD)
    key.issue_token()
    for row, secret in ((user, user.password), (key, key.digest)):
        row.save()
        assert secret[len(secret) // 2 :] not in str(LogEntry.objects.get_for_object(row).values("changes"))
        assert "••••" in history(admin_client, row)


def test_a_new_token_is_told_without_being_shown(admin_client, administrator, company):
    key, _ = make_api_key(company=company)
    admin_client.post(address(ApiKey, "deed", key.pk, "revoke"), {"sure": "yes"})
    assert "Revoked at" in history(admin_client, key)


def test_a_history_calls_fields_that_no_form_shows_in_the_readers_language(
    admin_client, administrator, company
):
    administrator.language = "de"
    administrator.save()
    endpoint, (key, _) = make_endpoint(company=company), make_api_key(company=company)
    endpoint.issue_secret()
    endpoint.save()
    assert ">Geheimnis</th>" in history(admin_client, endpoint)
    key.issue_token()
    key.save()
    assert ">Prüfwert</th>" in history(admin_client, key)


def test_the_audit_log_finds_by_kind_and_by_person(admin_client, administrator, company):
    sku = make_sku(company=company)
    send(admin_client, address(Sku, "change", sku.pk), {"name": "Renamed"})
    list_page = reverse("admin:auditlog_logentry_changelist")
    found = admin_client.get(list_page, {"kind": "production.sku", "q": administrator.username})
    [entry] = found.context["cl"].queryset
    assert '"field-fields_changed">name<' in found.content.decode()
    page = admin_client.get(reverse("admin:auditlog_logentry_change", args=[entry.pk])).content.decode()
    assert "<td>Bracket</td><td>Renamed</td>" in page
    assert address(Sku, "change", sku.pk) in page


def test_the_log_can_not_be_changed(admin_client, company):
    entry = ONE_OF_EACH[LogEntry](company)
    page = reverse("admin:auditlog_logentry_change", args=[entry.pk])
    assert admin_client.post(page, {"action": 2}).status_code == 403
    assert admin_client.post(reverse("admin:auditlog_logentry_delete", args=[entry.pk])).status_code == 403


def test_names_are_escaped_wherever_they_appear(admin_client, company):
    evil = '<img src=x onerror="alert(1)">'
    station = make_station(company=company, name=evil)
    send(admin_client, address(Station, "change", station.pk), {"erp_id": evil[:60]})
    pages = [
        address(Station, "changelist"),
        address(Station, "change", station.pk),
        address(Station, "history", station.pk),
        address(Station, "delete", station.pk),
        reverse("admin:production_station_page", args=[station.pk, "signals"]),
        reverse("admin:auditlog_logentry_changelist"),
        address(Plant, "changelist"),
        address(User, "changelist"),
    ]
    for page in pages:
        assert "<img src=x" not in admin_client.get(page).content.decode()


def test_a_list_is_told_by_the_names_of_what_is_in_it_in_the_readers_language(admin_client, company):
    endpoint = make_endpoint(company=company)
    endpoint.types = ["issue.raised", "issue.acknowledged"]
    endpoint.save()
    assert "<td>An issue is raised, … acknowledged</td>" in history(admin_client, endpoint)
    User.objects.update(language="de")
    with translation.override("de"):
        told = ", ".join(str(Endpoint.Type(one).label) for one in endpoint.types)
    assert f"<td>{told}</td>" in history(admin_client, endpoint)
    assert "raised" not in told
