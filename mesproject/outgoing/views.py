"""A person's own page of messages, and the way out of each kind."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from mesproject.accounts.mailing import leaves_here
from mesproject.accounts.models import User
from mesproject.outgoing.forms import SubscriptionForm
from mesproject.outgoing.letters import leaving
from mesproject.outgoing.models import Subscription


@never_cache
@login_required
def preferences(request: HttpRequest) -> HttpResponse:
    """What I am told by mail."""
    assert isinstance(request.user, User)
    form = SubscriptionForm(request.POST or None, instance=Subscription.of(request.user))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Stored."))
        return redirect("outgoing:messages")
    status = 422 if form.errors else 200
    told = {"form": form, "leaves_here": leaves_here()}
    return render(request, "outgoing/preferences.html", told, status=status)


@never_cache
@csrf_exempt  # mail programs post here by themselves (RFC 8058); the signed link is what they prove
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask on GET, which mail scanners do; end it on POST."""
    found = leaving(token)
    if found is None:
        raise Http404
    user, message = found
    if request.method == "POST":
        Subscription.of(user).stop(message)
    context = {"what": message.label, "to": user.email, "done": request.method == "POST"}
    return render(request, "outgoing/unsubscribe.html", context)
