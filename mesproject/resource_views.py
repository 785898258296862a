"""The addresses of a resource: `/api/sku` (GET, POST) and `/api/sku/{code}` (GET, PATCH, DELETE)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, ClassVar

import msgspec
from django.http import HttpResponse
from django.urls import URLPattern, path
from django.utils.timezone import now
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from mesproject.busroot import LONGEST, BadValue, BusrootView, Paging, answered, decoded, parsed
from mesproject.openapi import JSON, in_query, reference
from mesproject.resources import Resource, given


class BusrootRefused(msgspec.Struct, rename="camel"):
    """A refusal in Busroot's envelope; `field` where one value is wrong."""

    is_success: bool
    code: str
    message: str
    field: str | msgspec.UnsetType = msgspec.UNSET


REFUSED = BusrootRefused
_READ, _WRITTEN = (400, 401, 403, 404, 429), (400, 401, 403, 404, 409, 429)


@cache
def decoder(resource: Resource, kind: str) -> msgspec.json.Decoder[Any]:
    """Of a body that makes (`In`) or changes (`Change`) one."""
    return msgspec.json.Decoder(resource.struct(kind))


@cache
def _query(resource: Resource) -> type[msgspec.Struct]:
    return resource.query()


class ResourceView(BusrootView):
    """What both addresses share."""

    resource: ClassVar[Resource]

    def answer(self, row: Any, **more: Any) -> HttpResponse:
        """One row, and what only this answer tells."""
        return answered(result={**self.resource.shown(self.caller, row), **more})


class ListView(ResourceView):
    """All of them."""

    def get(self, request: Request) -> HttpResponse:
        """Those that are asked for, by code."""
        caller = self.allowed("view", self.resource.label)
        if len(request.META.get("QUERY_STRING", "")) > LONGEST:
            raise BadValue("searchtext", "This is too long.")
        query: Any = parsed(request.GET, _query(self.resource), without_meaning=WITHOUT_MEANING)
        if bad := next((name for name, value in given(query) if "\x00" in str(value)), None):
            raise BadValue(bad, "There is a character in this that no text has (NUL).")
        rows = self.resource.asked(caller, query)
        page = rows[query.skip : query.skip + query.limit]
        shown = self.resource.listed(caller, page)
        whole = query.skip == 0 and len(shown) < query.limit
        total = len(shown) if whole else rows.count()
        return answered(results=shown, paging={"totalElements": total})

    def post(self, request: Request) -> HttpResponse:
        """Make one."""
        caller = self.allowed("add", self.resource.label)
        if caller.station_codes:
            raise PermissionDenied("This API key is limited to some stations, and may not make others.")
        row = self.resource.made(caller, decoded(request, decoder(self.resource, "In")), at=now())
        return self.made(row)

    def made(self, row: Any) -> HttpResponse:
        """What is answered of a new one."""
        return self.answer(row)


class OneView(ResourceView):
    """One of them."""

    def get(self, request: Request, code: str) -> HttpResponse:
        """The one of this code."""
        return self.answer(self.resource.one(self.allowed("view", self.resource.label), code))

    def patch(self, request: Request, code: str) -> HttpResponse:
        """Change what is sent; the rest stays."""
        caller = self.allowed("change", self.resource.label)
        row = self.resource.one(caller, code)
        asked = decoded(request, decoder(self.resource, "Change"))
        return self.answer(self.resource.changed(caller, row, asked, at=now()))

    def delete(self, request: Request, code: str) -> HttpResponse:
        """Archive it where history may use it, else delete it."""
        caller = self.allowed("delete", self.resource.label)
        row = self.resource.one(caller, code)
        self.resource.removed(row, at=now())
        return HttpResponse(status=204)


# Parameters of Busroot's lists that change nothing here.
WITHOUT_MEANING = frozenset({"_", "skipcache", "sortby", "modulevisibilityfilter"})


def addresses(
    resource: Resource,
    *,
    example: dict[str, Any] | None = None,
    lists: type[ListView] = ListView,
    ones: type[OneView] = OneView,
    secret: dict[str, Any] | None = None,
    form: dict[str, Any] | None = None,
) -> list[URLPattern]:
    """Both addresses, described; with `form`, the schema of a form, one is made by that instead of JSON."""
    name = "".join(part.title() for part in resource.name.split("-"))
    of = {"resource": resource}
    many: Any = type(f"{name}ListView", (lists,), {**of, "__doc__": lists.__doc__})
    one: Any = type(f"{name}View", (ones,), {**of, "__doc__": ones.__doc__})
    _describe(resource, name, many, one, example, secret or {}, form)
    return [
        path(resource.name, many.as_view(), name=f"busroot-{resource.name}"),
        path(f"{resource.name}/<path:code>", one.as_view(), name=f"busroot-{resource.name}-one"),
    ]


