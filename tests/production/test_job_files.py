"""Files of jobs that are kept until they are taken: by whom, how far, and what if he dies."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils.timezone import now

from production.job_import import keeping, taking
from production.job_import.taking import Busy
from production.models import Job, JobImport, JobImportPart
from tests.make import NOON, make_company
from tests.production.processes import database_url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def company():
    return make_company()


def rows_of(count, first=0):
    yield b"name,part,operation,quantity\n"
    for number in range(first, first + count):
        yield f"JOB-{number},PART-{number % 100},10,{number}\n".encode()


def kept(company, count=10, *, at=NOON, first=0, **kwargs):
    return keeping.keep(company, rows_of(count, first), by="API key", at=at, **kwargs)


def test_what_waits_is_taken_in_the_order_in_which_it_came(company):
    second, first = kept(company, 5, at=NOON + timedelta(seconds=1)), kept(company, 5)
    assert keeping.work(now=NOON)
    second.refresh_from_db(), first.refresh_from_db()
    assert (first.state, second.state) == ("done", "waiting")
    assert keeping.work(now=NOON)
    assert not keeping.work(now=NOON)
    second.refresh_from_db()
    assert (first.added, second.unchanged, second.rows) == (5, 5, 5)
    assert not JobImportPart.objects.exists()


def test_a_file_with_faults_is_refused_with_them(company):
    file = keeping.keep(company, [b"name,quantity\nA,-1\n"], by="ann", at=NOON)
    assert keeping.work(now=NOON)
    file.refresh_from_db()
    assert (file.state, file.fault_count) == ("refused", 1)
    told = {"line": 2, "column": "quantity", "reason": "This is less than 0.", "said": "-1"}
    assert file.faults == [told | {"sentence": told["reason"], "values": {}}]
    assert not Job.objects.exists()


def test_a_file_is_kept_in_parts_and_read_as_it_was(company):
    content = [b"name\n", b"x" * 3_000_000, b"y" * 500_000, b"\n"]
    file = keeping.keep(company, content, by="ann", at=NOON)
    assert file.size == 3_500_006
    assert b"".join(keeping.source_of(file)()) == b"".join(content)
    assert [len(part.content) for part in file.parts.all()] == [keeping.PART] * 3 + [
        3_500_006 - 3 * keeping.PART
    ]


def test_a_file_of_many_parts_is_taken(company, monkeypatch):
    monkeypatch.setattr(keeping, "PART", 500)
    file = kept(company, 200)
    assert file.parts.count() > 5
    keeping.run(file, now=NOON)
    assert (file.state, Job.objects.count()) == ("done", 200)


def test_a_file_that_is_too_large_is_not_kept(company, monkeypatch):
    monkeypatch.setattr(keeping, "LARGEST", 1000)
    with pytest.raises(keeping.TooLarge):
        kept(company, 100)
    assert not JobImport.objects.exists()


def test_a_dry_run_can_be_done_in_earnest_once(company):
    file = kept(company, 3, dry_run=True)
    keeping.run(file, now=NOON)
    assert (file.state, file.added, Job.objects.count()) == ("done", 3, 0)
    assert keeping.in_earnest(file, by="ann", now=NOON)
    assert not keeping.in_earnest(file, by="ann", now=NOON)
    assert keeping.work(now=NOON)
    file.refresh_from_db()
    assert (file.state, file.added, file.dry_run, Job.objects.count()) == ("done", 3, False, 3)


def test_files_of_dry_runs_are_forgotten_after_a_day(company):
    file = kept(company, 3, dry_run=True)
    keeping.run(file, now=NOON)
    keeping.forget(now=NOON + timedelta(hours=23))
    assert file.parts.exists()
    keeping.forget(now=NOON + timedelta(hours=25))
    assert not keeping.in_earnest(file, by="ann", now=NOON)


def test_it_says_how_far_it_is_while_it_is_taken(company, monkeypatch):
    monkeypatch.setattr(taking, "ROWS_BETWEEN_WORDS", 1000)
    file, seen = kept(company, 3000), []
    telling = keeping._telling

    def watched(row):
        tell = telling(row)

        def told(state, rows):
            tell(state, rows)
            # Somebody else sees the word, and no job yet.
            other = connection.copy()
            with other.cursor() as cursor:
                cursor.execute(
                    "SELECT state, rows, (SELECT count(*) FROM production_job) FROM production_jobimport"
                )
                seen.append(cursor.fetchone())
            other.close()

        return told

    monkeypatch.setattr(keeping, "_telling", watched)
    keeping.run(file, now=NOON)
    assert seen == [
        ("reading", 1000, 0), ("reading", 2000, 0), ("reading", 3000, 0), ("checking", 3000, 0), ("storing", 3000, 0),
    ]  # fmt: skip


def test_of_two_at_once_one_is_told_to_come_again(company):
    first, second, other = kept(company, 5), kept(company, 5), kept(make_company(), 5)
    holds, done = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            taking._claim(company.pk)
            holds.set()
            done.wait(20)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    holds.wait(20)
    with pytest.raises(Busy):
        keeping.run(first, now=NOON)
    assert keeping.work(now=NOON)  # another company's is taken meanwhile
    assert not keeping.work(now=NOON)
    done.set()
    thread.join()
    other.refresh_from_db()
    assert other.state == "done"
    assert keeping.work(now=NOON)
    assert keeping.work(now=NOON)
    second.refresh_from_db()
    assert second.unchanged == 5


def test_a_bug_does_not_hold_up_the_files_behind_it(company, monkeypatch):
    first, second = kept(company, 5), kept(company, 5, at=NOON + timedelta(seconds=1))
    monkeypatch.setattr(taking.storing, "gather", lambda: 1 / 0)
    assert keeping.work(now=NOON)
    monkeypatch.undo()
    assert keeping.work(now=NOON)
    first.refresh_from_db(), second.refresh_from_db()
    assert (first.state, second.state) == ("refused", "done")


KILLED = """
import os, signal, django
django.setup()
from django.utils.timezone import now
from production.job_import import keeping, storing, taking
from production.models import JobImport
if {after_rows}:
    copy = storing.copy
    def dying(rows):
        def until():
            for number, row in enumerate(rows):
                if number == {after_rows}:
                    os.kill(os.getpid(), signal.SIGKILL)
                yield row
        copy(until())
    storing.copy = dying
