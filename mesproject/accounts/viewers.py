"""Who looks at a page: a person who logged in, or an enrolled tablet or display."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext as _

from mesproject.accounts.models import Company, Device, Role, User

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Viewer:
    """The company a page is about, who looks at it, and whether he may answer stops."""

    company: Company
    user: User | None = None
    device: Device | None = None

    @property
    def may_act(self) -> bool:
        """Tablets, and every role but read only."""
        if self.user:
            return self.user.role != Role.READ_ONLY
        return self.device is not None and self.device.kind == Device.Kind.TABLET


def viewer_of(request: HttpRequest) -> Viewer | None:
    """The viewer behind a request: a login counts more than the device it is used on. None for a stranger."""
    device = request.device or None  # type: ignore[attr-defined]
    if device and device.kind == Device.Kind.GATEWAY:
        device = None
    if isinstance(request.user, User):
        own = device if device and device.company_id == request.user.company_id else None
        return Viewer(request.user.company, request.user, own)
    return Viewer(device.company, device=device) if device else None


def viewing(view: View) -> View:
    """Let the view have `request.viewer`; a stranger is sent to enrol or to log in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        viewer = viewer_of(request)
        if viewer is None:
            return _to_the_door(request)
        request.viewer = viewer  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return guarded


def acting(view: View) -> View:
    """Like `viewing`, for those who may answer."""

    @viewing
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.viewer.may_act:  # type: ignore[attr-defined]
            raise PermissionDenied(_("Your role only looks. Ask an administrator for the role Operator."))
        return view(request, *args, **kwargs)

    return guarded


def _to_the_door(request: HttpRequest) -> HttpResponse:
    """A fragment must not swallow a login form: its page is told instead (401)."""
    if request.headers.get("HX-Request") or request.headers.get("X-Poll"):
        return HttpResponse(_("Log in again."), status=401, headers={"HX-Redirect": resolve_url("enrol")})
    if request.path.startswith(("/tablet", "/board")):
        return redirect(f"{resolve_url('enrol')}?{request.GET.urlencode()}".rstrip("?"))
    return redirect_to_login(request.get_full_path())
