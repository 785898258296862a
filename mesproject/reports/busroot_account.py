"""Busroot's account: the company, and what its numbers cost."""

from __future__ import annotations

from typing import Annotated

import msgspec
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from msgspec import UNSET, Meta, UnsetType
from rest_framework.request import Request

from mesproject.accounts.models import Company
from mesproject.busroot import BadValue, BusrootView, answered, decoded
from mesproject.reports.definitions import KpiDefinition
from mesproject.resources import text
from production.models import Station

Amount = Annotated[float, Meta(ge=0, le=1_000_000)] | None


class Account(msgspec.Struct, rename="camel"):
    """The company."""

    id: str
    name: str
    currency: str | None
    electrical_price_per_kwh: float | None
    electrical_co2_per_kwh: float | None
    idle_cost_per_hour: float | None
    enable_lost_production_cost: bool
    station_count: int
    station_count_limit: None
    default_auto_end_on_quantity_complete: bool
    dashboard_config: str | None
    # Of Busroot's own hosting. There is nothing of it here.
    domain: None = None
    redshift_password: None = None
    redshift_config: None = None
    upload_transforms: None = None
    cursors: list[str] = []


class AccountChange(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What may be changed; the rest stays. What is only told may be sent as it is told, and nothing else."""

    name: text(128) | UnsetType = UNSET  # type: ignore[valid-type]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] | UnsetType | None = UNSET
    electrical_price_per_kwh: Amount | UnsetType = UNSET
    electrical_co2_per_kwh: Amount | UnsetType = UNSET
    idle_cost_per_hour: Amount | UnsetType = UNSET
    enable_lost_production_cost: bool | UnsetType = UNSET
    default_auto_end_on_quantity_complete: bool | UnsetType = UNSET
    dashboard_config: Annotated[str, Meta(max_length=65_536, pattern=r"^[^\x00]*$")] | UnsetType | None = (
        UNSET
    )
    reset_redshift_password: bool | UnsetType = UNSET
    upload_transforms: UnsetType | None = UNSET


COLUMNS = {
    "currency": "currency",
    "electrical_price_per_kwh": "energy_price_per_kwh",
    "electrical_co2_per_kwh": "co2_kg_per_kwh",
    "idle_cost_per_hour": "idle_cost_per_hour",
}
OF_COMPANIES = {
    "name": "name",
    "default_auto_end_on_quantity_complete": "ends_on_quantity",
    "dashboard_config": "dashboard_config",
}
HAS_A_COST = "Lost production has a cost exactly where idle time has one: say idleCostPerHour."
_change = msgspec.json.Decoder(AccountChange)


class AccountView(BusrootView):
    """GET and POST /account."""

    def get(self, request: Request) -> HttpResponse:
        """The caller's own company."""
        return answered(result=_told(self.allowed("view", "accounts.company").company))

    def post(self, request: Request) -> HttpResponse:
        """Change what is sent; what energy and idle time cost holds for all numbers, those of the past too."""
        caller = self.allowed("change", "accounts.company")
        asked = decoded(request, _change)
        if asked.reset_redshift_password is True:
            raise BadValue(
                "resetRedshiftPassword", "There is no Redshift here whose password could be reset."
            )
        with transaction.atomic():
            company = Company.objects.select_for_update().get(pk=caller.company.pk)
            _change_company(company, asked)
            _change_costs(company, asked)
            told = _told(company)
            if asked.enable_lost_production_cost not in (UNSET, told.enable_lost_production_cost):
                raise BadValue("enableLostProductionCost", HAS_A_COST)
        return answered(result=told)


def _change_company(company: Company, asked: AccountChange) -> None:
    said = {
        field: value for name, field in OF_COMPANIES.items() if (value := getattr(asked, name)) is not UNSET
    }
    for field, value in said.items():
        setattr(company, field, value)
    if said:
        company.save(update_fields=list(said))


def _change_costs(company: Company, asked: AccountChange) -> None:
    said = {column: value for name, column in COLUMNS.items() if (value := getattr(asked, name)) is not UNSET}
    if not said:
        return
    definition = KpiDefinition.objects.of(company).first() or KpiDefinition(company=company)
    for column, value in said.items():
        setattr(definition, column, value if column != "currency" else value or "")
    try:
        definition.full_clean(validate_unique=False)
    except ValidationError as error:
        raise BadValue("currency", " ".join(error.messages)) from None
    definition.save()


def _told(company: Company) -> Account:
    own = KpiDefinition.objects.of(company).first() or KpiDefinition(company=company)
    return Account(
        company.code,
        company.name,
        own.currency or None,
        own.energy_price_per_kwh,
        own.co2_kg_per_kwh,
        own.idle_cost_per_hour,
        own.idle_cost_per_hour is not None,
        Station.objects.of(company).active().count(),
        None,
        company.ends_on_quantity,
        company.dashboard_config,
    )
