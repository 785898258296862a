"""How each company defines its numbers: one row a company, and no row where it takes ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import Company, Owned
from mesproject.reports.definition import CHOICES, DEFAULT, SENTENCES, Definition

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

UNKNOWN = _("There is no such choice of {name}.")
# A check is met by what is unknown, and NaN, which is above every number, is met by no upper bound.
MOST_MONEY = 1e9
MOST_PERCENT = 1000
SHARES = ("oee_warning", "oee_failure", "parts_goal_warning", "parts_goal_failure")
MONEY = ("idle_cost_per_hour", "energy_price_per_kwh")
AMOUNTS = (*MONEY, "co2_kg_per_kwh")


def _one_of(name: str, label: StrPromise) -> Any:
    """A switch with a few positions."""
    said = [(value, capfirst(_(meaning))) for value, meaning in CHOICES[name].items()]
    return models.CharField(
        label, max_length=16, choices=said, default=getattr(DEFAULT, name), help_text=_(SENTENCES[name])
    )


def _percent(name: str, label: StrPromise, *, least: int = 0, most: int = 100) -> Any:
    """A share, kept and shown in percent, as people type it."""
    default: float | None = getattr(DEFAULT, name)
    return models.FloatField(
        label, default=None if default is None else 100 * default, null=default is None, blank=default is None,
        validators=[MinValueValidator(least), MaxValueValidator(most)], help_text=_(SENTENCES[name]),
    )  # fmt: skip


def _amount(name: str, label: StrPromise) -> Any:
    """An amount that may be unknown."""
    limits = [MinValueValidator(0), MaxValueValidator(MOST_MONEY)]
    return models.FloatField(label, null=True, blank=True, validators=limits, help_text=_(SENTENCES[name]))


def _checks() -> list[models.BaseConstraint]:
    """What a definition must keep to, each with its sentence."""
    known = [
        (Q(**{f"{name}__in": list(said)}), f"definition_knows_{name}", format_lazy(UNKNOWN, name=name))
        for name, said in CHOICES.items()
    ]
    shares = [
        (Q(**{f"{name}__range": (0, 100)}), f"{name}_is_a_share", _("A threshold is 0 to 100 percent."))
        for name in SHARES
    ]
    amounts = [
        (Q(**{f"{name}__range": (0, MOST_MONEY)}), f"{name}_is_an_amount", _("An amount is 0 or more."))
        for name in AMOUNTS
    ]
    others = [
        (Q(performance_cap__range=(100, MOST_PERCENT)), "performance_cap_leaves_the_ideal",
         _("Performance is cut at 100 to 1,000 percent.")),
        (Q(oee_failure__lte=F("oee_warning")), "oee_warns_before_it_fails",
         _("OEE is a warning before it is a failure: the warning is the higher one.")),
        (Q(parts_goal_failure__lte=F("parts_goal_warning")), "parts_goal_warns_before_it_fails",
         _("Missing the parts goal is a warning before it is a failure: the warning is the higher one.")),
        (Q(currency__regex=r"^([A-Z]{3})?$"), "currency_is_three_letters",
         _("A currency is its three capital letters, as in EUR.")),
        (~Q(currency="") | Q(**dict.fromkeys(MONEY)), "money_has_a_currency",
         _("Say in which currency the cost and the price are.")),
    ]  # fmt: skip
    return [
        models.CheckConstraint(condition=condition, name=name, violation_error_message=sentence)
        for condition, name, sentence in [*known, *shares, *amounts, *others]
    ]


class KpiDefinition(Owned):
    """What a company means by its numbers, in the fields of `definition.Definition`; shares in percent.

    Facts do not depend on it: a change holds for all numbers at once, those of the past too.
    """

    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="kpi_definition")

    oee_base = _one_of("oee_base", _("OEE is a share of"))
    planned_stops = _one_of("planned_stops", _("planned stops are"))
    changeover = _one_of("changeover", _("setup is"))
    no_signal = _one_of("no_signal", _("time without a signal is"))
    micro_stops = _one_of("micro_stops", _("micro-stops are"))
    performance_cap = _percent(
        "performance_cap", _("performance is cut at [%]"), least=100, most=MOST_PERCENT
    )
    optional_shifts = _one_of("optional_shifts", _("an optional shift counts"))
    rework = _one_of("rework", _("a unit to be reworked is"))
    idle = _one_of("idle", _("where nothing ran, performance and quality are"))
    repair_in_mtbf = models.BooleanField(
        _("MTBF includes repair"), default=DEFAULT.repair_in_mtbf, help_text=_(SENTENCES["repair_in_mtbf"])
    )
    oee_warning = _percent("oee_warning", _("OEE warning [%]"))
    oee_failure = _percent("oee_failure", _("OEE failure [%]"))
    parts_goal_warning = _percent("parts_goal_warning", _("parts goal warning [%]"))
    parts_goal_failure = _percent("parts_goal_failure", _("parts goal failure [%]"))
    idle_cost_per_hour = _amount("idle_cost_per_hour", _("idle cost per hour"))
    currency = models.CharField(max_length=3, blank=True, help_text=_("Three letters, as in EUR."))
    energy_price_per_kwh = _amount("energy_price_per_kwh", _("energy price per kWh"))
    co2_kg_per_kwh = _amount("co2_kg_per_kwh", _("CO2 per kWh [kg]"))

    class Meta:
        verbose_name = _("definition of the numbers")
        verbose_name_plural = _("definition of the numbers")
        constraints = _checks()

    def __str__(self) -> str:
        return gettext("How numbers are computed here")

    @property
    def definition(self) -> Definition:
        """As metrics are computed by it."""
        known = {name: getattr(self, name) for name in SENTENCES}
        shares = {name: known[name] / 100 for name in (*SHARES, "performance_cap") if known[name] is not None}
        return Definition(**{**known, **shares, "currency": self.currency or None})


def definition_of(company: Company | int) -> Definition:
    """What holds in a company: its own definition, else ours. One query, or none where it came with the company."""
    if isinstance(company, Company) and Company.kpi_definition.is_cached(company):
        own = getattr(company, "kpi_definition", None)
    else:
        own = KpiDefinition.objects.of(company).first()
    return own.definition if own else DEFAULT