else:
    archive = storing.store
    def dying(company):
        archive(company)
        os.kill(os.getpid(), signal.SIGKILL)
    storing.store = dying
keeping.run(JobImport.objects.get(pk={pk}), now=now())
"""


@pytest.mark.parametrize("after_rows", [10, 0])
def test_killed_at_ten_rows_or_after_all_of_them_it_has_taken_nothing_and_is_taken_again(company, after_rows):
    Job.objects.create(company=company, name="OLD")
    file = kept(company, 200, auto_archive=True, at=now())
    code = KILLED.format(pk=file.pk, after_rows=after_rows)
    died = subprocess.run([sys.executable, "-c", code], env=_environment(), timeout=60)
    assert died.returncode == -signal.SIGKILL
    assert list(Job.objects.values_list("name", "archived_at")) == [("OLD", None)]
    file.refresh_from_db()
    assert file.finished_at is None
    later = file.asked_at + keeping.DEAD_AFTER + timedelta(seconds=1)
    _until(lambda: keeping.work(now=later))
    file.refresh_from_db()
    assert (file.state, file.added, file.archived) == ("done", 200, 1)
    assert Job.objects.filter(archived_at=None).count() == 200


TAKEN = """
import resource, django
django.setup()
from django.utils.timezone import now
from production.job_import import keeping
from production.models import JobImport
def taken(pk):
    telling = keeping._telling
    def told(row):
        tell = telling(row)
        def counted(state, rows):
            words.append(rows)
            tell(state, rows)
        return counted
    words, keeping._telling = [], told
    keeping.run(JobImport.objects.get(pk=pk), now=now())
    keeping._telling = telling
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, sorted(set(words))
few, _ = taken({few})
many, words = taken({many})
assert len(words) >= 50 and words[-1] == 500_000, words
print(many - few)
"""


@pytest.mark.long
def test_half_a_million_rows_take_hardly_more_memory_than_a_few_and_say_how_far_they_are(company):
    few, many = kept(make_company(), 5_000, at=now()), kept(company, 500_000, at=now())
    done = subprocess.run(
        [sys.executable, "-c", TAKEN.format(few=few.pk, many=many.pk)],
        env=_environment(), timeout=900, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 48  # MB more; the file alone has 17
    many.refresh_from_db()
    assert (many.state, many.rows, many.added) == ("done", 500_000, 500_000)


def test_whose_connection_is_cut_has_taken_nothing(company, monkeypatch):
    monkeypatch.setattr(taking.storing, "ROWS_AT_ONCE", 10)
    file = kept(company, 2_000, at=now())
    begun = threading.Event()
    failed = []

    def take():
        try:
            keeping.run(file, now=now())
        except Exception as error:
            failed.append(error)
        finally:
            begun.set()
            connection.close()

    cut, copy = threading.Event(), taking.storing.copy

    def slow(rows):
        def until():
            for number, row in enumerate(rows):
                if number == 10:
                    begun.set()
                    cut.wait(20)
                yield row

        copy(until())

    taking.storing.copy = slow
    try:
        thread = threading.Thread(target=take)
        thread.start()
        begun.wait(20)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE %s", ["COPY job_row%"],
            )  # fmt: skip
            assert cursor.fetchone()[0] == 1
        cut.set()
        thread.join(30)
    finally:
        taking.storing.copy = copy
    assert failed
    assert not Job.objects.exists()


def _environment():
    return os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "mesproject.settings"}


def _until(done, seconds=10):
    """The server needs a moment to see that a client has died."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        time.sleep(0.1)
