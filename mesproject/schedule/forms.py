"""The form in which one run is planned."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import Company
from production import planning
from production.errors import DomainError
from production.models import JobRun, Sku, SkuGroup, Station
from scheduling.wall_clock import local_to_utc

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# What is proposed while somebody types; what is typed may be any other.
MOST_PROPOSED = 300
TAKEN = ("planned_quantity", "starts_by_plan", "ends_by_plan", "ends_on_quantity", "extends_shift")
CALLED = {"sku": "product", "sku_group": "product", "job": "order"}


def _moment(label: StrOrPromise, hint: StrOrPromise = "") -> forms.CharField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": 60})
    return forms.CharField(label=label, required=False, widget=widget, help_text=hint)


class RunForm(forms.Form):
    """What is to be made, where, when and how much; times are on the clock of the station's plant."""

    station = forms.TypedChoiceField(label=_("Station"), coerce=int)
    product = forms.CharField(
        label=_("SKU or SKU group"), max_length=32, required=False,
        widget=forms.TextInput(attrs={"list": "products", "autocomplete": "off"}),
    )  # fmt: skip
    order = forms.CharField(label=_("Work order"), max_length=64, required=False)
    planned_start = _moment(_("Starts"), _("Empty: it waits until somebody starts it."))
    planned_end = _moment(_("Ends"))
    planned_quantity = forms.FloatField(
        label=_("Quantity"), required=False, min_value=0.000001, max_value=1_000_000_000,
        help_text=_("With a quantity its end is estimated; with neither it goes on until somebody ends it."),
    )  # fmt: skip
    is_prioritised = forms.BooleanField(label=_("Before the others"), required=False)
    starts_by_plan = forms.BooleanField(label=_("Starts by itself at its time"), required=False)
    ends_by_plan = forms.BooleanField(label=_("Ends by itself at its time"), required=False)
    ends_on_quantity = forms.BooleanField(label=_("Ends by itself with its quantity"), required=False)

    extends_shift = forms.BooleanField(
        label=_("Extends the shift, where it is planned past its end"), required=False
    )

    def __init__(self, *args: Any, company: Company, run: JobRun, **kwargs: Any) -> None:
        self.company, self.run = company, run
        super().__init__(*args, **kwargs)
        stations = list(Station.objects.of(company).active().in_place())
        if run.pk and run.station not in stations:
            stations.append(run.station)
        self.stations = {station.pk: station for station in stations}
        field = self.fields["station"]
        field.choices = [(one.pk, f"{one.name} ({one.code})") for one in stations]  # type: ignore[attr-defined]
        field.disabled = run.actual_start is not None

    @property
    def products(self) -> list[tuple[str, str]]:
        """Some of what can be made, to choose from."""
        groups = SkuGroup.objects.of(self.company).values_list("code", "name")[:MOST_PROPOSED]
        skus = Sku.objects.of(self.company).filter(archived_at=None).values_list("code", "name")
        return [*groups, *skus[:MOST_PROPOSED]]

    def clean(self) -> dict[str, Any]:
        """Codes become rows, times on the wall become instants."""
        data = super().clean() or self.cleaned_data
        for name in ("planned_start", "planned_end"):
            data[name] = self._instant(name)
        data["of"] = self._product(data.get("product", ""))
        return data

    def _instant(self, name: str) -> datetime | None:
        text, station = self.cleaned_data.get(name), self.stations.get(self.cleaned_data.get("station", 0))
        if not text or station is None:
            return None
        try:
            wall = datetime.fromisoformat(text).replace(tzinfo=None)
        except ValueError:
            self.add_error(name, _("Give a date and a time, such as 2026-12-31 06:00."))
            return None
        return local_to_utc(wall, station.plant.tz)

    def _product(self, code: str) -> Sku | SkuGroup | None:
        if not code and self.run.job_id and not (self.run.sku_group_id or self.run.effective_sku):
            return None  # a job of an ERP may be of a part that is no SKU
        sku = Sku.objects.of(self.company).filter(code=code, archived_at=None).first()
        found = sku or SkuGroup.objects.of(self.company).filter(code=code).first()
        if found is None:
            told = _("There is no SKU or SKU group %(code)s.") if code else _("Say what is made.")
            self.add_error("product", told % {"code": code})
        return found

    def save(self, *, at: datetime) -> JobRun | None:
        """Store it; None where a plan like this cannot be, which the form then says."""
        run, data = self.run, self.cleaned_data
        run.station = self.stations[data["station"]]
        run.planned_start, run.planned_end = data["planned_start"], data["planned_end"]
        run.prioritised_at = (run.prioritised_at or at) if data["is_prioritised"] else None
        for name in TAKEN:
            setattr(run, name, data[name])
        try:
            with transaction.atomic():
                if data["of"] and (run.pk is None or {"product", "order"} & set(self.changed_data)):
                    planning.product(self.company, run, of=data["of"], order=data["order"])
                return planning.put(run, at=at)
        except planning.BadPlan as error:
            name = CALLED.get(error.field, error.field)
            self.add_error(name if name in self.fields else None, error.detail)
        except DomainError as error:
            self.add_error(None, error.detail)
        return None


def values_of(run: JobRun) -> dict[str, Any]:
    """A run as the form shows it."""
    made, order = run.sku_group or run.effective_sku, run.job.name if run.job else ""
    if run.sku_group and order == run.sku_group.code:
        order = ""  # its job is named after it, for lack of a work order
    return {
        "station": run.station_id,
        "product": made.code if made else "",
        "order": order,
        "planned_start": _wall(run.planned_start, run.station),
        "planned_end": _wall(run.planned_end, run.station),
        "is_prioritised": run.prioritised_at is not None,
        **{name: getattr(run, name) for name in TAKEN},
    }


def _wall(at: datetime | None, station: Station) -> str:
    return f"{at.astimezone(station.plant.tz):%Y-%m-%dT%H:%M}" if at else ""
