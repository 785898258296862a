"""The table of metrics as a page: `python -m mesproject.reports.catalogue > docs/kpis.md`. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from mesproject.reports.definition import DEFAULT, sentences
from mesproject.reports.metric import Metric
from mesproject.reports.metrics import GROUPS
from mesproject.reports.metrics_machinemetrics import ALIASES, CERTAIN

HEAD = """\
# Every number, and how it is computed

Made from the table in `mesproject/reports/metrics.py`, which every screen, interface, mail and export asks; do not
edit. Measures (`planned_ms`, `good` …) are those of `mesproject/reports/measures.py`. Additive metrics of a whole are
the sum of its parts'. Ratios are computed from sums at each level, never averaged. What has no base has no answer:
nothing planned is neither 0 nor 100 %. Planned time in which nothing was made has an OEE of 0. Performance over 100 %
is shown and flagged.

Formulas are those of the default definition. Every answer says which one it used, and `explain` prints the formula with
the numbers in it. Names of MachineMetrics' dialect that its public documents do not prove are ours: *so*.
"""


def markdown() -> str:
    """The page."""
    return "\n".join([HEAD, *_settings(), *(line for name in GROUPS for line in _group(name))])


def _settings() -> Iterator[str]:
    yield from ("## What a company may define", "", "| setting | default | what it says |", "|---|---|---|")
    for name, value, sentence in sentences(DEFAULT):
        yield f"| `{name}` | {'none' if value is None else str(value).lower()} | {sentence} |"
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
