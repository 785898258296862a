"""Formulas that are asked for by themselves. Pure. None is "no answer", never 0."""

from __future__ import annotations


def efficiency(good: float | None, target: float | None) -> float | None:
    """Good units over what should have been made, as a fraction; None where nothing should have been.

    Because stops do not reduce the target and rejects do not count as made, this is ISO 22400's OEE index
    (availability × effectiveness × quality) with planned production time as its base. Over 1 is shown, not cut.
    """
    return good / target if good is not None and target else None
