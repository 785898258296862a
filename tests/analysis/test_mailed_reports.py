"""Reports by mail: on the plant's wall, once, to whom it may go, with the numbers of the page."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from downtime import engine
from mesproject.accounts.models import OutboxMessage, Role
from mesproject.analysis.builder import mailing, running
from mesproject.analysis.builder.answering import prepared
from mesproject.analysis.builder.models import AllowedAddress, Mailing, Recipient, Run, Sending
from mesproject.analysis.builder.question import read
from mesproject.analysis.builder.times import Every, Wall
from production.models import Station
from tests.make import NOON, make_api_key, make_mailing, make_plant, make_report, make_user
from tests.outgoing.test_mails_in_outlook import complaints
from tests.reports.machinemetrics import Reader, store
from tests.reports.test_facts import say, settle

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
SEVEN = datetime(2026, 3, 12, 11, tzinfo=UTC)  # in New York
BERLIN = ZoneInfo("Europe/Berlin")
MAILS = "/analysis/report/mails/"


# When


def test_each_day_each_week_and_each_month_have_their_days():
    now = datetime(2026, 1, 30, 12, tzinfo=UTC)
    days = {
        every: [at.date() for at in Wall(every, time(7), 2, 31, ZoneInfo("UTC")).next_ones(now, 3)]
        for every in Every
    }
    assert days == {
        Every.DAY: [date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 2)],
        Every.WEEK: [date(2026, 2, 4), date(2026, 2, 11), date(2026, 2, 18)],
        Every.MONTH: [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)],
    }


@pytest.mark.parametrize(
    ("day", "at", "utc"),
    [
        (date(2026, 3, 29), time(2, 30), datetime(2026, 3, 29, 1, tzinfo=UTC)),  # there is no half past two
        (date(2026, 10, 25), time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # there are two
    ],
)
def test_a_clock_that_changes_has_one_turn_a_day(day, at, utc):
    wall = Wall(Every.DAY, at, 0, 1, BERLIN)
    assert wall.on(day) == utc
    step, found = utc - DAY, []
    while step < utc + DAY:
        found.append(wall.last(step))
        step += 10 * MINUTE
    assert found == sorted(found)
    assert [one for one in dict.fromkeys(found) if one[0] == day] == [(day, utc)]
    assert wall.following(utc - MINUTE) == utc
    assert wall.following(utc) > utc + timedelta(hours=20)


# Once


def mailed(report, *to):
    """A mailing by the clock of the report's plant."""
    return make_mailing(report, *to, plant=report.company.plants.get())


@pytest.fixture
def reader(db):
    reader = Reader().settle()
    for n, machine in enumerate(reader.machines.values(), start=1):
        store(machine, date(2026, 3, 11), good=100.0 * n, planned_ms=3_600_000, run_ms=600_000 * n, hour=NOON)
    return reader


@pytest.fixture
def report(reader):
    ann = make_user(Role.SUPERVISOR, company=reader.company, email="ann@example.com", first_name="Ann")
    asks = "metric=good_parts&metric=run_time&by=machine&range=yesterday"
    return make_report(ann, name="Good <units>", asks=asks)


def test_it_is_mailed_when_the_wall_says_so_and_once(report):
    mailed(report)
    assert mailing.tell(now=SEVEN - MINUTE) == 0
    assert mailing.tell(now=SEVEN) == 1
    assert mailing.tell(now=SEVEN) == mailing.tell(now=SEVEN + MINUTE) == 0
    assert mailing.tell(now=SEVEN - 2 * DAY) == 0  # the machine's clock was set back
    [mail] = OutboxMessage.objects.all()
    assert (mail.recipient, mail.subject) == ("ann@example.com", "Good <units>: Wed 2026-03-11")
    assert "MACHINE 3: 300, 30 min" in mail.body
    assert "All: 600, 1:00 h" in mail.body
    assert "Good &lt;units&gt;" in mail.html
    assert complaints(mail.html) == []
    assert len(mail.html) < 60_000


