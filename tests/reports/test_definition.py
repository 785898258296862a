"""What a company means by its numbers: stored once, refused where it is nonsense, followed by every answer."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from mesproject.accounts.models import Company
from mesproject.reports.definition import ALTERNATIVES, CHOICES, DEFAULT, SENTENCES
from mesproject.reports.definitions import definition_of
from mesproject.reports.models import KpiDefinition, ShiftFact
from tests.make import NOON, make_company
from tests.reports.busroot import Floor
from tests.reports.machinemetrics import Reader, store

pytestmark = pytest.mark.django_db
DAY = NOON.date()
MINUTE = 60_000


def define(company, **switches):
    """The company's definition, checked as the admin would."""
    row = KpiDefinition(company=company, **switches)
    row.full_clean()
    row.save()
    return row


def test_a_company_without_a_definition_takes_ours_for_one_query(django_assert_num_queries):
    company = Company.objects.get(pk=make_company().pk)
    with django_assert_num_queries(1):
        assert definition_of(company) == DEFAULT


def test_a_definition_that_came_with_its_company_is_not_asked_for(django_assert_num_queries):
    define(make_company(), performance_cap=120)
    [company] = Company.objects.select_related("kpi_definition")
    with django_assert_num_queries(0):
        assert definition_of(company).performance_cap == 1.2


def test_a_new_row_means_what_no_row_means():
    company = make_company()
    define(company)
    assert definition_of(company) == DEFAULT


def test_every_switch_is_kept(django_assert_num_queries):
    company, other = make_company(), make_company()
    chosen = {name: said[-1] for name, said in ALTERNATIVES.items()} | {
        "performance_cap": 120, "oee_warning": 85, "oee_failure": 65.5, "parts_goal_warning": 95,
        "parts_goal_failure": 80, "idle_cost_per_hour": 90, "currency": "EUR", "energy_price_per_kwh": 0.25,
        "co2_kg_per_kwh": 0.4,
    }  # fmt: skip
    define(company, **chosen)
    with django_assert_num_queries(1):
        found = definition_of(company.pk)
    assert {*chosen} == {*SENTENCES}
    for name, value in chosen.items():
        share = name in ("performance_cap", "oee_warning", "oee_failure") or name.startswith("parts_goal")
        assert getattr(found, name) == (value / 100 if share else value), name
    assert definition_of(other) == DEFAULT


NONSENSE = [
    ({"oee_warning": 50, "oee_failure": 60}, "The warning is the higher one"),
    ({"parts_goal_warning": 50}, "the warning is the higher one"),
    ({"oee_warning": 101}, "0 to 100 percent"),
    ({"oee_failure": -1}, "0 to 100 percent"),
    ({"performance_cap": 50}, "100 to 1,000 percent"),
    ({"performance_cap": float("nan")}, "100 to 1,000 percent"),
    ({"idle_cost_per_hour": 5}, "in which currency"),
    ({"energy_price_per_kwh": 5}, "in which currency"),
    ({"currency": "eur"}, "three capital letters"),
    ({"currency": "E"}, "three capital letters"),
    ({"currency": "EUR", "idle_cost_per_hour": -1}, "0 or more"),
    ({"co2_kg_per_kwh": float("inf")}, "0 or more"),
    *[({name: "otherwise"}, "no such choice") for name in CHOICES],
]


@pytest.mark.parametrize(("switches", "sentence"), NONSENSE)
def test_nonsense_is_refused_with_a_sentence_and_by_the_database(switches, sentence):
    company = make_company()
    row = KpiDefinition(company=company, **switches)
    with pytest.raises(ValidationError) as refused:
        row.validate_constraints()
    assert sentence.lower() in str(refused.value).lower()
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_there_is_one_definition_a_company():
    company = make_company()
    define(company)
    with pytest.raises(ValidationError):
        define(company)


# What answers make of it


@pytest.fixture
def reader():
    """A machine that ran 60 minutes of 100, and stood 20 with a planned cause."""
    reader = Reader().settle()
    machine = next(iter(reader.machines.values()))
    store(
        machine, DAY, all_ms=100 * MINUTE, shift_ms=100 * MINUTE, planned_ms=100 * MINUTE, run_ms=60 * MINUTE,
        stop_ms=20 * MINUTE, planned_stop_ms=20 * MINUTE, good=60, ideal_ms=60 * MINUTE, ideal_units=100,
    )  # fmt: skip
    return reader


def availability(reader):
    asked = {
        "data": [{"metric": "availability"}],
        "startDay": f"{DAY}",
        "endDay": f"{DAY}",
        "definition": True,
    }
    answer = reader.report("production", asked)
    return answer["aggregate"]["availability"], answer["definition"]["settings"]["planned_stops"]


def test_a_change_holds_at_once_for_the_past_and_nothing_is_summed_again(reader):
    before = list(ShiftFact.objects.order_by("station").values())
    assert availability(reader) == (0.75, "outside")
    row = define(reader.company, planned_stops="inside")
    assert availability(reader) == (0.6, "inside")
    row.delete()
    assert availability(reader) == (0.75, "outside")
    assert list(ShiftFact.objects.order_by("station").values()) == before


def test_both_dialects_follow_the_same_definition_and_say_so():
    floor = Floor().work()
    ours = floor.ask("oee")
    assert ours["definition"]["settings"]["oee_base"] == "planned"
    define(floor.company, oee_base="all", micro_stops="availability")
    theirs = floor.ask("oee")
    assert theirs["definition"]["settings"]["oee_base"] == "all"
    assert theirs["total"]["availabilityPerc"] < ours["total"]["availabilityPerc"]
    assert theirs["total"]["scheduleLossDuration"] == theirs["total"]["productionScheduleLossDuration"] == 0


def test_costs_are_unknown_until_the_company_says_them_and_never_0():
    floor = Floor().work()
    row = floor.ask("energy")["results"][0]
    assert (row["cost"], row["co2"]) == (None, None)
    ladder = floor.ask("oee")["total"]
    assert ladder["scheduleLossCost"] is ladder["availabilityLossCost"] is None
    assert {stop["cost"] for stop in ladder["stops"]} == {None}
    define(
        floor.company, currency="EUR", energy_price_per_kwh=0.25, co2_kg_per_kwh=0.5, idle_cost_per_hour=60
    )
    answer = floor.ask("energy")
    row = answer["results"][0]
    assert (answer["pricePerKwh"], answer["co2PerKwh"]) == (0.25, 0.5)
    assert row["cost"] == pytest.approx(row["electricalKwh"] / 4)
    assert row["co2"] == pytest.approx(row["electricalKwh"] / 2)
    ladder = floor.ask("oee")["total"]
    lost = ladder["availabilityLossDuration"] / 60_000
    assert ladder["availabilityLossCost"] == pytest.approx(lost)
