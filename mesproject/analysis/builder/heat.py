"""A table shaded by its values: one group down, another across. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mesproject.analysis.drawing import WIDTH, Chart, Rect, Shape, Text, cut

NAME, HEAD, ROW = 250, 30, 32
SHADES = 6
# A name beside its row has room for so many letters, and a letter of a head is so wide.
LETTERS, LETTER = 27, 9


def heat(
    rows: Sequence[str], columns: Sequence[str], values: Sequence[Sequence[float | None]], *,
    say: Callable[[float], str], words: str,
) -> Chart:  # fmt: skip
    """A cell for each row and column; the darker, the more. What is not known has none."""
    known = [value for told in values for value in told if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    wide = (WIDTH - NAME) / max(len(columns), 1)
    shapes: list[Shape] = [
        Text(NAME + (place + 0.5) * wide, HEAD - 10, cut(column, int(wide // LETTER)), "middle", "tick")
        for place, column in enumerate(columns)
    ]
    for number, (row, told) in enumerate(zip(rows, values, strict=True)):
        y = HEAD + number * ROW
        shapes.append(Text(NAME - 12, y + 21, cut(row, LETTERS), "end", "name"))
        for place, value in enumerate(told):
            if value is not None:
                x, said = NAME + place * wide, say(value)
                kind = f"h{_shade(value, low, high)}"
                shapes.append(Rect(x, y, wide, ROW, kind, f"{row}, {columns[place]}: {said}"))
                shapes.append(Text(x + wide / 2, y + 21, said, "middle"))
    return Chart(HEAD + ROW * len(rows) + 6, shapes, words)


def _shade(value: float, low: float, high: float) -> int:
    """From the least to the most in equal steps."""
    return min(int((value - low) / (high - low) * SHADES), SHADES - 1) if high > low else 0
