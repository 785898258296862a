"""Webhooks: made here, their secret shown once, switched off by themselves after days of failure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.timezone import now
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from mesproject.accounts import outbox
from mesproject.accounts.admin.credentials import CredentialAdmin
from mesproject.accounts.admin_base import MarkFilter, OwnedForm, fieldset, labelled
from mesproject.accounts.destinations import Forbidden, Unknown, destination
from mesproject.accounts.models import Endpoint, OutboxMessage
from mesproject.accounts.models.endpoints import BY_HAND
from mesproject.formats import spoken

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class SwitchedOffFilter(MarkFilter):
    """Called or switched off."""

    field, unmarked, marked = "disabled_at", _("Called"), _("Switched off")


class EndpointForm(OwnedForm):
    """Events to tick, and an address that may be called."""

    url = forms.URLField(
        label=_("Address"),
        max_length=500,
        assume_scheme="https",
        help_text=_("It is called by POST, over https."),
    )
    types = forms.MultipleChoiceField(
        label=_("Events"), choices=Endpoint.Type.choices, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Endpoint
        fields = ["name", "url", "types"]

    def clean_url(self) -> str:
        """Refuse what would never be called; a name that is unknown today may be known tomorrow."""
        url: str = self.cleaned_data["url"]
        try:
            destination(url)
        except Forbidden as error:
            raise forms.ValidationError(spoken(error.said)) from None
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None
        except Unknown:
            pass
        return url


@admin.register(Endpoint)
class EndpointAdmin(CredentialAdmin):
    """Webhooks of the company."""

    form = EndpointForm
    list_display = ["name", "url", "type_names", "last_success_at", "failing_since", "disabled_at", "told"]
    list_filter = [SwitchedOffFilter]
    search_fields = ["name", "url"]
    readonly_fields = ["created_at", "calls", "last_success_at", "failing_since", "disabled_at", "told"]
    deeds = {
        "rotate": _("New secret (the old one signs, too, for a week)"),
        "test": _("Send a test"),
        "again": _("Send again what was given up"),
        "disable": _("Switch off"),
        "enable": _("Switch on again"),
    }

    @labelled(_("Note"))
    def told(self, endpoint: Endpoint) -> str:
        """Why it is switched off."""
        return endpoint.told

    @labelled(_("Events"))
    def type_names(self, endpoint: Endpoint) -> str:
        """As the calls name them."""
        return ", ".join(endpoint.types)

    @labelled(_("Calls"))
    def calls(self, endpoint: Endpoint) -> str:
        """How many there are of each state; each number leads to them."""
        page = reverse("admin:accounts_outboxmessage_changelist")
        counts = endpoint.messages.order_by("state").values_list("state").annotate(Count("pk"))
        return format_html_join(
            ", ", '<a href="{}?endpoint__id__exact={}&amp;state__exact={}">{} {}</a>',
            ((page, endpoint.pk, state, count, OutboxMessage.State(state).label.lower()) for state, count in counts),
        ) or pgettext("calls", "none yet")  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new one has no past yet."""
        state = fieldset(_("Use"), *self.readonly_fields)
        return [fieldset(None, "name", "url", "types"), *([state] if obj else [])]

    def deeds_for(self, obj: Endpoint) -> Mapping[str, StrOrPromise]:
        """What is off is switched on, and the other way round."""
        left_out = {"test", "again", "disable"} if obj.disabled_at else {"enable"}
        return {name: label for name, label in self.deeds.items() if name not in left_out}

    def save_model(self, request: HttpRequest, obj: Endpoint, form: Any, change: bool) -> None:
        """A new one gets its secret; it is told once, on the answer."""
        if not change:
            request.token = obj.issue_secret()
        super().save_model(request, obj, form, change)

    def response_add(
        self, request: HttpRequest, obj: Endpoint, post_url_continue: Any = None
    ) -> HttpResponse:
        """The secret itself."""
        return self._secret_page(request, obj, request.token)

    def do_rotate(self, request: HttpRequest, obj: Endpoint) -> HttpResponse:
        """Another secret, while the old one goes on for a while."""
        secret = obj.rotate(at=now())
        self.note_change(request, obj, "secret")
        return self._secret_page(request, obj, secret, old_until=obj.old_secret_until)

    def do_test(self, request: HttpRequest, obj: Endpoint) -> HttpResponse:
        """A call that tells nothing."""
        at = now()
        body = f'{{"type": "webhook.test", "timestamp": "{at:%Y-%m-%dT%H:%M:%SZ}", "data": {{}}}}'
        key = f"test:{at.isoformat()}"
        outbox.call(obj, key=key, subject=f"webhook.test: {obj.name}", body=body, at=at).save()
        return self._done(
            request, obj, gettext("It is called within seconds; see Outgoing messages for the answer.")
        )

    def do_again(self, request: HttpRequest, obj: Endpoint) -> HttpResponse:
        """What it missed."""
        count = obj.messages.send_again(now())
        return self._done(request, obj, gettext("%(number)s will be sent again.") % {"number": count})

    def do_disable(self, request: HttpRequest, obj: Endpoint) -> HttpResponse:
        """Call it no more."""
        obj.disable(BY_HAND.format(user=request.user), at=now())
        self.note_change(request, obj, "disabled_at")
        return self._done(request, obj, gettext("Switched off."))

    def do_enable(self, request: HttpRequest, obj: Endpoint) -> HttpResponse:
        """Call it again."""
        obj.enable()
        self.note_change(request, obj, "disabled_at")
        return self._done(request, obj, gettext("Switched on; what happens from now on is told."))

    def _done(self, request: HttpRequest, obj: Endpoint, said: str) -> HttpResponse:
        self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:accounts_endpoint_change", args=[obj.pk]))

    def _secret_page(self, request: HttpRequest, obj: Endpoint, secret: str, **more: Any) -> HttpResponse:
        facts = [(_("Address"), obj.url), (_("Events"), ", ".join(obj.types))]
        return self.shown_once(request, obj, secret=secret, facts=facts, **more)
