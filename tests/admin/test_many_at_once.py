"""A field of many rows is changed at once: chosen, looked at, done, and on record for each."""

from downtime.models import Cause
from production.models import Sku, Station, StationLive
from tests.admin.one_of_each import address
from tests.make import make_cause, make_group, make_sku, make_station, make_user


def chosen(client, model, rows, **said):
    rows = [row.pk for row in rows]
    return client.post(
        address(model, "changelist"), {"action": "bulk_edit", "_selected_action": rows, **said}
    )


def test_a_page_asks_what_is_to_be_changed(admin_client, company):
    page = chosen(admin_client, Station, [make_station(company=company)])
    assert "Change “Cycle time [s]”" in page.content.decode()


def test_nothing_is_changed_before_it_was_looked_at(admin_client, company):
    skus = [make_sku(company=company) for _ in range(2)]
    said = {"set_cycle_time_ms": "on", "cycle_time_ms": "2.5"}
    page = chosen(admin_client, Sku, skus, step="look", **said).content.decode()
    assert "60 s → <b>2.5 s</b>" in page
    assert set(Sku.objects.values_list("cycle_time_ms", flat=True)) == {60_000}
    assert chosen(admin_client, Sku, skus, step="store", **said).status_code == 302
    assert set(Sku.objects.values_list("cycle_time_ms", flat=True)) == {2_500}
    assert "2.5" in admin_client.get(address(Sku, "history", skus[0].pk)).content.decode()


def test_a_field_that_is_not_ticked_stays(admin_client, company):
    sku = make_sku(company=company, value="2.00")
    chosen(admin_client, Sku, [sku], step="store", set_stop_multiplier="on", stop_multiplier="2", value="9")
    sku.refresh_from_db()
    assert (sku.stop_multiplier, str(sku.value)) == (2, "2.00")


def test_rows_that_cannot_be_so_are_named_and_nothing_is_changed(admin_client, company):
    stations = [make_station(company=company, counter_modulus=modulus) for modulus in (None, 65_536)]
    page = chosen(admin_client, Station, stations, step="store", set_counter="on", counter="rollover")
    assert "A counter that wraps needs its modulus." in page.content.decode()
    assert set(Station.objects.values_list("counter", flat=True)) == {"reset"}


def test_nothing_ticked_is_said(admin_client, company):
    page = chosen(admin_client, Station, [make_station(company=company)], step="look")
    assert "Tick what is to be changed." in page.content.decode()


def test_stations_that_were_changed_are_looked_at(admin_client, company):
    station = make_station(company=company)
    group = make_group(plant=station.plant)
    chosen(admin_client, Station, [station], step="store", set_group="on", group=group.pk)
    station.refresh_from_db()
    assert station.group == group
    assert StationLive.objects.get(station=station).deadline


def test_another_companys_group_is_no_choice(admin_client, company):
    station = make_station(company=company)
    chosen(admin_client, Station, [station], step="store", set_group="on", group=make_group().pk)
    station.refresh_from_db()
    assert station.group.plant.company == company


def test_another_companys_rows_cannot_be_chosen(admin_client):
    theirs = make_sku()
    chosen(admin_client, Sku, [theirs], step="store", set_value="on", value="9")
    theirs.refresh_from_db()
    assert theirs.value is None


def test_a_cause_is_not_put_below_itself(admin_client, company):
    cause = make_cause(company=company)
    page = chosen(admin_client, Cause, [cause], step="store", set_parent="on", parent=cause.pk)
    assert "A cause cannot stand below itself." in page.content.decode()


def test_who_may_only_look_is_offered_nothing(client, db):
    user = make_user("read_only")
    station = make_station(company=user.company)
    client.force_login(user)
    assert b"bulk_edit" not in client.get(address(Station, "changelist")).content
    chosen(client, Station, [station], step="store", set_position="on", position="3")
