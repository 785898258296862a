"""How stops by cause and rejects by reason come about: all causes with what each took, or all stations, products."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, Literal

from django.utils.translation import gettext as _

from downtime.models import Cause
from mesproject.accounts.models import Company
from mesproject.formats import number
from mesproject.reports.asking import Question, losses
from mesproject.reports.explain import LENGTHS, percent, plain, said
from mesproject.reports.metric import Unit
from mesproject.reports.single_example import Example, Part
from mesproject.reports.tally import IN_SETUP
from production.models import Sku
from quality.models import RejectReason

Kind = Literal["downtime", "rejects"]
# What they may be told by.
BY = ("reason", "machine", "shift", "part")
MOST = 20
OF_DOWNTIME = ("downtime_by_cause", "stops_by_cause", "mean_stop", "downtime_share", "downtime_reached")
COUNTS = ("stops_by_cause", "reject_declarations")
SHARES = ("share", "reached")


@dataclass(frozen=True, slots=True)
class Told:
    """What each cause took, the greatest first; `chosen` are those that are asked for."""

    kind: Kind
    each: Mapping[Any, tuple[float, int]]
    chosen: Mapping[Any, tuple[float, int]]
    names: Mapping[Any, str]

    @property
    def unit(self) -> Unit:
        """That of amounts."""
        return "ms" if self.kind == "downtime" else "units"

    def said(self, amount: float) -> str:
        """An amount; times in the unit that suits all of them."""
        scale = next((each, word) for least, each, word in LENGTHS if self.whole >= least)
        return said(amount, self.unit, scale) if amount else "0"

    @property
    def amount(self) -> float:
        """That of the chosen ones."""
        return sum(amount for amount, _count in self.chosen.values())

    @property
    def count(self) -> int:
        """The number of their records."""
        return sum(count for _amount, count in self.chosen.values())

    @property
    def whole(self) -> float:
        """The amount of all."""
        return sum(amount for amount, _count in self.each.values())

    @property
    def reached(self) -> float:
        """The amount of the chosen ones and of all greater ones."""
        least = min((amount for amount, _count in self.chosen.values()), default=0)
        return sum(amount for amount, _count in self.each.values() if amount >= least)


def example(name: str, company: Company, question: Question, by: str) -> Example:
    """What a number of losses comes to; of shares, where nothing is chosen, that of the greatest."""
    told = _told(name, company, question, by)
    parts, value = list(_parts(told)), told.reached if name.endswith("reached") else told.amount
    if name.endswith(SHARES):
        return Example(_over(value, told.whole), f"{told.said(value)} / {told.said(told.whole)}", parts)
    if name.startswith("mean"):
        return Example(_over(value, told.count), f"{told.said(value)} / {plain(told.count)}", parts)
    if name in COUNTS:
        return Example(
            float(told.count), _sum(plain(count) for _amount, count in told.chosen.values()), parts
        )
    return Example(value, _sum(told.said(amount) for amount, _count in told.chosen.values()), parts)


def _told(name: str, company: Company, question: Question, by: str) -> Told:
    kind: Kind = "downtime" if name in OF_DOWNTIME else "rejects"
    wanted = question.only.get(by)
    only = {group: values for group, values in question.only.items() if group != by}
    found = dict(losses(replace(question, groups=(by,), only=only), kind))
    order = sorted(found, key=lambda key: -found[key][0])
    each = {key[0]: found[key] for key in order}
    is_share = name.endswith(SHARES)
    if is_share and by == "reason" and (wanted is None or 0 not in wanted):
        each.pop(0, None)  # beside causes stands what is explained
    first = list(each)[:1] if is_share else list(each)
    chosen = {key: each[key] for key in (first if wanted is None else wanted) if key in each}
    return Told(kind, each, chosen, _names(company, question, kind, by, list(each)))


def _over(value: float, base: float) -> float | None:
    return value / base if base else None


def _sum(numbers: Iterator[str]) -> str:
    known = list(numbers)
    return " + ".join([*known[:MOST], "…"] if len(known) > MOST else known)


def _parts(told: Told) -> Iterator[Part]:
    """Each with its records, its share, and the share that is reached."""
    reached = accumulate(amount for amount, _count in told.each.values())
    whole = told.whole or 1
    for (key, (amount, count)), up_to in list(zip(told.each.items(), reached, strict=True))[:MOST]:
        words = _("%(count)s records, %(share)s of all, %(reached)s up to here") % {
            "count": number(plain(count)), "share": number(percent(round(amount / whole, 3))),
            "reached": number(percent(round(up_to / whole, 3))),
        }  # fmt: skip
        yield Part(told.names.get(key, str(key)), words, told.said(amount))


def _names(company: Company, question: Question, kind: Kind, by: str, keys: list[Any]) -> Mapping[Any, str]:
    if by == "machine":
        return {station.pk: station.name for station in question.stations}
    if by == "shift":
        return {"": _("No shift")}
    if by == "part":
        rows = Sku.objects.of(company).filter(code__in=keys).values_list("code", "name")
        return {code: name or code for code, name in rows} | {"": _("Unknown product")}
    model: Any = Cause if kind == "downtime" else RejectReason
    named = dict(model.objects.of(company).filter(pk__in=keys).values_list("pk", "description"))
    return {**named, 0: _("Not explained"), IN_SETUP: _("Setup")}
