"""Files of jobs: all of a file or nothing, and why not."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from production.job_import.taking import Outcome, take
from production.models import Job, JobDispatch, StationLive
from tests.make import (
    NOON,
    make_company,
    make_group,
    make_job,
    make_job_run,
    make_plant,
    make_sku,
    make_station,
)

pytestmark = pytest.mark.django_db
HEADER = (
    "name,part,operation,lot,description,due_date,quantity,partvalue,workcenter,idealcycletime,programname"
)


@pytest.fixture
def company():
    return make_company()


def taken(company, text, **kwargs):
    content = text if isinstance(text, bytes) else text.encode()
    return take(company.pk, lambda: iter([content]), now=kwargs.pop("now", NOON), **kwargs)


def faults(company, text, **kwargs):
    before = list(Job.objects.values())
    outcome = taken(company, text, **kwargs)
    assert list(Job.objects.values()) == before
    assert (outcome.added, outcome.changed, outcome.archived) == (0, 0, 0)
    assert outcome.fault_count >= len(outcome.faults) > 0
    return [(fault.line, fault.column, fault.reason) for fault in outcome.faults]


def test_a_file_in_machinemetrics_layout(company):
    station = make_station("M1", company=company, erp_id="2")
    text = (
        "name,part,operation,lot,description,due_date,quantity,partvalue,default_expectedcycletime,"
        "default_idealcycletime,default_setuptime,default_partcountmultiplier,default_actualparts,warningpercent,"
        "failurepercent,workcenter,expectedcycletime,idealcycletime,setuptime,partcountmultiplier,actualparts,"
        "programname\n"
        "WO-1,Sprocket,10,L1,Small sprockets,2026-04-01,1000,1.50,120000,100000,600000,2,1,90,80,2,110000,90000,"
        "300000,4,1,O1234\n"
    )
    assert taken(company, text) == Outcome(rows=1, added=1)
    job = Job.objects.get()
    assert (job.company, job.name, job.part, job.operation, job.lot) == (
        company,
        "WO-1",
        "Sprocket",
        "10",
        "L1",
    )
    assert (job.description, job.due_on, job.quantity) == ("Small sprockets", date(2026, 4, 1), 1000)
    assert (job.part_value, job.units_per_count) == (Decimal("1.50"), 2)
    assert (job.expected_part_time_ms, job.ideal_part_time_ms, job.expected_setup_ms) == (
        120_000,
        100_000,
        600_000,
    )
    assert (job.warning_percent, job.failure_percent) == (90, 80)
    place = job.dispatches.get()
    assert (place.station, place.group, place.program) == (station, None, "O1234")
    assert (place.expected_part_time_ms, place.ideal_part_time_ms) == (110_000, 90_000)
    assert (place.expected_setup_ms, place.units_per_count) == (300_000, 4)


def test_both_spellings_are_the_same(company):
    old = "name,default_idealcycletime,default_expectedcycletime\nA,100,200\n"
    new = "name,default_idealparttime,default_expectedparttime\nA,100,200\n"
    assert taken(company, old).added == 1
    assert taken(company, new) == Outcome(rows=1, unchanged=1)


def test_the_same_file_twice_changes_nothing(company):
    make_station("M1", company=company)
    text = "name,quantity,workcenter,idealparttime\nA,5,M1,100\nB,,,\nC,1,M1,\n"
    assert taken(company, text) == Outcome(rows=3, added=3)
    rows = list(Job.objects.order_by("pk").values()), list(JobDispatch.objects.order_by("pk").values())
    assert taken(company, text) == Outcome(rows=3, unchanged=3)
    assert rows == (
        list(Job.objects.order_by("pk").values()),
        list(JobDispatch.objects.order_by("pk").values()),
    )


def test_what_is_left_blank_stays_and_what_is_said_changes(company):
    taken(company, "name,quantity,description\nA,5,Five\n")
    assert taken(company, "name,quantity,description\nA,6,\n") == Outcome(rows=1, changed=1)
    job = Job.objects.get()
    assert (job.quantity, job.description) == (6, "Five")


def test_a_job_whose_place_changes_has_changed(company):
    make_station("M1", company=company), make_station("M2", company=company)
    taken(company, "name,workcenter,idealparttime\nA,M1,100\nB,M1,100\n")
    outcome = taken(company, "name,workcenter,idealparttime\nA,M1,110\nA,M2,120\nB,M1,100\nC,M1,\n")
    assert outcome == Outcome(rows=4, added=1, changed=1, unchanged=1)
    assert sorted(JobDispatch.objects.filter(job__name="A").values_list("ideal_part_time_ms", flat=True)) == [
        110,
        120,
    ]


def test_work_centers_are_known_by_erp_id_code_name_and_group(company):
    plant = make_plant(company=company, code="LYON")
    group = make_group(plant=plant, code="LINE", name="The line")
    one = make_station("A-1", group=group, name="Old press", erp_id="4711")
    two = make_station("A1", group=group, name="New press")
    text = "name,workcenter\n1,4711\n2,a-1\n3,A1\n4,old PRESS\n5,line\n6,LYON:LINE\n7,The line\n"
    assert taken(company, text).added == 7
    places = [place.station or place.group for place in JobDispatch.objects.order_by("job__name")]
    assert places == [one, one, two, one, group, group, group]


def test_another_company_s_stations_and_jobs_are_not_there(company):
    make_station("THEIRS"), make_job(name="A", part="", operation="")
    assert faults(company, "name,workcenter\nA,THEIRS\n")[0][:2] == (2, "workcenter")
    assert taken(company, "name\nA\n").added == 1
    assert Job.objects.count() == 2


def test_a_new_job_makes_the_sku_of_its_part(company):
    sku = make_sku("P1", company=company)
    make_sku("P2")
    taken(company, "name,part\nA,P1\nB,P2\n")
    assert list(Job.objects.order_by("name").values_list("sku", flat=True)) == [sku.pk, None]


def test_jobs_that_are_not_in_the_file_are_put_away_where_that_is_asked(company):
    theirs = make_job(name="X")
    taken(company, "name\nA\nB\nC\n")
    assert taken(company, "name\nB\nD\n").archived == 0
    assert taken(company, "name\nB\nD\n", auto_archive=True).archived == 2
    assert set(Job.objects.filter(archived_at=None).values_list("name", flat=True)) == {"B", "D", theirs.name}
    assert taken(company, "name\nA\n") == Outcome(rows=1, changed=1)  # it is back
    assert Job.objects.get(name="A").archived_at is None


def test_a_file_without_jobs_puts_nothing_away(company):
    make_job(company=company)
    assert faults(company, "name,part\n", auto_archive=True) == [(0, "", "The file has no jobs.")]


def test_a_dry_run_says_what_would_be_and_does_nothing(company):
    taken(company, "name,quantity\nA,1\nB,2\nC,3\n")
    before = list(Job.objects.values())
    outcome = taken(company, "name,quantity,notes\nA,1,x\nB,3,x\nD,4,x\n", auto_archive=True, dry_run=True)
    assert outcome == Outcome(rows=3, added=1, changed=1, unchanged=1, archived=1, ignored=("notes",))
    assert list(Job.objects.values()) == before


def test_another_pace_reaches_the_past_of_the_job_s_runs(company):
    run = make_job_run(
        make_station(company=company), job=make_job(company=company, name="A", part="", operation="")
    )
    other = make_job_run(
        make_station(company=company), job=make_job(company=company, name="B", part="", operation="")
    )
    taken(company, "name,default_idealparttime,default_expectedparttime\nA,100,\nB,,300\n")
    live = StationLive.objects.get(station=run.station)
    assert live.dirty_from == live.sums_from == run.actual_start
    live = StationLive.objects.filter(station=other.station).first()
    assert live is None or live.dirty_from is None


# Faults


@pytest.mark.parametrize(
    ("line", "column", "part"),
    [
        (",,,,,,,,,,", "", ""),
        ("=1+1,,,,,,,,,,", "name", "formula"),
        ("A,@SUM(A1),,,,,,,,,", "part", "formula"),
        ("A,,,,+cmd|' /C calc'!A0,,,,,,", "description", "formula"),
        ("A" * 65 + ",,,,,,,,,,", "name", "65 characters"),
        (",P,,,,,,,,,", "name", "has a name"),
        ("A,,,,,2026-02-30,,,,,", "due_date", "no date"),
        ("A,,,,,soon,,,,,", "due_date", "no date"),
        ("A,,,,,13/12/2026,,,,,", "due_date", "no date"),
        ("A,,,,,2106-02-07,,,,,", "due_date", "2100"),
        ("A,,,,,,-5,,,,", "quantity", "less than 0"),
        ("A,,,,,,many,,,,", "quantity", "no number"),
        ('A,,,,,,"1,000",,,,', "quantity", "thousands"),
        ("A,,,,,,1e5,,,,", "quantity", "no number"),
        ("A,,,,,,nan,,,,", "quantity", "no number"),
        ("A,,,,,,,99999999999,,,", "partvalue", "more than"),
        ("A,,,,,,,,NOWHERE,,", "workcenter", "no work center"),
        ("A,,,,,,,,,99999999999,", "idealparttime", "more than"),
        ("A,,,,,,,,,,,,extra", "", "13 cells"),
        ('A,"b"c,,,,,,,,,', "", "quote"),
        ('A,"b,,,,,,,,,', "", "never closed"),
    ],
)
def test_a_fault_names_line_column_and_reason_and_nothing_is_stored(company, line, column, part):
    text = f"{HEADER}\nFirst,,,,,,,,,,\n{line}\nLast,,,,,,,,,,\n"
    if not part:  # a line of nothing is no fault
        assert taken(company, text).added == 2
        return
    (fault,) = faults(company, text)
    assert fault[:2] == (3, column)
    assert part in fault[2]


def test_all_faults_of_a_file_are_told_up_to_a_hundred(company):
    outcome = taken(company, "name,quantity,due_date\n" + "A,-1,never\n" * 500)
    assert outcome.fault_count == 1000
    assert len(outcome.faults) == 100
    assert [fault.line for fault in outcome.faults[:3]] == [2, 2, 3]


def test_the_same_job_and_work_center_twice_is_a_fault(company):
    make_station("M1", company=company)
    found = faults(company, "name,workcenter\nA,M1\nB,M1\nA,m1\nB,\nB,\n")
    assert [fault[:2] for fault in found] == [(4, ""), (6, "")]
    assert "line 2" in found[0][2]


def test_lines_of_a_job_must_not_contradict_each_other(company):
    make_station("M1", company=company), make_station("M2", company=company)
    text = "name,workcenter,quantity,description\nA,M1,5,x\nA,M2,6,\nB,M1,1,\nB,M2,,y\n"
    assert faults(company, text) == [(3, "quantity", "Line 2 says “5” of the same job.")]
    assert taken(company, text.replace("6", "5")).added == 2


def test_a_program_belongs_to_one_job(company):
    make_station("M1", company=company), make_station("M2", company=company)
    text = "name,workcenter,programname\nA,M1,O1\nA,M2,O1\nB,M1,O2\n"
    assert taken(company, text).added == 2
    assert [fault[:2] for fault in faults(company, "name,workcenter,programname\nC,M1,O1\n")] == [
        (2, "programname")
    ]
    found = faults(company, "name,workcenter,programname\nD,M1,O3\nE,M2,O3\n")
    assert [fault[:2] for fault in found] == [(3, "programname")]
    assert taken(company, text).unchanged == 2


@pytest.mark.parametrize(
    "content", [b"", b"part\n1\n", b"\x1f\x8b\x08rest", b"name," * 1_000_000, b"name\n" + b"x" * 2_000_000]
)
def test_what_is_no_table_has_one_fault(company, content):
    assert len(faults(company, content)) == 1


# Other programs


def test_a_file_of_infor_visual(company):
    station = make_station("LATHE-3", company=company)
    text = (
        "BASE_ID;LOT_ID;SPLIT_ID;SUB_ID;SEQUENCE_NO;RESOURCE_ID;PART_ID;DESIRED_QTY;DESIRED_WANT_DATE;SETUP_HRS;RUN;RUN_TYPE\n"
        "W100;1;0;0;10;LATHE-3;P-7;250;01.04.2026;1,5;0,05;HRS/PC\n"
        "W100;1;2;3;20;;P-7;250;01.04.2026;0;30;PCS/HR\n"
    )
    assert taken(company, text, layout="inforVisual").added == 2
    first, second = Job.objects.order_by("operation")
    assert (first.name, first.lot, first.operation, first.part) == ("W100", "1", "10", "P-7")
    assert (first.quantity, first.due_on) == (250, date(2026, 4, 1))
    assert (first.expected_setup_ms, first.ideal_part_time_ms) == (5_400_000, 180_000)
    assert first.dispatches.get().station == station
    assert (second.lot, second.operation, second.ideal_part_time_ms) == ("1.2", "3-20", 120_000)
    assert (
        faults(company, "BASE_ID,SEQUENCE_NO,RUN,RUN_TYPE\nW1,10,5,LOADS\n", layout="inforVisual")[0][1]
        == "RUN_TYPE"
    )


def test_a_file_of_infor_ln(company):
    station = make_station("M7", company=company)
    text = (
        "Production Order|Operation|Item|Quantity Ordered|Delivery Date|Work Center|Machine|"
        "Setup Time|Cycle Time|Status\n"
        "SFC000123|10|BRACKET-9|40|2026-04-01|WC1|M7|30|1.5|Active\n"
    )
    outcome = taken(company, text, layout="inforLN")
    assert (outcome.added, outcome.ignored) == (1, ("Status",))
    job = Job.objects.get()
    assert (job.name, job.operation, job.part, job.quantity) == ("SFC000123", "10", "BRACKET-9", 40)
    assert (job.expected_setup_ms, job.ideal_part_time_ms) == (1_800_000, 90_000)
    assert job.dispatches.get().station == station
    assert taken(company, "PDNO,OPNO,MITM\nSFC000123,10,BRACKET-9\n", layout="inforLN").unchanged == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_a_file_in_any_usual_encoding(company, encoding):
    taken(company, "name;description\nA;Träger für Züge\n".encode(encoding))
    assert Job.objects.get().description == "Träger für Züge"


def test_it_is_taken_in_the_present(company):
    taken(company, "name\nA\n", now=NOON + timedelta(days=1))
    taken(company, "name\nB\n", auto_archive=True, now=NOON + timedelta(days=2))
    assert Job.objects.get(name="A").archived_at == NOON + timedelta(days=2)
