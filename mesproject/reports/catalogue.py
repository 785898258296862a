"""The table of metrics as a page: `python -m mesproject.reports.catalogue > docs/kpis.md`. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from mesproject.reports.definition import DEFAULT, sentences
from mesproject.reports.metric import Metric
from mesproject.reports.metrics import GROUPS
from mesproject.reports.metrics_machinemetrics import ALIASES, CERTAIN
from mesproject.reports.single_numbers import GROUPS as SINGLE_GROUPS

HEAD = """\
# Every number, and how it is computed

Made from the tables in `mesproject/reports/metrics.py` and `single_numbers.py`, which every screen, interface, mail
and export asks; do not edit. Measures (`planned_ms`, `good` …) are those of `mesproject/reports/measures.py`. Additive
metrics of a whole are the sum of its parts'. Ratios are computed from sums at each level, never averaged. What has no
base has no answer: nothing planned is neither 0 nor 100 %. Planned time in which nothing was made has an OEE of 0.
Performance over 100 % is shown and flagged.

Formulas are those of the default definition. A company sets its own in the admin, under *Numbers*; a change holds at
once for all numbers, those of the past too, because what is summed does not depend on it. `/api/oee` and, with
`definition`, MachineMetrics' reports say which one they used.

`/how/` lists all numbers, `/how/<metric>/` prints one with its formula, the actual numbers in it step by step, and
the settings that it depends on. It takes `plant`, `group` and `station` (codes; a station also by its uuid), all of
which must hold, and the time as `range` (`last-shift`, `2025-W07` … as in [busroot.md](busroot.md)) or as `from` and
`to`; without a time it is the last seven days. `/how/oee/?station=M1&range=this-shift` is what a screen links to. A
name of MachineMetrics or Busroot instead of ours leads to ours.

Names of MachineMetrics' dialect that its public documents do not prove are ours: *so*.
"""

SINGLE = """\
## Numbers of single things

What screens show beside the metrics. `/how/` explains each with an example out of the place and time asked for: all
causes with what each took (`only.reason` chooses one, `by=machine`, `shift` or `part` tells them by something else),
the single units of at most eight days of stations, or the newest run, stop or signal.
"""


def markdown() -> str:
    """The page."""
    metrics = (line for name in GROUPS for line in _group(name))
    return "\n".join([HEAD, *_settings(), *metrics, *_singles()])


def _settings() -> Iterator[str]:
    yield from ("## What a company may define", "", "| setting | default | what it says |", "|---|---|---|")
    for name, value, sentence in sentences(DEFAULT):
        yield f"| `{name}` | {'none' if value is None else str(value).lower()} | {sentence} |"
    yield ""


def _singles() -> Iterator[str]:
    yield SINGLE
    for name, group in SINGLE_GROUPS.items():
        yield from (
            f"### {name}",
            "",
            "| number | meaning | unit | formula | what is left out |",
            "|---|---|---|---|---|",
        )
        for one in group:
            yield f"| `{one.name}` | {one.meaning} | {one.unit} | {one.formula} | {one.left_out or '–'} |"
        yield ""


def _group(name: str) -> Iterator[str]:
    yield from (
        f"## {name}",
        "",
        "| metric | meaning | unit | formula | source | | MachineMetrics | Busroot |",
    )
    yield "|---|---|---|---|---|---|---|---|"
    for metric in GROUPS[name]:
        yield _row(metric)
    yield ""


def _row(metric: Metric) -> str:
    kind = "additive" if metric.additive else "ratio" if metric.unit == "ratio" else "from sums"
    spoken = ", ".join(_machinemetrics(metric)) or "–"
    busroot = metric.dialects.get("busroot", "–")
    return (
        f"| `{metric.name}` | {metric.meaning} | {metric.unit} | {metric.worded(DEFAULT)} | {metric.source} "
        f"| {kind} | {spoken} | {busroot} |"
    )


def _machinemetrics(metric: Metric) -> Iterator[str]:
    own = [metric.dialects["machinemetrics"]] if "machinemetrics" in metric.dialects else []
    for name in own + [alias for alias, of in ALIASES.items() if of == metric.name]:
        yield name if name in CERTAIN else f"*{name}*"


if __name__ == "__main__":
    print(markdown(), end="")