def test_a_worker_that_dies_leaves_nothing_half_sent(report, monkeypatch):
    bob = make_user(company=report.company, email="bob@example.com")
    mailed(report, report.owner, bob)
    written, real = [], mailing.letters.send

    def dying(sending, reader, *args, **kwargs):
        written.append(reader.email)
        if len(written) == 2:
            raise SystemExit
        return real(sending, reader, *args, **kwargs)

    monkeypatch.setattr(mailing.letters, "send", dying)
    with pytest.raises(SystemExit):
        mailing.tell(now=SEVEN)
    monkeypatch.setattr(mailing.letters, "send", real)
    assert not OutboxMessage.objects.exists()
    assert mailing.tell(now=SEVEN + MINUTE) == 2
    assert OutboxMessage.objects.count() == 2


def test_a_report_that_takes_long_is_worked_out_in_turns_while_others_are_mailed(report, monkeypatch):
    quick = make_report(report.owner, name="Quick", asks="metric=good_parts&range=yesterday")
    mailed(report)
    mailed(quick)
    cost = prepared(report.company, read(quick.asks), at=SEVEN).question.cost
    monkeypatch.setattr(running, "LONG", cost + 0.5)  # by machine it is more
    assert mailing.tell(now=SEVEN) == 1
    assert [mail.subject[:5] for mail in OutboxMessage.objects.all()] == ["Quick"]
    assert mailing.tell(now=SEVEN + MINUTE) == 0
    assert Run.objects.count() == 1
    assert running.work(clock=lambda: SEVEN + MINUTE)
    assert mailing.tell(now=SEVEN + 2 * MINUTE) == 1
    assert "MACHINE 3: 300, 30 min" in OutboxMessage.objects.get(subject__startswith="Good").body
    assert mailing.tell(now=SEVEN + 3 * MINUTE) == 0


def test_the_file_of_a_report_that_takes_long_is_there_when_it_is_worked_out(report, client, monkeypatch):
    mailed(report)
    assert mailing.tell(now=SEVEN) == 1
    [link] = re.findall(r"/analysis/report/mails/file/[^\s\"]+", OutboxMessage.objects.get().body) or [""]
    monkeypatch.setattr(running, "LONG", 0)
    waiting = client.get(link)
    assert (waiting.status_code, b"being worked out" in waiting.content) == (202, True)
    assert running.work(clock=lambda: SEVEN)
    assert b"MACHINE 3" in client.get(link).getvalue()


def test_one_that_is_given_up_there_pauses_and_its_owner_is_told(report, monkeypatch):
    made = mailed(report)
    monkeypatch.setattr(running, "LONG", 0)
    mailing.tell(now=SEVEN)
    assert Run.objects.get().cancel(at=SEVEN)
    assert mailing.tell(now=SEVEN + MINUTE) == 0
    made.refresh_from_db()
    assert made.paused_at
    assert OutboxMessage.objects.get().subject.startswith("Not mailed")


def test_an_installation_that_was_off_tells_the_last_turn_as_it_was_meant(report):
    mailed(report)
    assert mailing.tell(now=SEVEN + 10 * timedelta(hours=1)) == 1
    assert "2026-03-11" in OutboxMessage.objects.get().subject
    assert mailing.tell(now=SEVEN + 3 * DAY + 17 * timedelta(hours=1)) == 0


def test_what_was_due_while_it_was_paused_is_not_sent(report):
    one = mailed(report)
    one.pause("", at=NOON)
    assert mailing.tell(now=SEVEN) == 0
    one.resume(at=SEVEN + MINUTE)
    assert mailing.tell(now=SEVEN + 2 * MINUTE) == 0
    assert mailing.tell(now=SEVEN + DAY) == 1


def test_the_language_is_the_reader_s(report):
    report.owner.language = "de"
    report.owner.save()
    mailed(report)
    mailing.tell(now=SEVEN)
    assert "Mi" in OutboxMessage.objects.get().subject


# To whom


