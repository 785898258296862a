"""How often something is tried with what is invented."""

from hypothesis import settings

USUAL = 100


def tries(whole: int) -> int:
    """So many by `make test-all`; `make test` tries a share of them, others each time (see tests/conftest.py)."""
    return whole * settings().max_examples // USUAL
