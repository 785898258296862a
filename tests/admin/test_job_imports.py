"""Files of jobs in the admin: checked first, then taken; what is wrong stands beside what the file says."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.timezone import now

from mesproject.accounts.models import Role
from production.job_import import keeping
from production.models import Job, JobImport
from tests.admin.one_of_each import address
from tests.make import make_job_import, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(client):
    found = make_user(Role.SUPERVISOR)
    client.force_login(found)
    return found


def sent(client, content, **fields):
    file = SimpleUploadedFile("jobs.csv", content.encode())
    return client.post(address(JobImport, "add"), {"file": file, "layout": "mm", **fields}, follow=True)


def test_a_file_is_checked_and_then_taken(client, user):
    page = sent(client, "name,quantity,Notes\nA,1,\nB,2,\n").content.decode()
    assert "Import these jobs" in page
    assert "Notes" in page
    assert not Job.objects.exists()
    kept = JobImport.objects.get()
    assert (kept.asked_by, kept.added, kept.dry_run) == (user.username, 2, True)
    page = client.post(address(JobImport, "change", kept.pk), follow=True).content.decode()
    assert "Import these jobs" not in page
    assert Job.objects.of(user.company).count() == 2
    again = client.post(address(JobImport, "change", kept.pk), follow=True).content.decode()
    assert "Send the file again" in again


def test_faults_stand_by_line_and_column_with_what_the_file_says(client, user):
    page = sent(client, "name,quantity\nA,1\nB,lots\n").content.decode()
    for said in (
        "<td>3</td>",
        "<td>quantity</td>",
        "<td>lots</td>",
        "<td>This is no number.</td>",
        "nothing was stored",
    ):
        assert said in page
    assert "Import these jobs" not in page
    assert not Job.objects.exists()


def test_a_file_must_be_chosen(client, user):
    page = client.post(address(JobImport, "add"), {"layout": "mm"}).content.decode()
    assert "This field is required." in page


def test_a_large_file_is_checked_by_a_worker_and_the_page_looks_again(client, user, monkeypatch):
    monkeypatch.setattr(keeping, "AT_ONCE", 3)
    response = sent(client, "name\nA\n")
    assert response.headers["Refresh"] == "2"
    kept = JobImport.objects.get()
    assert keeping.work(now=now())
    response = client.get(address(JobImport, "change", kept.pk))
    assert "Refresh" not in response.headers
    assert "Import these jobs" in response.content.decode()
    client.post(address(JobImport, "change", kept.pk))
    assert not Job.objects.exists()
    assert keeping.work(now=now())
    assert Job.objects.count() == 1


def test_another_company_s_file_is_neither_seen_nor_taken(client, user):
    theirs = make_job_import(make_user().company, dry_run=True, file_name="secret.csv")
    for response in (client.get(address(JobImport, "change", theirs.pk), follow=True),
                     client.post(address(JobImport, "change", theirs.pk), follow=True)):  # fmt: skip
        assert "secret.csv" not in response.content.decode()


def test_whoever_only_looks_sends_and_takes_nothing(client):
    user = make_user(Role.READ_ONLY)
    client.force_login(user)
    kept = keeping.keep(user.company, [b"name\nA\n"], by="ann", at=now(), dry_run=True)
    keeping.run(kept, now=now())
    assert sent(client, "name\nA\n").status_code == 403
    assert "Import these jobs" not in client.get(address(JobImport, "change", kept.pk)).content.decode()
    client.post(address(JobImport, "change", kept.pk))
    assert not Job.objects.exists()