def _describe(
    resource: Resource, name: str, many: Any, one: Any, example: dict[str, Any] | None, secret: dict[str, Any],
    form: dict[str, Any] | None,
) -> None:  # fmt: skip
    result = _in_envelope(f"{name}One", result=resource.struct("Out"))
    made = _secret_answer(resource, name, secret) if secret else result
    results = _in_envelope(f"{name}List", results=list[resource.struct("Out")], paging=Paging)  # type: ignore[misc]
    shown = [OpenApiExample(f"A new {resource.title}", example, request_only=True)] if example else []
    title, query, known = resource.title, in_query(_query(resource)), in_path(example)
    tag = f"{title} (Busroot)"
    extend_schema_view(
        get=_operation(f"List: {title}", f"list{name}", tag, results, _READ, parameters=query),
        post=_operation(
            f"Make a {title}",
            f"make{name}",
            tag,
            made,
            _WRITTEN,
            examples=shown,
            takes={FORM: form} if form else {JSON: reference(resource.struct("In"))},
        ),
    )(many)
    operations = {
        "get": _operation(f"Get a {title}", f"get{name}", tag, result, _READ, parameters=known),
        "patch": _operation(
            f"Change a {title}", f"change{name}", tag, result, _WRITTEN, parameters=known,
            takes={JSON: reference(resource.struct("Change"))},
        ),
        "delete": _operation(
            f"Delete or archive a {title}", f"delete{name}", tag, None, _WRITTEN, parameters=known
        ),
    }  # fmt: skip
    extend_schema_view(
        **{method: said for method, said in operations.items() if method in one.http_method_names}
    )(one)


FORM = "multipart/form-data"


def in_path(example: dict[str, Any] | None = None) -> list[OpenApiParameter]:
    """The code in an address; that of the example, which can be made first."""
    shown = [OpenApiExample("As in the example", example["code"])] if example and "code" in example else []
    text = "Its code."
    return [
        OpenApiParameter("code", OpenApiTypes.STR, OpenApiParameter.PATH, description=text, examples=shown)
    ]


IN_PATH = in_path()


def with_secret(summary: str, name: str, resource: Resource, secret: dict[str, Any]) -> Callable[[Any], Any]:
    """Describe a POST to one row that answers with what is told only once."""
    answer = _secret_answer(resource, name[0].upper() + name[1:], secret)
    return _operation(summary, name, f"{resource.title} (Busroot)", answer, _WRITTEN, parameters=IN_PATH)


def with_content(summary: str, name: str, resource: Resource, kinds: Sequence[str]) -> Callable[[Any], Any]:
    """Describe a GET that answers with the bytes of one row."""
    answers: dict[Any, Any] = {(status, JSON): reference(REFUSED) for status in _READ}
    answers |= {(200, kind): {"type": "string", "format": "binary"} for kind in kinds}
    tag = f"{resource.title} (Busroot)"
    return extend_schema(
        operation_id=name, summary=summary, tags=[tag], parameters=IN_PATH, responses=answers, request=None
    )


def with_form(summary: str, name: str, resource: Resource, form: dict[str, Any]) -> Callable[[Any], Any]:
    """Describe a POST to one row that takes a form and answers with the row."""
    answer = _in_envelope(f"{name[0].upper()}{name[1:]}Answer", result=resource.struct("Out"))
    tag = f"{resource.title} (Busroot)"
    return _operation(summary, name, tag, answer, _WRITTEN, takes={FORM: form}, parameters=IN_PATH)


def _secret_answer(resource: Resource, name: str, secret: dict[str, Any]) -> type[msgspec.Struct]:
    columns = [(field.name, field.type) for field in msgspec.structs.fields(resource.struct("Out"))]
    return _in_envelope(
        f"{name}Made", result=msgspec.defstruct(f"{name}WithSecret", [*columns, *secret.items()])
    )


def _in_envelope(name: str, **parts: Any) -> type[msgspec.Struct]:
    return msgspec.defstruct(name, [("isSuccess", bool), *parts.items()])


def _operation(
    summary: str, name: str, tag: str, answer: Any, refusals: tuple[int, ...], *, takes: Any = None,
    parameters: Any = (), examples: Any = (),
) -> Callable[[Any], Any]:  # fmt: skip
    answers: dict[Any, Any] = {(status, JSON): reference(REFUSED) for status in refusals}
    answers |= {(200, JSON): reference(answer)} if answer else {204: None}
    return extend_schema(
        operation_id=name, summary=summary, tags=[tag], parameters=list(parameters),
        request=takes, responses=answers, examples=list(examples),
    )  # fmt: skip
