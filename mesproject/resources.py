"""What integrators set up over Busroot's dialect: rows of a model under a code, told and taken by one table.

A `Column` says how a value is called, what it may be, where it stands in the model and how it is read and written;
a `Resource` is a table of them. Types for the description, lists without a serializer per row, validation, clashes,
archives and effects follow from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

import msgspec
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError, Q, QuerySet
from msgspec import UNSET, Meta, UnsetType
from rest_framework.exceptions import NotFound

from mesproject.accounts.callers import Caller
from mesproject.busroot import BadValue, Clash, Codes, codes_of

MOST = 1000
Limit = Annotated[int, Meta(ge=1, le=MOST, description=f"How many rows: a whole number from 1 to {MOST:,}.")]
Skip = Annotated[
    int,
    Meta(ge=0, le=100_000, description="How many rows to leave out first: a whole number from 0 to 100,000."),
]
Search = Annotated[str, Meta(max_length=64, description="A part of the code or the name.")]
Flag = Annotated[bool, Meta(description="true or false.")]

# What values may be. No control characters: PostgreSQL takes no NUL, and people see none of the others.
PLAIN = r"^[^\x00-\x1f\x7f]*$"


def text(most: int, least: int = 1) -> Any:
    """A line of text."""
    return Annotated[str, Meta(min_length=least, max_length=most, pattern=PLAIN)]


Ms = Annotated[int, Meta(ge=0, le=2**31 - 1, description="Milliseconds.")]
Number = Annotated[float, Meta(ge=0, le=1e12)]

# Told of the row as it was (None: it is new), as it is (None: it has gone), and which fields have changed.
Effects = Callable[[Any, Any, Sequence[str], datetime], None]


@dataclass(frozen=True, slots=True)
class Column:
    """A value of a row. `path` is where it stands, `type` what JSON it is.

    `tell` turns what stands there into JSON, `take` turns JSON into what is stored in `into` (by default `path`);
    with neither `take` nor `writable` it is only told.
    """

    path: str
    type: Any
    tell: Callable[[Any], Any] | None = None
    take: Callable[[Caller, Any], Any] | None = None
    into: str = ""
    writable: bool = True
    required: bool = False
    once: bool = False
    told: bool = True

    @property
    def attribute(self) -> str:
        """The field it is written to."""
        return self.into or self.path


def told(path: str, type_: Any, tell: Callable[[Any], Any] | None = None) -> Column:
    """A value that cannot be written."""
    return Column(path, type_, tell, writable=False)


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """Rows of a model as the dialect shows them.

    `within` is the path to the code of the stations a row is about, by which keys that are limited to stations
    are; without it they see all rows. `base` are values to begin a new row with. `finish` adds to the told rows what
    no column says; `parts` stores what is no field of the row itself.
    """

    name: str  # as in sku-group
    title: str  # as in SKU group
    model: type[models.Model]
    columns: Mapping[str, Column]
    filters: Mapping[str, tuple[str, str]] = field(
        default_factory=dict
    )  # query name: (path, "codes" or "code")
    key: str = "code"
    order: Sequence[str] = ("code", "pk")
    search: Sequence[str] = ("code", "name")
    within: str = ""
    find: Callable[[QuerySet[Any], str], QuerySet[Any]] | None = None
    archives: bool = False
    rows: Callable[[Caller, QuerySet[Any]], QuerySet[Any]] | None = None
    base: Callable[[Caller], dict[str, Any]] | None = None
    finish: Callable[[Caller, list[dict[str, Any]]], None] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)  # what `finish` adds: names and types
    parts: Callable[[Caller, Any, Mapping[str, Any]], None] | None = None
    part_types: Mapping[str, Any] = field(default_factory=dict)
    effects: Effects | None = None
    either: Sequence[str] = ()  # columns that say the same in other words, of which one may be said

    # Types, for decoding and for the description

    @property
    def label(self) -> str:
        """The model as permissions know it."""
        return self.model._meta.label_lower

    def struct(self, kind: str) -> type[msgspec.Struct]:
        """`Out`, `In` (to make one) or `Change`, as a type."""
        name = "".join(part.title() for part in self.name.split("-")) + kind
        columns = self.columns.items()
        if kind == "Out":
            fields = [(one, column.type) for one, column in columns if column.told]
            return msgspec.defstruct(name, [*fields, *self.extra.items()])
        taken = [
            (one, column.type if column.required and kind == "In" else column.type | UnsetType,
             *(() if column.required and kind == "In" else (UNSET,)))
            for one, column in columns
            if column.writable and not (column.once and kind == "Change")
        ]  # fmt: skip
        parts = [(one, type_ | UnsetType, UNSET) for one, type_ in self.part_types.items()]
        return msgspec.defstruct(name, [*taken, *parts], kw_only=True, forbid_unknown_fields=True)

    def query(self) -> type[msgspec.Struct]:
        """What a list is asked with."""
        filters = [(name, Codes, None) for name in self.filters]
        archived = [("includearchived", Flag, False)] if self.archives else []
        name = "".join(part.title() for part in self.name.split("-")) + "Query"
        return msgspec.defstruct(
            name,
            [*filters, *archived, ("searchtext", Search, ""), ("limit", Limit, MOST), ("skip", Skip, 0)],
            forbid_unknown_fields=True,
        )

    # Reading

    def of(self, caller: Caller) -> QuerySet[Any]:
        """The rows that this caller may know of."""
        found = self.model._default_manager.of(caller.company)  # type: ignore[attr-defined]
        if self.rows:
            found = self.rows(caller, found)
        if caller.station_codes and self.within:
            codes = {f"{self.within}__in": list(caller.station_codes)}
            found = found.filter(pk__in=found.filter(**codes).values("pk"))
        return found

    def asked(self, caller: Caller, query: Any) -> QuerySet[Any]:
        """Those that a query asks for, in order."""
        found = self.of(caller)
        for name, (path, kind) in self.filters.items():
            codes = codes_of(name, getattr(query, name))
            if kind == "code" and len(codes) > 1:
                raise BadValue(name, f"{name} is one code.")
            if codes:
                found = found.filter(pk__in=found.filter(**{f"{path}__in": codes}).values("pk"))
        if self.archives and not query.includearchived:
            found = found.filter(archived_at=None)
        if text := query.searchtext.strip():
            parts = (Q(**{f"{path}__icontains": text}) for path in self.search)
            found = found.filter(_any(parts))
        return found.order_by(*self.order)

    def listed(self, caller: Caller, rows: QuerySet[Any]) -> list[dict[str, Any]]:
        """Rows as JSON, without making an object of each."""
        columns = {name: column for name, column in self.columns.items() if column.told}
        paths = [column.path for column in columns.values()]
        shown = [
            {
                name: column.tell(value) if column.tell else value
                for (name, column), value in zip(columns.items(), values, strict=True)
            }
            for values in rows.values_list(*paths)
        ]
        if self.finish:
            self.finish(caller, shown)
        return shown

    def one(self, caller: Caller, code: str) -> Any:
        """The row of a code; one that is not there, or another company's, is not found."""
        rows = self.of(caller)
        found = self.find(rows, code) if self.find else rows.filter(**{self.key: code})
        two = [] if "\x00" in code else list(found.order_by("pk")[:2])
        if not two:
            raise NotFound(f"There is no {self.title} {code[:64]}.")
        if len(two) > 1:
            raise Clash(self.key, f"There are several {code[:64]}. Say which: plant:{code[:64]}.")
        return two[0]

    def shown(self, caller: Caller, row: Any) -> dict[str, Any]:
        """One row as JSON."""
        return self.listed(caller, self.of(caller).filter(pk=row.pk))[0]

    # Writing

    def made(self, caller: Caller, asked: msgspec.Struct, *, at: datetime, **known: Any) -> Any:
        """A new row; `known` is what nobody says of it."""
        row = self.model(**(self.base(caller) if self.base else {"company": caller.company}), **known)
        self._write(caller, row, asked, before=None, at=at)
        return row

    def changed(self, caller: Caller, row: Any, asked: msgspec.Struct, *, at: datetime) -> Any:
        """A row, as it is wanted from now on."""
        before = self.model._base_manager.get(pk=row.pk)
        self._write(caller, row, asked, before=before, at=at)
        return row

    def removed(self, row: Any, *, at: datetime) -> None:
        """Archive it where history may use it, else delete it unless something does."""
        if self.archives:
            if row.archived_at is None:
                row.archived_at = at
                row.save(update_fields=["archived_at"])
                self._tell(row, row, ["archived_at"], at)
            return
        try:
            with transaction.atomic():
                self._tell(row, None, [], at)
                row.delete()
        except ProtectedError as error:
            kinds = sorted({str(one._meta.verbose_name_plural) for one in error.protected_objects})
            raise Clash(self.key, f"It is used by {' and '.join(kinds)}.") from None

    def _write(self, caller: Caller, row: Any, asked: msgspec.Struct, *, before: Any, at: datetime) -> None:
        said = dict(given(asked))
        if len(twice := [name for name in self.either if name in said]) > 1:
            raise BadValue(twice[1], f"Say one of {' and '.join(twice)}: they are the same in other words.")
        for name, column in self.columns.items():
            if name in said:
                value = column.take(caller, said[name]) if column.take else said[name]
                setattr(row, column.attribute, value)
        fields = changed_between(before, row)
        with transaction.atomic():
            self._check(row)
            try:
                with transaction.atomic():
                    row.save()
            except IntegrityError:
                raise Clash(self.key, f"Somebody else has just made such a {self.title}.") from None
            if self.parts:
                self.parts(caller, row, said)
            self._tell(before, row, fields, at)

    def _check(self, row: Any) -> None:
        """The model's own rules: a wrong value is refused, a promise to others that would break is a clash."""
        try:
            row.clean_fields(exclude=_relations(row))
            row.clean()
        except ValidationError as error:
            raise self._bad(error, BadValue) from None
        try:
            row.validate_unique()
        except ValidationError as error:
            raise self._bad(error, Clash) from None
        for constraint in row._meta.constraints:
            try:
                constraint.validate(self.model, row)
            except ValidationError as error:
                check = isinstance(constraint, models.CheckConstraint)
                raise self._bad(error, BadValue if check else Clash) from None

    def _bad(self, error: ValidationError, kind: type[BadValue | Clash]) -> BadValue | Clash:
        """What a model complains of, by the name that the caller knows."""
        columns = reversed([*self.columns.items()])  # of several words for one field the first
        by_attribute = {column.attribute: name for name, column in columns if column.writable}
        if hasattr(error, "error_dict"):
            attribute, messages = next(iter(error.message_dict.items()))
            return kind(by_attribute.get(attribute, self.key), sentence(messages))
        return kind(self.key, sentence(error.messages))

    def _tell(self, before: Any, after: Any, fields: Sequence[str], at: datetime) -> None:
        if self.effects:
            self.effects(before, after, fields, at)


def given(asked: msgspec.Struct) -> Iterator[tuple[str, Any]]:
    """What somebody has said, by name."""
    for name in asked.__struct_fields__:
        if (value := getattr(asked, name)) is not UNSET:
            yield name, value


def sentence(messages: Iterable[str]) -> str:
    """What a model complains of, with a full stop."""
    return " ".join(one if one.endswith((".", "!", "?")) else f"{one}." for one in messages)


def changed_between(before: Any, row: Any) -> list[str]:
    """The names of the fields that differ."""
    if before is None:
        return []
    return [
        f.name for f in row._meta.concrete_fields if getattr(before, f.attname) != getattr(row, f.attname)
    ]


def _relations(row: Any) -> list[str]:
    """They were looked up among the company's own rows, so nobody need ask again."""
    return [f.name for f in row._meta.concrete_fields if f.remote_field]


def _any(parts: Iterable[Q]) -> Q:
    found = Q()
    for part in parts:
        found |= part
    return found
