"""Files of jobs over HTTP."""

import gzip
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.timezone import now

from production.job_import import keeping
from production.models import Job, JobImport
from tests.make import make_company, make_job_import
from tests.scheduling.machinemetrics import Integration, refused

pytestmark = pytest.mark.django_db
IMPORT = "/erp/jobs/import"


class Sender(Integration):
    """A program that sends files."""

    def send(self, content, query="", **fields):
        """The response."""
        file = SimpleUploadedFile("jobs.csv", content if isinstance(content, bytes) else content.encode())
        return self.client.post(IMPORT + query, {"csvFile": file, **fields}, headers=self.headers)

    def takes(self, content, query="", status=200, **fields):
        """The answer."""
        response = self.send(content, query, **fields)
        assert response.status_code == status, (response.status_code, response.content)
        return response.json()


@pytest.fixture
def erp():
    return Sender()


def test_a_file_is_taken_and_answered_null(erp):
    for _ in range(2):
        assert erp.takes("name,part\nA,P\nB,P\n") is None
    assert Job.objects.of(erp.company).count() == 2
    first = JobImport.objects.order_by("pk").first()
    assert (first.asked_by, first.file_name, first.added) == (f"API key {erp.key}", "jobs.csv", 2)


def test_other_programs_files_are_said_in_the_query(erp):
    assert erp.takes("PDNO,OPNO\nSFC1,10\n", "?type=inforLN") is None
    assert erp.takes("BASE_ID,SEQUENCE_NO\nW1,10\n", "?type=inforVisual") is None
    assert refused(erp.send("name\nA\n", "?type=sap"), 400, "type")
    assert Job.objects.count() == 2


def test_jobs_that_are_not_in_the_file_are_archived_where_that_is_asked(erp):
    erp.takes("name\nA\nB\n")
    erp.takes("name\nB\n", autoArchive="false")
    assert not Job.objects.filter(archived_at__isnull=False).exists()
    erp.takes("name\nB\n", autoArchive="true")
    assert Job.objects.get(archived_at__isnull=False).name == "A"


def test_a_refusal_names_line_column_and_reason(erp):
    told = erp.takes("name,quantity,due_date\nA,1,\nB,-1,soon\n", status=400)
    assert told == {
        "code": "ValidationError",
        "message": "The file has 2 faults; nothing of it is stored.",
        "errors": [
            {"field": "due_date", "code": "InvalidValue", "line": 3,
             "message": "Line 3: This is no date. Write it as in 2026-03-11."},
            {"field": "quantity", "code": "InvalidValue", "line": 3, "message": "Line 3: This is less than 0."},
        ],
    }  # fmt: skip
    assert not Job.objects.exists()


def test_a_dry_run_says_what_would_be(erp):
    erp.takes("name,quantity\nA,1\nB,2\n")
    told = erp.takes("name,quantity,Notes\nA,1,\nB,3,\nC,4,\n", dryRun="true", autoArchive="true")
    wanted = {"rows": 3, "added": 1, "changed": 1, "unchanged": 1, "archived": 0, "ignoredColumns": ["Notes"]}
    assert wanted.items() <= told.items()
    assert told["state"] == "done"
    assert Job.objects.count() == 2


def test_a_large_file_is_taken_by_a_worker_and_says_how_far_it_is(erp, monkeypatch):
    monkeypatch.setattr(keeping, "AT_ONCE", 100)
    content = "name\n" + "".join(f"JOB-{number}\n" for number in range(100))
    response = erp.send(content)
    assert response.status_code == 202
    assert response.json()["state"] == "waiting"
    where = response.headers["Location"]
    assert erp.does("GET", where)["rows"] == 0
    assert keeping.work(now=now())
    told = erp.does("GET", where)
    assert (told["state"], told["rows"], told["added"]) == ("done", 100, 100)


def test_while_another_file_is_taken_this_one_is_to_come_again(erp, monkeypatch):
    def busy(*args, **kwargs):
        raise keeping.Busy

    monkeypatch.setattr(keeping, "run", busy)
    assert refused(erp.send("name\nA\n"), 409)["code"] == "Conflict"
    monkeypatch.undo()
    assert not keeping.work(now=now() + timedelta(days=1))
    assert erp.takes("name\nA\n") is None


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "empty"),
        (b"part\n1\n", "missing"),
        (b'name,part\nA,"b\n', "never closed"),
        (b"name," * 1_000_000, "longer"),
        (b"a," * 400_000, "columns"),
        (gzip.compress(b"name\n" + b"\0" * 10_000_000), "gzip"),
        (b"PK\x03\x04", "archive"),
        (b"name\n=cmd|' /C calc'!A0\n", "formula"),
    ],
)
def test_what_is_no_file_of_jobs_has_a_clear_answer(erp, content, part):
    (error,) = erp.takes(content, status=400)["errors"]
    assert part in error["message"]
    assert not Job.objects.exists()


def test_a_body_that_is_packed_is_refused(erp):
    response = erp.client.post(
        IMPORT, gzip.compress(b"x"), content_type="multipart/form-data; boundary=x",
        headers=erp.headers | {"Content-Encoding": "gzip"},
    )  # fmt: skip
    assert "Content-Encoding" in refused(response, 400)["message"]


def test_what_is_sent_otherwise_is_refused(erp):
    def post(data, **kwargs):
        return erp.client.post(IMPORT, data, headers=erp.headers, **kwargs)

    file = {"csvFile": SimpleUploadedFile("jobs.csv", b"name\nA\n")}
    refused(post({}), 400, "csvFile")
    refused(post({"csvFile": "name"}), 400, "csvFile")
    refused(post(file | {"autoarchive": "true"}), 400, "autoarchive")
    refused(
        post({"csvFile": SimpleUploadedFile("a", b"name\nA\n"), "autoArchive": "perhaps"}), 400, "autoArchive"
    )
    refused(post(b"{}", content_type="application/json"), 415)
    refused(post(b"nonsense", content_type="multipart/form-data"), 400)
    refused(post(b"nonsense", content_type="multipart/form-data; boundary=x"), 400, "csvFile")
    assert not JobImport.objects.exists()


def test_what_is_too_large_is_refused_before_it_is_read(erp, monkeypatch):
    monkeypatch.setattr(keeping, "LARGEST", 10)
    assert "200 MB" in refused(erp.send("name\n" + "A\n" * 100), 413)["message"]
    response = erp.client.generic(
        "POST", IMPORT, b"x", content_type="multipart/form-data; boundary=x", headers=erp.headers,
        CONTENT_LENGTH="900000000",
    )  # fmt: skip
    refused(response, 413)


def test_another_company_s_import_is_not_there(erp):
    theirs = make_job_import(make_company())
    for ref in (theirs.pk, 0, 10**30):
        refused(erp.ask("GET", f"{IMPORT}/{ref}"), 404)
    refused(erp.ask("GET", f"{IMPORT}/x"), 400, "importRef")
