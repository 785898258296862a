"""Reports are kept under names, shared with the company, copied, and deleted with a way back."""

import pytest

from mesproject.accounts.models import Role
from mesproject.analysis.builder.models import SavedReport
from tests.make import NOON, make_company, make_mailing, make_report, make_user

pytestmark = pytest.mark.django_db
KEPT = "/analysis/report/saved/"
ASKS = "metric=oee&by=day&range=last-week"


@pytest.fixture
def company():
    return make_company()


@pytest.fixture
def ann(company):
    return make_user(Role.SUPERVISOR, company=company, email="ann@example.com")


@pytest.fixture
def bob(company):
    return make_user(Role.MEMBER, company=company, email="bob@example.com")


def keep(client, **fields):
    return client.post(f"{KEPT}new/", {"name": "Weekly", "description": "For Monday", "asks": ASKS, **fields})


def test_what_is_looked_at_is_kept_with_its_relative_time(client, ann):
    client.force_login(ann)
    answer = keep(client)
    report = SavedReport.objects.get()
    assert (report.name, report.owner, report.asks) == ("Weekly", ann, ASKS)
    assert answer["Location"] == f"{KEPT}{report.uuid}/"
    there = client.get(answer["Location"])
    assert there["Location"] == f"/analysis/report/?{ASKS}&saved={report.uuid}"
    page = client.get(there["Location"]).content.decode()
    assert "Weekly" in page
    assert "For Monday" in page


def test_what_cannot_be_asked_is_not_kept(client, ann):
    client.force_login(ann)
    assert keep(client, asks="metric=nothing").status_code == 422
    assert keep(client, name="").status_code == 422
    assert not SavedReport.objects.exists()


def test_one_s_own_are_seen_by_nobody_else_before_they_are_shared(client, ann, bob):
    report = make_report(ann, name="Mine alone")
    client.force_login(bob)
    assert client.get(f"{KEPT}{report.uuid}/").status_code == 404
    assert b"Mine alone" not in client.get(KEPT).content
    SavedReport.objects.update(is_shared=True)
    assert client.get(f"{KEPT}{report.uuid}/").status_code == 302
    assert b"Mine alone" in client.get(KEPT).content


@pytest.mark.parametrize("step", ["change", "delete", "mails"])
def test_others_only_look_at_what_is_shared(client, ann, bob, step):
    report = make_report(ann, is_shared=True)
    client.force_login(bob)
    answer = client.post(f"{KEPT}{report.uuid}/{step}/", {"name": "Taken", "asks": ASKS})
    assert answer.status_code == 403
    assert SavedReport.objects.get().name == "Good units"
    assert SavedReport.objects.get().deleted_at is None


def test_a_copy_is_one_s_own(client, ann, bob):
    report = make_report(ann, is_shared=True)
    client.force_login(bob)
    client.post(f"{KEPT}{report.uuid}/copy/")
    copy = SavedReport.objects.get(owner=bob)
    assert (copy.asks, copy.is_shared, copy.name) == (report.asks, False, "Copy of Good units")


def test_what_was_deleted_comes_back_and_mails_nothing_that_was_due_meanwhile(client, ann):
    report = make_report(ann)
    mailing = make_mailing(report)
    client.force_login(ann)
    answer = client.post(f"{KEPT}{report.uuid}/delete/")
    assert client.get(f"{KEPT}{report.uuid}/").status_code == 404
    assert b"Undo" in client.get(answer["Location"]).content
    assert client.post(f"{KEPT}{report.uuid}/restore/").status_code == 302
    assert client.get(f"{KEPT}{report.uuid}/").status_code == 302
    mailing.refresh_from_db()
    assert mailing.since > NOON


@pytest.mark.parametrize("role", [Role.READ_ONLY, Role.OPERATOR])
def test_who_only_looks_keeps_nothing(client, company, role):
    client.force_login(make_user(role, company=company))
    assert keep(client).status_code == 403
    assert not SavedReport.objects.exists()
