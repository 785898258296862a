"""API keys and devices: made here, shown once, revoked at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.timesince import timesince
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from mesproject.accounts.admin.pairing import pair_view
from mesproject.accounts.admin_base import MarkFilter, OwnedAdmin, OwnedForm, fieldset, labelled, own_rows
from mesproject.accounts.models import ApiKey, Device
from mesproject.accounts.qr import qr
from mesproject.accounts.trying import broker_facts, curl_line, mosquitto_line

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class RevokedFilter(MarkFilter):
    """Usable or revoked."""

    field, unmarked, marked = "revoked_at", gettext_lazy("Not revoked"), gettext_lazy("Revoked")


@dataclass(frozen=True, slots=True)
class CredentialPage:
    """One more page of a credential: for which rows, and what it shows of them."""

    slug: str
    title: StrOrPromise
    fits: Callable[[Any], bool]
    view: Callable[[HttpRequest, Any, dict[str, Any]], HttpResponse]


class CredentialAdmin(OwnedAdmin):
    """Rows with a secret. The answer to the POST that makes one is the only page that ever shows it."""

    change_form_template = "admin/credential.html"
    # Slug → label of what the buttons on the page do; each calls the method `do_<slug>`.
    deeds: Mapping[str, StrOrPromise] = {}
    # Slug → what breaks at once where a deed was a slip: it is asked first.
    breaks: ClassVar[dict[str, StrOrPromise]] = {
        "revoke": gettext_lazy("Whatever uses it is refused from that moment on.")
    }
    # More pages of a row, brought by the parts above.
    pages: ClassVar[list[CredentialPage]] = []

    def get_urls(self) -> list[Any]:
        """A POST address for each deed."""
        name = f"{self.model._meta.app_label}_{self.model._meta.model_name}_deed"
        view = self.admin_site.admin_view
        return [
            path("<path:object_id>/do/<slug:deed>/", view(self.deed), name=name),
            path("<path:object_id>/page/<slug:slug>/", view(self.page), name=name.replace("_deed", "_page")),
            *super().get_urls(),
        ]

    def page(self, request: HttpRequest, object_id: str, slug: str) -> HttpResponse:
        """One of `pages`, for one row."""
        obj = self.get_object(request, unquote(object_id))
        page = next((page for page in self.pages if page.slug == slug and obj and page.fits(obj)), None)
        if page is None:
            raise Http404
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": page.title,
            "opts": self.opts,
            "original": obj,
        }
        return page.view(request, obj, context)

    def deed(self, request: HttpRequest, object_id: str, deed: str) -> HttpResponse:
        """Do what a button says."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None or request.method != "POST" or deed not in self.deeds_for(obj):
            raise Http404
        if not self.has_change_permission(request, obj):
            raise PermissionDenied
        if deed in self.breaks and obj.revoked_at is None and "sure" not in request.POST:
            return self.asked_first(request, obj, deed)
        verb: Callable[[HttpRequest, Any], HttpResponse] = getattr(self, f"do_{deed}")
        return verb(request, obj)

    def asked_first(self, request: HttpRequest, obj: Any, deed: str) -> HttpResponse:
        """What the button would break, and the button again."""
        context = {
            **self.admin_site.each_context(request),
            "title": capfirst(f"{self.opts.verbose_name} {obj.name}"),
            "opts": self.opts,
            "original": obj,
            "label": self.deeds[deed],
            "breaks": self.breaks[deed],
        }
        return TemplateResponse(request, "admin/sure.html", context)

    def deeds_for(self, obj: Any) -> Mapping[str, StrOrPromise]:
        """The buttons that make sense for this row."""
        return self.deeds

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With the buttons."""
        obj = kwargs.get("obj")
        if obj is not None and self.has_change_permission(request, obj):
            context["deeds"] = [
                (
                    reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_deed", args=[obj.pk, slug]),
                    label,
                )
                for slug, label in self.deeds_for(obj).items()
            ]
        if obj is not None:
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_page"
            fitting = [page for page in self.pages if page.fits(obj)]
            context["pages"] = [(reverse(name, args=[obj.pk, page.slug]), page.title) for page in fitting]
        return super().render_change_form(request, context, *args, **kwargs)

    def shown_once(self, request: HttpRequest, obj: Any, **secret: Any) -> HttpResponse:
        """The page with the secret; kept in no cache and in no history."""
        context = {
            **self.admin_site.each_context(request),
            "title": capfirst(f"{self.opts.verbose_name} {obj.name}"),
            "opts": self.opts,
            "original": obj,
            **secret,
        }
        response = TemplateResponse(request, "admin/secret.html", context)
        response.headers["Cache-Control"] = "no-store"
        return response

    def note_change(self, request: HttpRequest, obj: Any, *fields: str) -> None:
        """Note among what the user did which fields a deed changed; Django tells that in the reader's language."""
        with override(None):
            names = [str(self.opts.get_field(name).verbose_name) for name in fields]
        self.log_change(request, obj, [{"changed": {"fields": names}}])

    def revoked(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Say so, and go back to the list."""
        self.note_change(request, obj, "revoked_at")
        self.message_user(request, _("Revoked: %(name)s.") % {"name": obj.name}, messages.SUCCESS)
        return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))


class ApiKeyForm(OwnedForm):
    """Scopes to tick, and stations that exist."""

    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Scopes"), choices=ApiKey.Scope.choices, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = ApiKey
        fields = ["name", "scopes", "station_codes", "expires_at"]

    def clean_station_codes(self) -> list[str]:
        """Refuse a code that no station has: the key could never use it."""
        from django.apps import apps  # the stations are above this part, and only their codes are asked for

        codes = self.cleaned_data["station_codes"] or []
        stations = apps.get_model("production", "Station")._default_manager.of(self.company)
        known = set(stations.filter(code__in=codes).values_list("code", flat=True))
        if unknown := [code for code in codes if code not in known]:
            raise forms.ValidationError(
                _("No station has the code %(codes)s.") % {"codes": ", ".join(unknown)}
            )
        return codes


@admin.register(ApiKey)
class ApiKeyAdmin(CredentialAdmin):
    """Keys of programs."""

    form = ApiKeyForm
    list_display = ["name", "prefix", "scope_names", "created_at", "last_used_at", "expires_at", "revoked_at"]
    list_filter = [RevokedFilter]
    search_fields = ["name", "prefix"]
    readonly_fields = ["prefix", "created_at", "last_used_at", "revoked_at"]
    deeds = {"rotate": gettext_lazy("Rotate (this one works for a week)"), "revoke": gettext_lazy("Revoke")}

    @labelled(gettext_lazy("Scopes"))
    def scope_names(self, key: ApiKey) -> str:
        """As a person reads them."""
        return ", ".join(str(ApiKey.Scope(scope).label) for scope in key.scopes)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new key has no dates yet."""
        key = fieldset(None, "name", "scopes", "station_codes", "expires_at")
        dates = fieldset(gettext_lazy("Use"), "prefix", "created_at", "last_used_at", "revoked_at")
        return [key, dates] if obj else [key]

    def deeds_for(self, obj: ApiKey) -> Mapping[str, StrOrPromise]:
        """Nothing more can be done to a revoked key."""
        return {} if obj.revoked_at else self.deeds

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only what can no longer be used is deleted, so that "revoked at" is always on record first."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or obj.revoked_at is not None)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """A new key gets its token; it lives until the answer is sent."""
        if not change:
            form.token = obj.issue_token()
            request.token = form.token
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: Any = None) -> HttpResponse:
        """The key itself."""
        return self._token_page(request, obj, request.token)

    def do_rotate(self, request: HttpRequest, obj: ApiKey) -> HttpResponse:
        """A follower, while the old one goes on for a while."""
        follower, token = obj.rotate(at=now())
        self.note_change(request, obj, "expires_at")
        return self._token_page(request, follower, token, old_until=obj.expires_at)

    def do_revoke(self, request: HttpRequest, obj: ApiKey) -> HttpResponse:
        """Refused from now on."""
        obj.revoke(at=now())
        return self.revoked(request, obj)

    def _token_page(self, request: HttpRequest, obj: ApiKey, token: str, **more: Any) -> HttpResponse:
        shown = {"secret": token}
        if obj.may(ApiKey.Scope.SIGNALS) or obj.may(ApiKey.Scope.WRITE):
            shown["example"] = curl_line(request, token, _some_station(request, obj))
        return self.shown_once(request, obj, **shown, **more)


@admin.register(Device)
class DeviceAdmin(CredentialAdmin):
    """Gateways, tablets and displays."""

    change_list_template = "admin/devices.html"
    list_display = ["name", "kind", "state", "last_sign", "created_at", "revoked_at"]
    list_filter = ["kind", RevokedFilter]
    search_fields = ["name"]
    fetched_with = ["company"]
    readonly_fields = ["shows", "created_at", "last_seen_at", "revoked_at"]
    # When gateways were heard last, by their ids: brought by the part above, which hears them.
    last_signs: ClassVar[Callable[..., Mapping[int, datetime]]] = staticmethod(lambda gateways, now: {})
    deeds = {
        "token": gettext_lazy("New token"),
        "code": gettext_lazy("New enrolment code"),
        "revoke": gettext_lazy("Revoke"),
    }
    breaks = CredentialAdmin.breaks | {
        "token": gettext_lazy("The gateway is refused from that moment on, until it has the new token.")
    }

    def get_urls(self) -> list[Any]:
        """The page that pairs a screen."""
        view = self.admin_site.admin_view(pair_view)
        return [path("pair/", view, name="accounts_device_pair"), *super().get_urls()]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Each gateway with when it was heard: they send by the broker, and ask for no page."""
        shown = super().get_changelist_instance(request)
        gateways = [device for device in shown.result_list if device.kind == Device.Kind.GATEWAY]
        signs = self.last_signs(gateways, now=now()) if gateways else {}
        for gateway in gateways:
            gateway.last_seen_at = signs.get(gateway.pk)
        return shown

    @labelled(gettext_lazy("Last sign of life"), "last_seen_at")
    def last_sign(self, device: Device) -> datetime | None:
        """When it asked for something, or said something."""
        return device.last_seen_at

    @labelled(gettext_lazy("State"))
    def state(self, device: Device) -> str:
        """Whether it can be used."""
        if device.revoked_at:
            return str(_("revoked"))
        if device.code_digest:
            return str(_("waits for its code"))
        if not device.digest:
            return str(_("not enrolled"))
        if device.kind == Device.Kind.GATEWAY:
            return str(_("active"))
        return self._life(device)

    def _life(self, device: Device) -> str:
        """Of a screen: red and with its length where it has been silent."""
        at = now()
        if device.is_awake(at=at):
            return format_html('<span class="fl-state fl-running">{}</span>', _("awake"))
        if device.last_seen_at is None:
            return _("never seen")
        told = _("silent for %(time)s") % {"time": timesince(device.last_seen_at, at)}
        return format_html('<b class="fl-state fl-stopped">{}</b>', told)

    @labelled(gettext_lazy("Shows"))
    def shows(self, device: Device) -> str:
        """Where a person sees what the display shows just now."""
        address = f"{reverse('boards:board')}?display={device.pk}"
        return format_html('<a href="{}" target="_blank">{}</a>', address, _("See what it shows"))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new device has no dates yet; screens speak a language, and displays can be looked at."""
        fields = ["name", "kind"]
        if obj and obj.kind != Device.Kind.GATEWAY:
            fields.append("language")
        if obj and obj.kind == Device.Kind.DISPLAY:
            fields.append("shows")
        dates = fieldset(gettext_lazy("Use"), "created_at", "last_seen_at", "revoked_at")
        return [fieldset(None, *fields), *([dates] if obj else [])]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Name and kind are what the device logs in with."""
        return [*self.readonly_fields, *(["name", "kind"] if obj else [])]

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Pins belong to gateways, boards to displays: each inline says to which kind (`of_kind`)."""
        kind = obj and obj.kind
        return [inline for inline in super().get_inlines(request, obj) if inline.of_kind == kind]

    def deeds_for(self, obj: Device) -> Mapping[str, StrOrPromise]:
        """Gateways have tokens, screens have codes; a revoked one can be brought back by a new secret."""
        fitting = "token" if obj.kind == Device.Kind.GATEWAY else "code"
        names = [fitting] if obj.revoked_at else [fitting, "revoke"]
        return {name: self.deeds[name] for name in names}

    def response_add(self, request: HttpRequest, obj: Device, post_url_continue: Any = None) -> HttpResponse:
        """What the device needs to get in."""
        return self.do_token(request, obj) if obj.kind == Device.Kind.GATEWAY else self.do_code(request, obj)

    def do_token(self, request: HttpRequest, obj: Device) -> HttpResponse:
        """A new token for a gateway."""
        token = obj.issue_token()
        obj.revoked_at = None
        obj.save(update_fields=["digest", "broker_digest", "revoked_at"])
        return self.shown_once(request, obj, secret=token, **_broker(request, obj, token))

    def do_code(self, request: HttpRequest, obj: Device) -> HttpResponse:
        """A new code for a tablet or display."""
        code = obj.issue_code(at=now())
        obj.revoked_at = None
        obj.save(update_fields=["code_digest", "code_expires_at", "revoked_at"])
        page = request.build_absolute_uri("/enrol/")
        return self.shown_once(
            request, obj, secret=code, enrol=page, expires=obj.code_expires_at, qr=qr(f"{page}?code={code}"),
        )  # fmt: skip

    def do_revoke(self, request: HttpRequest, obj: Device) -> HttpResponse:
        """Cut off."""
        obj.revoke(at=now())
        return self.revoked(request, obj)


def _broker(request: HttpRequest, device: Device, token: str) -> dict[str, Any]:
    """How a gateway talks to the broker, ready to be copied."""
    example = mosquitto_line(request, device, token, _some_station(request, device))
    return {"facts": broker_facts(request, device), "example": example}


def _some_station(request: HttpRequest, obj: Any) -> str:
    """A code for the example: one the key may name, else any of the company's."""
    from django.apps import apps

    if codes := getattr(obj, "station_codes", None):
        return codes[0]
    stations = own_rows(request, apps.get_model("production", "Station"))
    return stations.values_list("code", flat=True).order_by("pk").first() or "STATION"
