"""Red, amber, green: a pure rule, and the words that go with it."""

from datetime import timedelta

import pytest

from downtime.rag import Rag, Standing, rag, status_text
from tests.make import NOON

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("issue", "colour", "text"),
    [
        (Standing(ended=False), Rag.RED, "Nobody on it"),
        (Standing(ended=False, owner="ANN"), Rag.AMBER, "In hand of ANN"),
        (Standing(ended=False, owner=""), Rag.AMBER, "In hand"),
        (
            Standing(ended=False, owner="ANN", back_at=NOON + 5 * MINUTE), Rag.AMBER,
            "In hand of ANN, back in 5 min",
        ),
        (Standing(ended=False, owner="ANN", back_at=NOON), Rag.AMBER, "In hand of ANN, back in 0 min"),
        (
            Standing(ended=False, owner="ANN", back_at=NOON - 1.5 * MINUTE), Rag.RED,
            "In hand of ANN, overdue by 2 min",
        ),
        (Standing(ended=False, owner="ANN", escalated=True), Rag.RED, "In hand of ANN, help called"),
        (Standing(ended=False, owner="ANN", cause="Jam"), Rag.AMBER, "In hand of ANN"),
        (Standing(ended=True), Rag.AMBER, "Over, not explained"),
        (Standing(ended=True, escalated=True, cause="Jam"), Rag.GREEN, "Over: Jam"),
        (Standing(ended=True, asks=False), Rag.GREEN, "Closed"),
        (Standing(ended=False, excluded=True), Rag.GREEN, "Excluded"),
        (Standing(ended=False, withdrawn=True, escalated=True), Rag.GREEN, "Withdrawn"),
    ],
)  # fmt: skip
def test_an_issue_has_one_colour_and_one_sentence(issue, colour, text):
    assert rag(issue, now=NOON) == colour
    assert status_text(issue, now=NOON) == text