def test_nobody_who_may_not_look_is_mailed_and_a_mailing_without_readers_is_paused(report):
    gone = make_user(company=report.company, email="gone@example.com", is_active=False)
    operator = make_user(Role.OPERATOR, company=report.company, email="op@example.com")
    one = mailed(report, gone, operator)
    assert mailing.tell(now=SEVEN) == 0
    one.refresh_from_db()
    assert one.why_paused == mailing.NOBODY


def test_a_reader_leaves_by_the_link_of_his_mail(report, client):
    mailed(report, report.owner, "ken@customer.example")
    mailing.tell(now=SEVEN)
    mail = OutboxMessage.objects.get(recipient="ken@customer.example")
    assert "/saved/" not in mail.body  # he has no login
    link = re.search(r"/analysis/report/mails/leave/\S+", mail.body)[0]
    assert mail.headers["List-Unsubscribe"].endswith(f"{link}>")
    assert client.get(link).status_code == 200
    assert Recipient.objects.filter(left_at=None).count() == 2
    assert client.post(link).status_code == client.post(link).status_code == 200
    assert mailing.tell(now=SEVEN + DAY) == 1
    assert client.post(f"{link[:-2]}/").status_code == 404


def test_the_file_of_a_mail_is_the_report_as_it_was_meant(report, client):
    mailed(report, "ken@customer.example")
    mailing.tell(now=SEVEN)
    link = re.search(r"/analysis/report/mails/file/\S+", OutboxMessage.objects.get().body)[0]
    lines = b"".join(client.get(link)).decode("utf-8-sig").splitlines()
    assert lines[0] == '"machine","machineId","good_parts","run_time"'
    assert [line.split(",")[2] for line in lines[1:]] == ["100", "200", "300"]
    Recipient.objects.update(left_at=SEVEN)
    assert client.get(link).status_code == 404


# What goes wrong


def test_what_cannot_be_asked_any_more_is_paused_and_its_owner_is_told(report, reader):
    report.asks += "&station=NOWHERE"
    report.save()
    one = mailed(report)
    assert mailing.tell(now=SEVEN) == 0
    one.refresh_from_db()
    assert "NOWHERE" in one.why_paused
    assert "NOWHERE" in OutboxMessage.objects.get(recipient="ann@example.com").body


def test_what_breaks_is_tried_six_times(report, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("the disk is full")

    one = mailed(report)
    monkeypatch.setattr(running, "at_once", broken)
    for turn in range(6):
        one.refresh_from_db()
        assert one.paused_at is None
        assert mailing.tell(now=SEVEN + turn * 5 * MINUTE) == 0
    one.refresh_from_db()
    assert one.why_paused == mailing.BROKEN
    assert Sending.objects.get().error == "RuntimeError: the disk is full"


def test_what_the_mail_server_refuses_for_everybody_is_paused(report):
    one = mailed(report)
    mailing.tell(now=SEVEN)
    OutboxMessage.objects.update(state="failed")
    assert mailing.tell(now=SEVEN + DAY) == 0
    one.refresh_from_db()
    assert one.why_paused == mailing.REFUSED


# The page


def test_its_next_times_are_shown_before_it_is_kept(client, report):
    client.force_login(report.owner)
    page = f"/analysis/report/saved/{report.uuid}/mails/"
    plant = make_plant("Europe/Berlin", company=report.company, code="Z")
    form = {"every": "week", "weekday": 0, "month_day": 1, "at": "07:15", "plant": plant.pk,
            "people": [report.owner.pk]}  # fmt: skip
    shown = client.post(page, form)
    assert not Mailing.objects.exists()
    times = [at for at, _zone in shown.context["next_ones"]]
    assert len(times) == 3
    assert all((at.weekday(), at.hour, at.minute) == (0, 7, 15) for at in times)
    client.post(page, form | {"keep": "1"})
    one = Mailing.objects.get()
    assert one.next_at(one.since) == times[0]
    assert f"{times[0]:%Y-%m-%d 07:15}" in client.get(page).content.decode()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"people": []}, "Choose somebody"),
        ({"addresses": "ken@elsewhere.example"}, "is not allowed"),
        ({"addresses": "nonsense"}, "valid email"),
        ({"at": "25:00"}, "valid time"),
        ({"month_day": "40"}, "31"),
    ],
)
def test_nonsense_gets_a_sentence(client, report, reader, change, said):
    client.force_login(report.owner)
    form = {"every": "day", "weekday": 0, "month_day": 1, "at": "07:15", "plant": reader.plant.pk,
            "people": [report.owner.pk], "keep": "1"}  # fmt: skip
    answer = client.post(f"/analysis/report/saved/{report.uuid}/mails/", form | change)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Mailing.objects.exists()


