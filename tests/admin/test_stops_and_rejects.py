"""Stops are explained through the same verbs as on the tablet; rejects are undone, not deleted."""

from datetime import timedelta

from django.urls import reverse

from downtime.models import Cause, Issue, IssueEvent
from downtime.models.issues import Who
from production import partitions
from production.models import HandCount, Signal
from quality.models import Reject
from tests.admin.one_of_each import address
from tests.admin.posting import errors_of, fields_of, send
from tests.make import (
    NOON,
    make_cause,
    make_hand_count,
    make_issue,
    make_job_run,
    make_reject,
    make_reject_reason,
    make_station,
    make_user,
)

HOUR = timedelta(hours=1)


def test_a_stop_is_explained_with_a_note(admin_client, administrator, company):
    issue, cause = make_issue(make_station(company=company)), make_cause(company=company)
    answer = {"cause": cause.pk, "note": "belt torn"}
    assert send(admin_client, address(Issue, "change", issue.pk), answer).status_code == 302
    issue.refresh_from_db()
    assert issue.cause == cause
    kinds = IssueEvent.Kind
    assert list(issue.events.values_list("kind", "user", "text")) == [
        (kinds.EXPLAINED, administrator.pk, ""),
        (kinds.NOTED, administrator.pk, "belt torn"),
    ]


def test_who_answered_meanwhile_is_not_overwritten_but_named(admin_client, company):
    issue = make_issue(make_station(company=company))
    first, second = make_cause(company=company), make_cause(company=company)
    data = fields_of(admin_client.get(address(Issue, "change", issue.pk)))
    ann = make_user(company=company, first_name="Ann")
    issue.explain(first, by=Who(user=ann), at=NOON)
    answer = admin_client.post(address(Issue, "change", issue.pk), data | {"cause": second.pk}, follow=True)
    assert "Already answered by Ann." in answer.content.decode()
    issue.refresh_from_db()
    assert issue.cause == first


def test_a_cause_is_replaced_not_taken_away(admin_client, company):
    issue = make_issue(make_station(company=company), cause=make_cause(company=company))
    refused = send(admin_client, address(Issue, "change", issue.pk), {"cause": ""})
    assert errors_of(refused) == ["A stop that has been explained keeps a cause. Choose another one."]


def test_saving_a_stop_without_a_change_writes_no_step(admin_client, company):
    issue = make_issue(make_station(company=company), cause=make_cause(company=company))
    send(admin_client, address(Issue, "change", issue.pk), {})
    assert not issue.events.exists()


def test_withdrawn_stops_are_listed_only_where_asked_for(admin_client, company):
    issue = make_issue(make_station(company=company), withdrawn_at=NOON)
    listed = admin_client.get(address(Issue, "changelist")).context["cl"].queryset
    asked = admin_client.get(address(Issue, "changelist"), {"state": "withdrawn"}).context["cl"].queryset
    assert (list(listed), list(asked)) == ([], [issue])


def test_stops_are_neither_entered_nor_deleted_by_hand(admin_client, company):
    issue = make_issue(make_station(company=company))
    assert admin_client.get(address(Issue, "add")).status_code == 403
    assert admin_client.post(address(Issue, "delete", issue.pk), {"post": "yes"}).status_code == 403


def test_the_steps_of_a_stop_are_shown_and_cannot_be_changed(admin_client, company, administrator):
    issue = make_issue(make_station(company=company))
    issue.note("belt torn", by=Who(user=administrator), at=NOON)
    page = admin_client.get(address(Issue, "change", issue.pk)).content.decode()
    assert "belt torn" in page
    assert 'name="events-0-text"' not in page


def test_the_tree_of_causes_has_no_rings(admin_client, company):
    top = make_cause(company=company)
    below = make_cause(parent=top)
    refused = send(admin_client, address(Cause, "change", top.pk), {"parent": below.pk})
    assert errors_of(refused) == ["A cause cannot stand below itself."]


def test_a_reject_is_entered_in_the_name_of_the_user(admin_client, administrator, company):
    station = make_station(company=company)
    reason = make_reject_reason(company=company)
    new = {"station": station.pk, "reason": reason.pk, "quantity": "3"}
    assert send(admin_client, address(Reject, "add"), new).status_code == 302
    reject = Reject.objects.get()
    assert (reject.user, reject.quantity) == (administrator, 3)


def test_a_reject_of_another_stations_run_is_refused(admin_client, company):
    station, run = make_station(company=company), make_job_run(make_station(company=company))
    reason = make_reject_reason(company=company)
    new = {"station": station.pk, "reason": reason.pk, "quantity": "3", "job_run": run.pk}
    assert errors_of(send(admin_client, address(Reject, "add"), new)) == ["This run is on another station."]


def test_a_reject_is_undone_and_stays_on_record(admin_client, company):
    reject = make_reject(make_station(company=company))
    assert admin_client.post(address(Reject, "delete", reject.pk), {"post": "yes"}).status_code == 403
    admin_client.post(address(Reject, "changelist"), {"action": "undo", "_selected_action": [reject.pk]})
    reject.refresh_from_db()
    assert reject.undone_at is not None
    assert not admin_client.get(address(Reject, "changelist")).context["cl"].queryset


def test_a_count_by_hand_is_taken_back_and_stays_on_record(admin_client, administrator, company):
    count = make_hand_count(make_station(company=company, counted_by_hand=True))
    assert admin_client.post(address(HandCount, "delete", count.pk), {"post": "yes"}).status_code == 403
    admin_client.post(address(HandCount, "changelist"), {"action": "undo", "_selected_action": [count.pk]})
    count.refresh_from_db()
    assert (count.undone_user, count.good) == (administrator, 10)
    assert "taken back" in admin_client.get(address(HandCount, "history", count.pk)).content.decode().lower()


def test_the_last_signals_of_a_station_are_on_a_page(admin_client, company):
    station, other = make_station(company=company), make_station(company=company)
    partitions.ensure([(NOON.year, NOON.month)])
    for number, of in enumerate((station, other)):
        Signal.objects.create(station=of, at=NOON, key=number, received_at=NOON, good=12.5 + number)
    page = admin_client.get(reverse("admin:production_station_page", args=[station.pk, "signals"]))
    table = page.context["table"]
    assert table.heads == ["Time", "Arrived", "New good"]
    assert [[text for text, _ in row] for row in table.rows] == [
        ["2026-03-11 12:00:00.000", "12:00:00", "12.5"]
    ]


def test_a_station_that_said_nothing_has_an_empty_page(admin_client, company):
    station = make_station(company=company)
    for slug in ("signals", "history"):
        page = admin_client.get(reverse("admin:production_station_page", args=[station.pk, slug]))
        assert "Nothing yet." in page.content.decode()


def test_another_companys_stations_have_no_pages_here(admin_client):
    station = make_station()
    for slug in ("signals", "history", "nonsense"):
        page = reverse("admin:production_station_page", args=[station.pk, slug])
        assert admin_client.get(page).status_code == 404
