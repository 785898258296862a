"""Busroot's reports as CSV: the same rows, flat."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from django.http import StreamingHttpResponse

from mesproject import csv_text


def answer(
    name: str,
    row: type[msgspec.Struct],
    rows: Iterable[msgspec.Struct],
    export: Mapping[str, str],
    unfolded: str,
) -> StreamingHttpResponse:
    """The file of a view. `export` names columns otherwise; of the list `unfolded` each item is a line of its own."""
    paths = {export.get(path, path): path.split(".") for path in _columns(row, "", unfolded)}
    lines = ({column: _cell(one, path) for column, path in paths.items()} for one in _lines(rows, unfolded))
    response = StreamingHttpResponse(
        csv_text.streamed(list(paths), lines), content_type="text/csv; charset=utf-8"
    )
    file = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name.removesuffix("View").removesuffix("Csv")).lower()
    response["Content-Disposition"] = f'attachment; filename="{file}.csv"'
    return response


def _lines(rows: Iterable[msgspec.Struct], unfolded: str) -> Iterator[dict[str, Any]]:
    for row in rows:
        line = msgspec.to_builtins(row)
        if unfolded:
            yield from (line | {unfolded: one} for one in line[unfolded])
        else:
            yield line


def _columns(type_: type[msgspec.Struct], before: str, unfolded: str) -> Iterator[str]:
    """The names of all values that a line can hold: inner structs by a dot, other lists of structs not at all."""
    for one in msgspec.structs.fields(type_):
        name, inner = before + one.encode_name, str(one.type)
        structs = [t for t in _parts(one.type) if isinstance(t, type) and issubclass(t, msgspec.Struct)]
        if structs and (name == unfolded or not inner.startswith("list")):
            yield from _columns(structs[0], f"{name}.", unfolded)
        elif not structs:
            yield name


def _parts(type_: Any) -> Iterator[Any]:
    yield type_
    for part in getattr(type_, "__args__", ()):
        yield from _parts(part)


def _cell(value: Any, path: Sequence[str]) -> Any:
    """What a line holds at a path; several values as one text."""
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return ";".join(map(str, value)) if isinstance(value, list) else value
