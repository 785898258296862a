"""The supervisor over toy children: they come back, and none is ever left behind."""

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from mesproject.servers.logs import LARGEST
from mesproject.servers.process import command_of, wait_until
from mesproject.supervisor.child import Backoff
from mesproject.supervisor.logs import ChildLog

TOY = Path(__file__).with_name("toy.py")


@contextmanager
def supervisor(folder, *kinds):
    """A supervisor over these toys, whose first words were said."""
    with subprocess.Popen(
        [sys.executable, TOY, folder, *kinds], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            process.first = process.stdout.readline().strip()
            yield process
        finally:
            process.kill()


def pids(folder, kind):
    """The process numbers a toy and its own children wrote down, in order."""
    log = folder / f"{kind}.log"
    return (
        [int(number) for number in re.findall(r"^pid (\d+)", log.read_text(), re.M)] if log.exists() else []
    )


def alive(pid):
    """Whether the process runs; a zombie does not."""
    return bool(command_of(pid))


def wait_for_pids(folder, kind, count):
    assert wait_until(lambda: len(pids(folder, kind)) >= count, within=10)
    return pids(folder, kind)


def test_a_child_that_was_killed_comes_back(tmp_path):
    with supervisor(tmp_path, "steady"):
        (first,) = wait_for_pids(tmp_path, "steady", 1)
        os.kill(first, signal.SIGKILL)
        second = wait_for_pids(tmp_path, "steady", 2)[1]
        assert alive(second)


def test_a_child_that_keeps_dying_is_given_longer_and_longer_pauses(tmp_path):
    with supervisor(tmp_path, "brief") as process:
        wait_for_pids(tmp_path, "brief", 4)
        process.terminate()
        said = process.stdout.read()
    pauses = [float(number) for number in re.findall(r"brief ended with code 3; again in ([\d.]+) s", said)]
    assert len(pauses) >= 3
    assert pauses[-1] > pauses[0]


def test_pauses_stay_between_a_fifth_of_a_second_and_ten_seconds():
    backoff = Backoff(jitter=lambda low, high: high)
    pauses = [backoff.pause(lived=1) for _ in range(9)]
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10, 10]


def test_half_a_minute_of_health_is_forgiveness():
    backoff = Backoff(failures=9, jitter=lambda low, high: high)
    assert backoff.pause(lived=31) == 0.2


@pytest.mark.parametrize("farewell", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_every_child_and_grandchild(tmp_path, farewell):
    with supervisor(tmp_path, "steady", "stubborn", "parent") as process:
        started = [*wait_for_pids(tmp_path, "steady", 1), *wait_for_pids(tmp_path, "parent", 2)]
        started += wait_for_pids(tmp_path, "stubborn", 1)
        assert wait_until(lambda: "deaf" in (tmp_path / "stubborn.log").read_text(), within=5)
        process.send_signal(farewell)
        assert process.wait(10) == 0
        assert "stubborn did not end and was killed" in process.stdout.read()
    assert not any(alive(pid) for pid in started)


def test_killing_the_supervisor_leaves_no_child(tmp_path):
    with supervisor(tmp_path, "steady", "stubborn") as process:
        started = [*wait_for_pids(tmp_path, "steady", 1), *wait_for_pids(tmp_path, "stubborn", 1)]
        process.kill()
    assert wait_until(lambda: not any(alive(pid) for pid in started), within=5)


def test_a_second_supervisor_on_the_same_folder_is_refused_in_one_sentence(tmp_path):
    with supervisor(tmp_path, "steady") as process, supervisor(tmp_path, "steady") as second:
        assert second.wait(10) == 2
        assert re.fullmatch(rf"Floorlight already runs on .* \(process {process.pid}\): .*\.", second.first)


def test_after_a_kill_the_folder_is_free_again(tmp_path):
    with supervisor(tmp_path, "steady") as process:
        process.kill()
    with supervisor(tmp_path, "steady") as process:
        assert process.first == "up"


def test_what_a_child_says_about_errors_is_repeated_on_the_console(tmp_path):
    with supervisor(tmp_path, "grumpy") as process:
        assert process.stdout.readline().strip() == "grumpy: ERROR the sensor is upside down"


def test_that_the_database_is_on_its_way_is_no_news(tmp_path):
    log = ChildLog(tmp_path / "postgres.log")
    log.path.write_text(
        "2026-03-11 12:00:00 UTC [7] FATAL:  the database system is starting up\n"
        "2026-03-11 12:00:01 UTC [8] FATAL:  the database system is not yet accepting connections\n"
        "2026-03-11 12:00:02 UTC [9] FATAL:  the database system is shutting down\n"
        "2026-03-11 12:00:03 UTC [9] FATAL:  could not write lock file: No space left on device\n"
    )
    assert [line.rpartition(": ")[2] for line in log.new_errors()] == ["No space left on device"]


def test_a_log_stays_bounded_while_its_child_goes_on_writing(tmp_path):
    log = ChildLog(tmp_path / "chatty.log")
    with log.open() as child:
        for _ in range(5):
            child.write(b"x" * LARGEST + b"\n")
            child.flush()
            log.rotate()
        child.write(b"ERROR last\n")
    assert log.new_errors() == ["ERROR last"]
    assert log.path.stat().st_size < 100
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 3 * LARGEST
