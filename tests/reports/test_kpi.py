"""The formulas, without a database."""

import pytest

from mesproject.reports.kpi import efficiency


def test_without_a_target_there_is_no_efficiency():
    assert efficiency(5, None) is None


def test_efficiency_over_one_is_shown():
    assert efficiency(132, 120) == pytest.approx(1.1)
    assert efficiency(0, 120) == 0
    assert efficiency(None, 120) is None
