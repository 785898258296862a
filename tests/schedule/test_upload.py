"""A schedule that somebody uploads as a table, mends and stores."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.utils.timezone import now

from mesproject.schedule.sheet import COLUMNS
from production.models import JobRun, SkuGroup, SkuGroupMember
from tests.make import make_group, make_job_run, make_plant, make_sku, make_station, make_user

pytestmark = pytest.mark.django_db
PAGE = "/schedule/upload/"
HEAD = "station_code,sku_code,work_order_ref,planned_quantity,planned_start_at,planned_end_at\n"
DAY = timedelta(days=1)


@pytest.fixture
def company(client):
    """In Paris, with a station M1 and an SKU A-100; somebody who plans is logged in."""
    user = make_user("supervisor")
    plant = make_plant("Europe/Paris", company=user.company)
    make_station("M1", group=make_group(plant=plant))
    make_sku("A-100", company=user.company)
    client.force_login(user)
    return user.company


def send(client, text, encoding="utf-8"):
    """Upload a file."""
    raw = text if isinstance(text, bytes) else text.encode(encoding)
    file = io.BytesIO(raw)
    file.name = "schedule.csv"
    return client.post(PAGE, {"file": file})


def fields(answer, **changes):
    """The form of a preview as a browser sends it, with cells mended by (line, column)."""
    lines = answer.context["lines"]
    sent = {name: [line.cells[name] for line in lines] for name in COLUMNS}
    sent["line"] = [str(line.number) for line in lines]
    for key, value in changes.items():
        name, _, number = key.rpartition("_")
        sent[name][int(number)] = value
    return sent


def faults(answer):
    return [
        (line.number, name, text) for line in answer.context["lines"] for name, text in line.faults.items()
    ]


def tomorrow(hour=6):
    return (now() + DAY).strftime(f"%Y-%m-%d {hour:02}:00")


def test_a_table_with_two_errors_is_mended_in_the_preview_and_stored(client, company):
    text = f"{HEAD}M1,A-100,WO-1,500,{tomorrow()},\nM7,A-100,WO-2,-5,{tomorrow(9)},\n"
    preview = send(client, text)
    assert preview.status_code == 422
    assert [(number, name) for number, name, _ in faults(preview)] == [
        (3, "station_code"),
        (3, "planned_quantity"),
    ]
    assert "There is no station “M7”." in preview.content.decode()
    mended = fields(preview, station_code_1="M1", planned_quantity_1="250")
    checked = client.post(PAGE, mended | {"step": "check"})
    assert (checked.status_code, faults(checked), JobRun.objects.count()) == (200, [], 0)
    stored = client.post(PAGE, mended | {"step": "save"}, follow=True)
    assert "2 entries stored." in stored.content.decode()
    assert sorted(JobRun.objects.values_list("planned_quantity", "job__name", "sku__code")) == [
        (250, "WO-2", "A-100"), (500, "WO-1", "A-100"),
    ]  # fmt: skip
    assert all(run.forecast for run in JobRun.objects.all())


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("31/12/{y} 06:00", (12, 31, 5)),
        ("31-12-{y} 06:00", (12, 31, 5)),
        ("{y}-12-31 06:00", (12, 31, 5)),
        ("{y}-12-31T06:00:00Z", (12, 31, 6)),
        ("{y}-12-31T06:00:00+03:00", (12, 31, 3)),
        ("{y}-12-31T06:00", (12, 31, 5)),
    ],
)
def test_dates_are_on_the_plants_clock_in_four_forms(client, company, text, instant):
    year = now().year
    preview = send(client, f"{HEAD}M1,A-100,,,{text.format(y=year)},\n")
    client.post(PAGE, fields(preview) | {"step": "save"})
    assert JobRun.objects.get().planned_start == datetime(year, *instant, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("M1,,,,{t},", "sku_code", "required"),
        ("M1,B-200,,,{t},", "sku_code", "no SKU"),
        ("M1,A-100,,,,", "planned_start_at", "required"),
        ("M1,A-100,,,soon,", "planned_start_at", "no date"),
        ("M1,A-100,,,31/02/2027 06:00,", "planned_start_at", "no date"),
        ("M1,A-100,,,2106-01-01 06:00,", "planned_start_at", "too far"),
        ("M1,A-100,,,{t},2020-01-01 06:00", "planned_end_at", "after"),
        ("M1,A-100,,nan,{t},", "planned_quantity", "number"),
        ("M1,A-100,,1e9,{t},", "planned_quantity", "number"),
        ("M1,A-100,=HYPERLINK(1),,{t},", "work_order_ref", "formula"),
        ("M1,A-100,{long},,{t},", "work_order_ref", "too long"),
    ],
)
def test_what_is_wrong_is_told_of_its_cell(client, company, line, column, words):
    answer = send(client, HEAD + line.format(t=tomorrow(), long="W" * 65) + "\n")
    [(number, name, text)] = faults(answer)
    assert (answer.status_code, number, name) == (422, 2, column)
    assert words in text


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("", "empty"),
        (HEAD, "no lines"),
        ("sku_code,planned_start_at\nA-100,x\n", "station_code"),
        ("station_code,planned_start_at\nM1,x\n", "sku_code"),
        (HEAD + 'M1,"A-100,,,,\n', "Line 2"),
        (HEAD + "M1,A-100,,,,,,,x\n", "Line 2"),
        ("a," * 700_000 + "\n", "longer than"),
        (b"PK\x03\x04" + b"0" * 50_000, "Unpack"),
        (HEAD + "M1,A-100,,,,\n" * 1_001, "At most 1,000"),
        (b"x" * 2_000_001, "2 MB"),
    ],
)
def test_what_is_no_table_is_refused_with_its_line(client, company, file, words):
    answer = send(client, file)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not JobRun.objects.exists()


def test_any_usual_encoding_and_separator_is_read(client, company):
    make_sku("B-200", company=company, name="Bügel")
    text = HEAD.replace(",", ";") + f"M1;B-200;Größe;12,5;{tomorrow()};\r\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        answer = send(client, text, encoding)
        assert (answer.status_code, faults(answer)) == (200, [])
    client.post(PAGE, fields(answer) | {"step": "save"})
    run = JobRun.objects.get()
    assert (run.job.name, run.planned_quantity) == ("Größe", 12.5)


def test_the_same_twice_in_a_table_or_stored_already_is_told(client, company):
    line = f"M1,A-100,,,{tomorrow()},\n"
    assert [(number, name) for number, name, _ in faults(send(client, HEAD + line + line))] == [
        (3, "planned_start_at")
    ]
    preview = send(client, HEAD + line)
    client.post(PAGE, fields(preview) | {"step": "save"})
    again = client.post(PAGE, fields(preview) | {"step": "save"})
    assert again.status_code == 422
    assert JobRun.objects.count() == 1


def test_all_or_nothing_where_something_came_between(client, company):
    text = f"{HEAD}M1,A-100,WO-1,,{tomorrow()},\nM1,A-100,WO-2,,{tomorrow(8)},\n"
    preview = send(client, text)
    planned = client.post(PAGE, fields(preview) | {"step": "check"}).context["lines"][1].run
    make_job_run(planned.station, actual_start=None, planned_start=planned.planned_start, sku=_sku(company))
    answer = client.post(PAGE, fields(preview) | {"step": "save"})
    assert [number for number, _, _ in faults(answer)] == [3]
    assert JobRun.objects.count() == 1


def _sku(company):
    return company.skus.get(code="A-100")


def test_what_is_downloaded_can_be_changed_and_sent_back(client, company):
    client.post(PAGE, fields(send(client, f"{HEAD}M1,A-100,WO-1,5,{tomorrow()},\n")) | {"step": "save"})
    file = b"".join(client.get("/schedule/runs.csv").streaming_content)
    preview = send(client, file)
    assert faults(preview) == []
    client.post(PAGE, fields(preview, planned_quantity_0="7") | {"step": "save"})
    run = JobRun.objects.get()
    assert (run.planned_quantity, run.job.name) == (7, "WO-1")


def test_groups_of_skus_are_planned_by_their_code(client, company):
    group = SkuGroup.objects.create(company=company, code="PAIR", name="Pair", default_cycle_time_ms=60_000)
    SkuGroupMember.objects.create(group=group, sku=_sku(company), multiplier=2)
    head = "station_code,sku_group_code,cycle_time_override,planned_start_at\n"
    text = f"{head}M1,PAIR,,{tomorrow()}\nM1,PAIR,5000,{tomorrow(9)}\n"
    client.post(PAGE, fields(send(client, text)) | {"step": "save"})
    assert list(JobRun.objects.order_by("planned_start").values_list("cycle_time_ms", "units_per_count")) == [
        (30_000, 2), (5_000, 2),
    ]  # fmt: skip


def test_the_template_has_the_columns_and_no_lines(client, company):
    file = b"".join(client.get("/schedule/template.csv").streaming_content).decode("utf-8-sig")
    assert file.replace('"', "").strip() == ",".join(COLUMNS)


@pytest.mark.parametrize(("role", "looks", "plans"), [
    ("operator", 403, 403), ("read_only", 200, 403), ("supervisor", 200, 200), ("member", 200, 200),
])  # fmt: skip
def test_who_may_look_and_who_may_plan(client, role, looks, plans):
    client.force_login(make_user(role))
    assert client.get("/schedule/runs.csv").status_code == looks
    assert client.get(PAGE).status_code == plans


def test_strangers_are_asked_to_log_in(client):
    assert client.get(PAGE).status_code == 302


def test_a_form_that_was_cut_off_is_refused(client, company):
    answer = client.post(PAGE, {"line": ["2", "3"], "station_code": ["M1"]})
    assert answer.status_code == 400
