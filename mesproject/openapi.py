"""The API's description: what each operation takes and answers is told by its own types. Knows no domain."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

JSON = "application/json"
View = TypeVar("View", bound=Callable[..., Any])
_components: dict[str, Any] = {}


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """The two headers in which a key may come."""

    target_class = "mesproject.accounts.authentication.ApiKeyAuthentication"
    name = ["bearerAuth", "apiKeyAuth"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        """Either of them is enough."""
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        """In the order of `name`."""
        key = {"type": "apiKey", "in": "header", "name": "X-API-KEY"}
        return [{"type": "http", "scheme": "bearer"}, key]


def reference(type_: Any) -> dict[str, Any]:
    """The schema of a type, or of several of which it is one, their structs kept as components."""
    if isinstance(type_, tuple):
        return {"anyOf": [reference(one) for one in type_]}
    (schema,), found = msgspec.json.schema_components([type_], ref_template="#/components/schemas/{name}")
    for name, described in found.items():
        if _components.setdefault(name, described) != described:
            raise TypeError(f"Two types are called {name} in the API's description: rename one.")
    return schema


def fields_of(struct: type[msgspec.Struct]) -> tuple[dict[str, dict[str, Any]], Sequence[str]]:
    """The fields of a struct as JSON names them, each with its schema, and which must be there."""
    schema = msgspec.json.schema(struct)["$defs"][struct.__name__]
    return schema["properties"], schema.get("required", [])


def operation(
    summary: str,
    *,
    name: str,
    tag: str,
    answers: Mapping[int, Any],
    body: Any = None,
    query: type[msgspec.Struct] | None = None,
    path: Mapping[str, str] | None = None,
    examples: Sequence[OpenApiExample] = (),
) -> Callable[[View], View]:
    """Describe a view's method: its docstring says more, `path` names the integers in its address,
    `answers` are types (None: no body) by status."""
    return extend_schema(
        operation_id=name,
        summary=summary,
        tags=[tag],
        parameters=[*_in_path(path or {}), *(in_query(query) if query else ())],
        request={JSON: reference(body)} if body else None,
        responses=dict(_response(*answer) for answer in answers.items()),
        examples=list(examples),
    )


def _response(status: int, type_: Any) -> tuple[Any, Any]:
    return ((status, JSON), reference(type_)) if type_ else (status, OpenApiResponse(description="Done."))


def _in_path(names: Mapping[str, str]) -> list[OpenApiParameter]:
    return [
        OpenApiParameter(name, int, OpenApiParameter.PATH, required=True, description=text)
        for name, text in names.items()
    ]


# Of a type, as its extra JSON schema: as a parameter it is one text, or stands there several times.
SEVERAL = {"x-several": True}


def in_query(struct: type[msgspec.Struct]) -> list[OpenApiParameter]:
    """What may stand in the query of an address."""
    properties, required = fields_of(struct)
    return [
        OpenApiParameter(
            name, _plain(schema), OpenApiParameter.QUERY, required=name in required,
            description=schema.get("description", ""),
            examples=[OpenApiExample("In the demo", value) for value in schema.get("examples", ())],
        )
        for name, schema in properties.items()
    ]  # fmt: skip


def _plain(schema: Mapping[str, Any]) -> dict[str, Any]:
    if SEVERAL.items() <= schema.items():
        return {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    return {
        name: value for name, value in schema.items() if name not in ("description", "default", "examples")
    }


def add_components(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Put the types that operations refer to into the description (a postprocessing hook)."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(sorted(_components.items()))
    return result
