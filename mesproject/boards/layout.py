"""How tiles fill a wide screen. Pure."""

from __future__ import annotations

from dataclasses import dataclass

# The first that holds all tiles is taken; the number of places also names the size of the letters.
GRIDS = ((1, 1), (2, 1), (2, 2), (3, 2), (3, 3), (4, 3), (4, 4), (5, 4), (6, 5), (8, 7))


@dataclass(frozen=True, slots=True)
class Grid:
    """Tiles side by side, and the density class of the style sheet."""

    columns: int
    density: int


def grid_for(tiles: int) -> Grid:
    """The least dense grid that shows them all without scrolling."""
    fitting = (Grid(columns, columns * rows) for columns, rows in GRIDS if columns * rows >= tiles)
    return next(fitting, Grid(8, 56))