def test_addresses_are_those_that_an_administrator_allows(report):
    for allowed in ("ken@one.example", "@two.example"):
        AllowedAddress.objects.create(company=report.company, address=allowed)
    asked = ("KEN@one.example", "any@two.example", "any@one.example", "two.example", "x@not-two.example")
    assert [AllowedAddress.allows(report.company, one) for one in asked] == [True, True, False, False, False]
    assert not AllowedAddress.allows(make_user().company, "ken@one.example")


def test_one_is_sent_to_oneself_once_for_each_click(client, report):
    client.force_login(report.owner)
    address = f"/analysis/report/saved/{report.uuid}/mails/now/"
    for _ in range(2):
        assert client.post(address, {"key": "0e871f8e-a48a-4a7b-ba33-a02cba7d4f2c"}).status_code == 302
    due = Sending.objects.get().due_at
    assert mailing.tell(now=due) == 1
    assert OutboxMessage.objects.get().recipient == "ann@example.com"
    assert client.post(address, {"key": "x"}).status_code == 400


def test_mailings_are_paused_gone_on_with_and_ended(client, report):
    client.force_login(report.owner)
    one = mailed(report)
    for step, paused in (("pause", True), ("resume", False)):
        client.post(f"{MAILS}{one.uuid}/{step}/")
        one.refresh_from_db()
        assert bool(one.paused_at) == paused
    client.post(f"{MAILS}{one.uuid}/delete/")
    assert not Mailing.objects.exists()


def test_keys_know_nothing_of_it(client, report):
    _, token = make_api_key(company=report.company)
    answer = client.get(f"/analysis/report/saved/{report.uuid}/", headers={"X-API-KEY": token})
    assert answer.status_code == 302
    assert "login" in answer["Location"]


def test_what_was_worked_out_in_turns_while_numbers_were_summed_is_worked_out_anew(report, monkeypatch):
    mailed(report)
    station = Station.objects.first()
    say(station, *(NOON - n * DAY for n in range(60)), good=1.0, now=SEVEN)
    engine.tick(now=SEVEN)
    monkeypatch.setattr(running, "LONG", 0)
    assert mailing.tell(now=SEVEN) == 0
    assert running.work(clock=lambda: SEVEN)
    assert mailing.tell(now=SEVEN + MINUTE) == 0
    settle(now=SEVEN)
    assert mailing.tell(now=SEVEN + 2 * MINUTE) == 0
    assert running.work(clock=lambda: SEVEN + 2 * MINUTE)
    assert mailing.tell(now=SEVEN + 3 * MINUTE) == 1
    assert "is being summed anew" not in OutboxMessage.objects.get().body


def test_numbers_that_are_being_summed_are_waited_for_and_then_told_with_a_word(report):
    mailed(report)
    station = Station.objects.first()
    say(station, *(NOON - n * DAY for n in range(60)), good=1.0, now=SEVEN)
    engine.tick(now=SEVEN)
    assert mailing.tell(now=SEVEN) == mailing.tell(now=SEVEN + 29 * MINUTE) == 0
    with transaction.atomic():
        assert mailing.tell(now=SEVEN + 31 * MINUTE) == 1
        [mail] = OutboxMessage.objects.all()
        assert "is being summed anew" in mail.body
        assert "is being summed anew" in mail.html
        transaction.set_rollback(True)
    settle(now=SEVEN)
    assert mailing.tell(now=SEVEN + 29.5 * MINUTE) == 1
    assert "is being summed anew" not in OutboxMessage.objects.get().body
