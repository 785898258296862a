"""Stations, SKUs and operators as tables that are imported and exported."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from mesproject.accounts.models import Company
from mesproject.accounts.sheets import KeyOf, Line, LineForm
from production.effects import apply, effect_of
from production.models import Operator, Sku, Station, StationGroup


class Watched(LineForm):
    """Lines whose rows detection depends on."""

    @classmethod
    def settle(cls, company: Company, lines: Sequence[Line], *, at: datetime) -> None:
        """Tell the engine."""
        apply([effect_of(line.row, None if line.is_new else line.changed) for line in lines], at=at)


class StationLine(Watched):
    """A station. Its group is named by its code, with the plant's where several plants have one of that code."""

    asks_company = True
    plant = KeyOf(required=False)
    group = KeyOf()

    class Meta(LineForm.Meta):
        model = Station
        fields = [
            "code", "name", "plant", "group", "position", "erp_id", "detection", "cycle_time_ms", "stop_multiplier",
            "utilisation_threshold_ms", "speed_threshold", "power_threshold_kw", "hold_on_ms", "micro_stop_ms",
            "heartbeat_ms", "assume_all_shift_time_planned", "counted_by_hand", "counter", "counter_modulus",
            "minimum_cycle_time_ms", "max_units_per_minute", "allow_ad_hoc",
        ]  # fmt: skip

    field_order = ["code", "name", "plant", "group"]

    @classmethod
    def rows_of(cls, company: Company) -> Any:
        """In the order in which one walks past them."""
        return Station.objects.of(company).in_place()

    @classmethod
    def others_of(cls, company: Company) -> dict[str, Any]:
        """Groups, by what a line may call them."""
        found: dict[str, list[StationGroup]] = {}
        for group in StationGroup.objects.of(company).select_related("plant"):
            found.setdefault(group.code, []).append(group)
            found[f"{group.plant.code}/{group.code}"] = [group]
        return found

    @classmethod
    def cell_of(cls, row: Any, name: str) -> Any:
        """Places by their codes."""
        places = {"plant": row.group.plant.code, "group": row.group.code} if row.group_id else {}
        return places[name] if name in places else super().cell_of(row, name)

    def clean_group(self) -> StationGroup:
        """The one group that is meant."""
        plant, said = self.cleaned_data.get("plant"), self.cleaned_data["group"]
        groups = self.known.others.get(f"{plant}/{said}" if plant else said, [])
        if not groups:
            raise forms.ValidationError(
                _("There is no group %(code)s. Add it first.")
                % {"code": f"{plant}/{said}" if plant else said}
            )
        if len(groups) > 1:
            raise forms.ValidationError(_("Several plants have such a group. Name the plant, too."))
        return groups[0]


class SkuLine(Watched):
    """A product."""

    class Meta(LineForm.Meta):
        model = Sku
        fields = [
            "code", "name", "cycle_time_ms", "minimum_cycle_time_ms", "stop_multiplier", "units_per_count", "value",
            "instructions_url", "line_speed_target", "allow_ad_hoc",
        ]  # fmt: skip


class OperatorLine(LineForm):
    """A person at a machine."""

    key = "initials"

    class Meta(LineForm.Meta):
        model = Operator
        fields = ["initials", "name", "badge"]

    @classmethod
    def others_of(cls, company: Company) -> dict[str, Any]:
        """Whose each badge is."""
        badges = cls.rows_of(company).exclude(badge="").values_list("badge", "initials")
        return dict(badges)

    def clean_badge(self) -> str:
        """A badge is one person's, also among the lines above."""
        badge: str = self.cleaned_data["badge"]
        holders, initials = self.known.others, self.data["initials"]
        if badge != self.instance.badge:
            holders.pop(self.instance.badge, None)
        if badge and holders.setdefault(badge, initials) != initials:
            raise forms.ValidationError(_("Somebody else has this badge."))
        return badge
