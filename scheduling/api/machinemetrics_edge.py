"""Where MachineMetrics' clients come in: who may, what they sent as types, and refusals in their words."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse
from rest_framework import exceptions
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.views import exception_handler as framework_handler

from mesproject.accounts.models import ApiKey, Company
from mesproject.openapi import fields_of
from production.errors import DomainError
from production.models import Station
from production.models.plant import StationQuerySet
from scheduling.api.machinemetrics_shapes import LARGEST_REF, Fault

_Asked = TypeVar("_Asked", bound=msgspec.Struct)
_PLACE = re.compile(r" - at `\$\.?(?P<field>\w*)[^`]*`\Z")
_NAMED = re.compile(r"field `(?P<field>[^`]*)`")
_OFFSET = re.compile(r" (?=[0-9]{2}:?[0-9]{2}\Z)")
_REF = re.compile(r"[0-9]{1,64}")


class Invalid(exceptions.APIException):
    """What was sent cannot be taken: the field and what is allowed."""

    status_code = 400

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(field, code, message)


class ParseError(exceptions.APIException):
    """The body is no JSON."""

    status_code = 400
    default_detail = "Problem parsing JSON"


class TooLarge(exceptions.APIException):
    """The body is longer than any that is meant."""

    status_code = 413
    default_detail = "The body is larger than 5 MB."


class MayUse(BasePermission):
    """The scope `read` to look, `write` to change; what holds for all machines only without a list of stations."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the key allows it; if not, `message` says what it lacks."""
        key = request.auth
        if not isinstance(key, ApiKey):
            return False
        looks = request.method in SAFE_METHODS
        scope = ApiKey.Scope.READ if looks else ApiKey.Scope.WRITE
        if not key.may(scope):
            self.message = f"This API key lacks the scope “{scope.label}”. Give it in the admin."
            return False
        if not looks and view.for_all_machines and key.station_codes:
            self.message = (
                "This API key is limited to some stations; this would change the plan of others, too."
            )
            return False
        return True


class MachineMetricsView(APIView):
    """What all operations share: the key's company and machines, and bodies as structs."""

    permission_classes = [MayUse]
    for_all_machines = True

    @property
    def key(self) -> ApiKey:
        """The key that asks; MayUse has seen to it that there is one."""
        key = self.request.auth
        assert isinstance(key, ApiKey)
        return key

    @property
    def company(self) -> Company:
        """Whose everything is."""
        return self.key.company

    def machines(self) -> StationQuerySet:
        """The stations that the key may see, archived ones, too."""
        stations: StationQuerySet = Station.objects.of(self.company).in_place()
        codes = self.key.station_codes
        return stations.filter(code__in=codes) if codes else stations

    def ref(self, name: str) -> int:
        """A reference in the address."""
        return whole(name, self.kwargs[name])

    def body(self, type_: type[_Asked]) -> _Asked:
        """What was sent, or a 400 that names the field and says what is allowed."""
        try:
            if "json" not in (self.request.content_type or ""):
                raise ParseError
            return msgspec.json.decode(self.request.body, type=type_)
        except msgspec.ValidationError as error:
            raise explained(error, type_) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise ParseError from None
        except RequestDataTooBig:
            raise TooLarge from None

    def query(self, type_: type[_Asked]) -> _Asked:
        """What the address asks for, in the same way."""
        given = {name: _typed(value) for name, value in self.request.query_params.dict().items()}
        try:
            return msgspec.convert(given, type_)
        except msgspec.ValidationError as error:
            raise explained(error, type_) from None

    def get_exception_handler(self) -> Callable[..., Response | None]:
        """Refusals in MachineMetrics' words."""
        return refused


def answer(value: msgspec.Struct) -> HttpResponse:
    """A struct as JSON."""
    return HttpResponse(msgspec.json.encode(value), content_type="application/json")


def whole(field: str, text: str) -> int:
    """A reference written as digits."""
    if not _REF.fullmatch(text):
        raise Invalid(field, "InvalidRef", f"{field} is a whole number, as in 1.")
    return min(int(text), LARGEST_REF)


def _typed(text: str) -> str | bool:
    """Query strings know no types; a plus that was not escaped has become a blank."""
    known = {"true": True, "false": False}
    return known.get(text, _OFFSET.sub("+", text))


def explained(error: msgspec.ValidationError, type_: type[msgspec.Struct]) -> Invalid:
    """What the decoder says, with the field's own sentence on what is allowed."""
    told = str(error)
    place = _PLACE.search(told) or _NAMED.search(told)
    field = place["field"] if place else ""
    properties, _ = fields_of(type_)
    if field not in properties:
        return Invalid(field[:64], "InvalidBody", f"{told[:200]}. Allowed are {', '.join(properties)}.")
    allowed = properties[field].get("description", "")
    code = "Missing" if "missing required" in told else "InvalidValue"
    return Invalid(field, code, f"{_PLACE.sub('', told)[:200]}. {allowed}".strip())


def refused(error: Exception, context: dict[str, Any]) -> Response | None:
    """The documented bodies: `error` and `error_description` of a bad key, else `code`, `message`, `errors`."""
    if isinstance(error, DomainError):
        return Response(_refusal(error.code, error.detail), status=400)
    response = framework_handler(error, context)
    if response is not None:
        response.data = _told(error, response)
    return response


def _told(error: Exception, response: Response) -> dict[str, Any]:
    if isinstance(error, Invalid):
        return _refusal("ValidationError", "Validation Error", error.fault)
    said = str(response.data.get("detail", "")) if isinstance(response.data, dict) else ""
    if response.status_code == 401:
        return {"error": "invalid_token", "error_description": f"Invalid token: {said}"}
    return _refusal(HTTPStatus(response.status_code).phrase.title().replace(" ", ""), said)


def _refusal(code: str, message: str, *faults: Fault) -> dict[str, Any]:
    return {"code": code, "message": message, "errors": [msgspec.to_builtins(fault) for fault in faults]}
