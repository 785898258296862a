"""Columns say of each group what the metric itself says, asked alone or with all others, under any definition."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesproject.reports.columns import computed
from mesproject.reports.measures import Measures
from mesproject.reports.metrics import METRICS, needed
from tests.reports.measured import DEFINITIONS, histories

ALL = list(METRICS.values())


def columns(metrics, groups, definition):
    names = needed(metrics, definition)
    measured = {name: [getattr(group, name) for group in groups] for name in names}
    return computed(metrics, measured, len(groups), definition)


@settings(max_examples=30, deadline=None)
@given(st.lists(histories() | st.just(Measures()), max_size=4), st.sampled_from(DEFINITIONS))
def test_a_column_is_what_the_metric_says_of_each_group(groups, definition):
    together = columns(ALL, groups, definition)
    for metric, column in zip(ALL, together, strict=True):
        expected = [metric.compute(group, definition) for group in groups]
        for found in (column, *columns([metric], groups, definition)):
            assert [value is None for value in found] == [value is None for value in expected], metric.name
            known = [value for value in expected if value is not None]
            assert [value for value in found if value is not None] == pytest.approx(known), metric.name
