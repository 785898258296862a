"""“How is this computed?” of a number of single things: what it is, and an example of the place and time asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from mesproject.accounts.models import Company
from mesproject.formats import number as written
from mesproject.reports import single_cycles, single_losses
from mesproject.reports.explain import said
from mesproject.reports.how_asked import Asked, BadQuestion, not_one_of
from mesproject.reports.machinemetrics_shapes import Kind
from mesproject.reports.narrowing import narrowed, narrowing_in
from mesproject.reports.single_example import Example
from mesproject.reports.single_numbers import CYCLES, LOSSES, Single
from mesproject.reports.single_things import MAKERS

OF_LOSSES = {one.name for one in LOSSES} - {*MAKERS}
OF_CYCLES = {one.name for one in CYCLES}


def told(single: Single, company: Company, asked: Asked, words: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """What the page of a single number shows, beside what all pages of numbers do."""
    with timezone.override(asked.clock.tz):
        example = _example(single, company, asked, words)
    answer = _("no answer") if example.value is None else written(said(example.value, single.unit))
    return {
        "metric": single,
        "word": _(single.word),
        "value": answer,
        "steps": [{
            "metric": single, "word": _(single.word), "formula": [(single.formula, "", "")],
            "numbers": written(example.numbers), "answer": answer,
        }],
        "measures": [(part.name, part.meaning, written(part.amount)) for part in example.parts],
        "is_single": True,
        "flags": [example.note] if example.note else [],
        "left_out": _(single.left_out) if single.left_out else "",
        "narrowed": [*narrowing_in(words).pairs, *(pair for pair in words if pair[0] == "by")],
    }  # fmt: skip


def _example(single: Single, company: Company, asked: Asked, words: Sequence[tuple[str, str]]) -> Example:
    by = dict(words).get("by", single_losses.BY[0])
    if by not in single_losses.BY:
        raise BadQuestion(not_one_of("by", single_losses.BY))
    question = narrowed(company, asked, narrowing_in(words), _kind(single.name))
    if (machines := question.only.get("machine")) is not None:
        question = replace(question, stations=[one for one in asked.stations if one.pk in machines])
    if single.name in OF_LOSSES:
        return single_losses.example(single.name, company, question, by)
    if single.name in OF_CYCLES:
        return single_cycles.example(single.name, company, question, asked.range.window)
    return MAKERS[single.name](company, question, asked.range.window)


def _kind(name: str) -> Kind:
    """Of which reports it is, which decides what it may be narrowed by."""
    if name not in OF_LOSSES:
        return "production"
    return "downtime" if name in single_losses.OF_DOWNTIME else "quality"
