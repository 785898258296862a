"""Coming in: a code for a tablet or display; logging in is Django's own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mesproject.accounts import links, mailing, tries
from mesproject.accounts.landing import landing
from mesproject.accounts.middleware import DEVICE_COOKIE
from mesproject.accounts.models import Device, LoginLink, Pairing
from mesproject.accounts.qr import qr
from mesproject.accounts.trying import is_only_here
from mesproject.parts import etag_of, part

PAIRING_COOKIE = "floorlight_pairing"
TEN_YEARS = 10 * 366 * 24 * 3600


class EnrolForm(forms.Form):
    """The code that the admin showed."""

    code = forms.CharField(max_length=16, label=_("Code"))
    token: str | None = None
    device: Device | None = None

    def clean_code(self) -> str:
        """Trade the code for a token, once."""
        code = self.cleaned_data["code"].replace(" ", "").replace("-", "")
        at = now()
        self.device = Device.objects.enrolling(code, at)
        self.token = self.device.enrol(at=at) if self.device else None
        if self.token is None:
            raise forms.ValidationError(
                gettext(
                    "This code is wrong, used already, or older than a day. An administrator makes a new one "
                    "under Devices."
                )
            )
        return code


class LinkForm(forms.Form):
    """Where the link goes."""

    email = forms.EmailField(label=_("Mail address"), max_length=254)


@never_cache
def ask_for_link(request: HttpRequest) -> HttpResponse:
    """A link by mail instead of a password."""
    form = LinkForm(request.POST or None)
    sent = request.method == "POST" and form.is_valid()
    if sent:
        links.ask(request, form.cleaned_data["email"], at=now())
    told = {"form": form, "sent": sent, "leaves_here": mailing.leaves_here()}
    return render(request, "accounts/link.html", told, status=422 if form.errors else 200)


@never_cache
def login_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Come in by a link. Only the button does it: mail programs open links to look at them."""
    if request.method != "POST":
        there = LoginLink.objects.waiting(token, now()).exists()
        return render(request, "accounts/come_in.html", {"there": there}, status=200 if there else 404)
    user = LoginLink.use(token, at=now())
    if user is None:
        return render(request, "accounts/come_in.html", {"there": False}, status=404)
    login(request, user, backend="mesproject.accounts.backends.RoleBackend")
    return redirect(landing(user))


@never_cache
def enrol(request: HttpRequest) -> HttpResponse:
    """Make this browser the tablet or display that waits for the code."""
    form = EnrolForm(request.POST or None, initial={"code": request.GET.get("code", "")})
    if request.method == "POST":
        with tries.of_a_code(request, at=now()) as found:
            found.device = form.device if form.is_valid() else None
    if not form.is_valid():
        return render(request, "accounts/enrol.html", {"form": form}, status=422 if form.errors else 200)
    assert form.token
    assert form.device
    answer = redirect("boards:stations" if form.device.kind == Device.Kind.TABLET else "boards:board")
    return _keeping(answer, DEVICE_COOKIE, form.token)


@never_cache
@require_safe
def pair(request: HttpRequest) -> HttpResponse:
    """Show a code on a screen that has no keyboard, until an administrator has typed it in the admin."""
    at, token = now(), request.COOKIES.get(PAIRING_COOKIE, "")
    if request.device:  # type: ignore[attr-defined]
        return _to_the_board(request, at)
    pairing = Pairing.objects.of_screen(token, at) if token else None
    if pairing and (own := pairing.take(at=at)):
        return _keeping(_to_the_board(request, at), DEVICE_COOKIE, own)
    if pairing is None or pairing.device:
        tries.of_a_pairing(request, at=at)
        pairing, token = Pairing.begin(at=at)
    if request.headers.get("X-Poll"):
        answer = part(
            request, "accounts/pair.html#code", lambda: _shown(request, pairing, at),
            etag=lambda at, _: etag_of(at, pairing), now=at,
        )  # fmt: skip
    else:
        answer = render(request, "accounts/pair.html", _shown(request, pairing, at))
    return _keeping(answer, PAIRING_COOKIE, token)


def _shown(request: HttpRequest, pairing: Pairing, at: datetime) -> dict[str, Any]:
    """The digits, and where a telephone types them; not where that address leads to this machine only."""
    types_it = request.build_absolute_uri(f"{reverse('admin:accounts_device_pair')}?code={pairing.code}")
    return {"pairing": pairing, "now": at, "scan": "" if is_only_here(request) else qr(types_it)}


def _to_the_board(request: HttpRequest, at: datetime) -> HttpResponse:
    """A page that asks whether it was paired is told where to go; a browser is sent there."""
    if not request.headers.get("X-Poll"):
        return redirect("boards:board")
    return HttpResponse(headers={"X-As-Of": str(int(at.timestamp() * 1000)), "X-Go": reverse("boards:board")})


def _keeping(answer: HttpResponse, name: str, token: str) -> HttpResponse:
    """Have the browser keep a token, out of reach of scripts."""
    answer.set_cookie(name, token, max_age=TEN_YEARS, httponly=True, samesite="Lax", secure=settings.HTTPS)
    return answer
