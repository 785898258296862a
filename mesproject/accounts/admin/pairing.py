"""Pairing: a screen without a keyboard shows six digits, an administrator types them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.admin_base import OwnedForm, user_of
from mesproject.accounts.models import Device, Pairing


class PairForm(OwnedForm):
    """The digits, and what the screen is called from now on."""

    code = forms.CharField(
        label=_("Code"),
        max_length=16,
        help_text=_("The six digits that the screen shows."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "autofocus": True}),
    )
    pairing: Pairing | None = None

    class Meta:
        model = Device
        fields = ["code", "name"]
        help_texts = {"name": _("Where it hangs, for example hall-2. Letters, digits, dash and underscore.")}

    def clean_code(self) -> str:
        """Refuse what no screen shows."""
        code = "".join(self.cleaned_data["code"].split()).replace("-", "")
        self.pairing = Pairing.objects.showing(code, now())
        if self.pairing is None:
            raise forms.ValidationError(
                _(
                    "No screen shows this code. Open /pair/ on the screen, and type the code that it shows now."
                )
            )
        return code


def pair_view(request: HttpRequest) -> HttpResponse:
    """Let the screen with this code be a display of the company; at once, and until it is revoked."""
    if not request.user.has_perm("accounts.add_device"):
        raise PermissionDenied
    display = Device(company=user_of(request).company, kind=Device.Kind.DISPLAY)
    # A code that was scanned from the screen stands there already.
    form = PairForm(request.POST or None, instance=display, initial={"code": request.GET.get("code", "")})
    if form.is_valid():
        with transaction.atomic():
            display = form.save()
            assert form.pairing
            won = form.pairing.give(display)
            transaction.set_rollback(not won)
        if won:
            messages.success(
                request,
                _("%(name)s is paired. It shows the board within five seconds.") % {"name": display.name},
            )
            return HttpResponseRedirect(reverse("admin:accounts_device_change", args=[display.pk]))
        form.add_error("code", _("Somebody else has just typed this code."))
    context: dict[str, Any] = {
        **admin.site.each_context(request), "title": _("Pair a screen"), "opts": Device._meta, "form": form,
        "address": request.build_absolute_uri(reverse("pair")),
    }  # fmt: skip
    return TemplateResponse(request, "admin/pair.html", context)
