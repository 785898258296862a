"""What integrators set up, below /api/, with its description."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from django.http import HttpResponse
from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema_view
from rest_framework.request import Request

from mesproject.accounts import api, resources
from mesproject.busroot import answered
from mesproject.health import state
from mesproject.openapi import operation
from mesproject.reports import busroot_account
from mesproject.resource_views import REFUSED, addresses, with_content, with_form, with_secret
from production import files_api
from production.files import KINDS
from production.resources import SKU, SKU_GROUP
from scheduling.resources import GROUPS, NON_PRODUCTION_REASON, PLANTS, STATIONS, ReasonOneView

TOKEN, CODE = {"token": str | None, "enrolmentCode": str | None}, {"apiKey": str}


class HealthCheckView(api.OpenView):
    """Whether work can be done."""

    def get(self, request: Request) -> HttpResponse:
        """The same as /readyz: the database answers, its tables are up to date, the broker answers."""
        ready, checks = state()
        answer = answered(result=Health(ready, checks))
        answer.status_code = 200 if ready else 503
        return answer


class Health(msgspec.Struct):
    """Whether all is well, and of each part what is not."""

    ready: bool
    checks: dict[str, str]


def one(type_: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """An answer of one thing, in the envelope."""
    return msgspec.defstruct(f"{type_.__name__}Answer", [("isSuccess", bool), ("result", type_)])


class Sent(msgspec.Struct):
    """The mail is on its way, if there is anybody to read it."""

    sent: bool


def described(view: Any, **operations: Callable[[Any], Any]) -> None:
    """Say of a view's methods what they do."""
    extend_schema_view(**operations)(view)


_NO = dict.fromkeys((401, 403), REFUSED)
_WHO, _ACCOUNT = "Coming in (Busroot)", "Account (Busroot)"
described(
    api.AuthenticateView,
    get=operation("Who calls", name="getWhoami", tag=_WHO, answers={200: one(api.Whoami), **_NO}),
    post=operation(
        "Get tokens for a name and a password", name="authenticate", tag=_WHO, body=api.Credentials,
        answers={200: one(api.Tokens), **dict.fromkeys((400, 401, 429), REFUSED)},
        examples=[OpenApiExample(
                "The demo's administrator", {"username": "admin", "password": "floorlight-demo"}, request_only=True
            )],
    ),
    delete=operation("End a login", name="endLogin", tag=_WHO, answers={204: None, 400: REFUSED, **_NO}),
)  # fmt: skip
described(
    api.RenewView,
    post=operation(
        "Change a refresh token for new tokens", name="renewTokens", tag=_WHO, body=api.Renewal,
        answers={200: one(api.Tokens), **dict.fromkeys((400, 401), REFUSED)},
    ),
)  # fmt: skip
described(
    api.LinkView,
    post=operation(
        "Send a link that lets its reader in, once", name="sendLink", tag=_WHO, body=api.Address,
        answers={200: one(Sent), **dict.fromkeys((400, 429), REFUSED)},
    ),
)  # fmt: skip
described(
    busroot_account.AccountView,
    get=operation(
        "Get the company", name="getAccount", tag=_ACCOUNT, answers={200: one(busroot_account.Account), **_NO}
    ),
    post=operation(
        "Change the company", name="changeAccount", tag=_ACCOUNT, body=busroot_account.AccountChange,
        answers={200: one(busroot_account.Account), 400: REFUSED, **_NO},
        examples=[
            OpenApiExample("What energy costs", {"currency": "EUR", "electricalPricePerKwh": 0.21}, request_only=True)
        ],
    ),
)  # fmt: skip
described(
    HealthCheckView,
    get=operation(
        "Whether work can be done", name="getHealth", tag=_ACCOUNT, answers=dict.fromkeys((200, 503), one(Health))
    ),
)  # fmt: skip

described(
    resources.DeviceSecretView,
    post=with_secret("Give a device a new token or code", "renewDevice", resources.DEVICE, TOKEN),
)
described(
    resources.KeyRotationView,
    post=with_secret("Make a key that follows another", "rotateApiKey", resources.API_KEY, CODE),
)
described(
    files_api.FileContentView,
    get=with_content("Get a file itself", "getFileContent", files_api.FILE, KINDS),
    post=with_form("Put another file in its place", "replaceFileContent", files_api.FILE, files_api.CONTENT),
)

urlpatterns = [
    path("authenticate", api.AuthenticateView.as_view(), name="authenticate"),
    path("authenticate/refresh", api.RenewView.as_view(), name="authenticate-refresh"),
    path("authenticate/link", api.LinkView.as_view(), name="authenticate-link"),
    path("account", busroot_account.AccountView.as_view(), name="busroot-account"),
    path("health-check", HealthCheckView.as_view(), name="busroot-health-check"),
    path("device/<str:code>/secret", resources.DeviceSecretView.as_view(), name="busroot-device-secret"),
    path("api-key/<str:code>/rotate", resources.KeyRotationView.as_view(), name="busroot-api-key-rotate"),
    *addresses(PLANTS, example={"code": "lyon", "name": "Lyon", "timezone": "Europe/Paris", "dayStartHour": 6}),
    *addresses(GROUPS, example={"code": "LINE-2", "name": "Line 2", "plantCode": "RIVERSIDE"}),
    *addresses(
        STATIONS,
        example={"code": "PRESS-2", "name": "Press 2", "groupCode": "H1", "cycleTime": 30000},
    ),
    *addresses(SKU, example={"code": "A-100", "name": "Bracket", "cycleTime": 24000, "value": 1.25}),
    *addresses(
        SKU_GROUP,
        example={"code": "PAIR", "name": "Left and right", "skus": [{"skuCode": "BOX", "productionMultiplier": 2}]},
    ),
    *addresses(
        NON_PRODUCTION_REASON, ones=ReasonOneView, example={"code": "TRIAL", "description": "Trial of a new product"}
    ),
    path("file/<str:code>/content", files_api.FileContentView.as_view(), name="busroot-file-content"),
    *addresses(files_api.FILE, lists=files_api.FileListView, form=files_api.FORM),
    *addresses(
        resources.DEVICE, lists=resources.DeviceListView, ones=resources.DeviceOneView, secret=TOKEN,
        example={"code": "gateway-2", "kind": "gateway"},
    ),
    *addresses(
        resources.API_KEY, lists=resources.KeyListView, ones=resources.KeyOneView, secret=CODE,
        example={"name": "ERP", "scopes": ["read"]},
    ),
    *addresses(
        resources.USER, ones=resources.UserOneView,
        example={"code": "ann", "email": "ann@example.com", "role": "supervisor"},
    ),
    *addresses(resources.FILTER, example={"code": "night", "name": "Night", "content": {"stationcodes": ["HURCO-1"]}}),
    *addresses(resources.DASHBOARD, example={"code": "hall", "name": "Hall", "content": {"tiles": []}}),
]  # fmt: skip
