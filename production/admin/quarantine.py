"""Messages that could not be understood: seen, corrected, sent through the door again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.admin_base import (
    MarkFilter,
    OwnedAdmin,
    OwnedForm,
    fieldset,
    labelled,
    user_of,
)
from mesproject.accounts.retelling import retold
from production import whys_not
from production.ingest import Outcome, Verdict
from production.models import QuarantinedMessage
from production.replaying import replay

NUL = "␀"


def as_text(payload: bytes) -> str:
    """A payload as text for a form; what is no text is shown by replacement characters."""
    return bytes(payload).decode("utf-8", "replace").replace("\x00", NUL)


class MessageForm(OwnedForm):
    """The message as it came, to be corrected."""

    payload_text = forms.CharField(
        label=_("Payload"), required=False, strip=False,
        widget=forms.Textarea(
            attrs={"rows": 12, "class": "vLargeTextField fl-payload", "spellcheck": "false"}
        ),
        help_text=_("Correct what is wrong, then press “Replay”."),
    )  # fmt: skip

    class Meta:
        model = QuarantinedMessage
        fields = ["topic"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payload_text"].initial = as_text(self.instance.payload)

    @property
    def corrected(self) -> bytes:
        """The payload to send; untouched text is sent as the bytes that came, whatever they were."""
        text = self.cleaned_data["payload_text"].replace("\r\n", "\n")
        untouched = text == as_text(self.instance.payload).replace("\r\n", "\n")
        return bytes(self.instance.payload) if untouched else text.encode()


class WaitingFilter(MarkFilter):
    """Waiting for a person, or replayed."""

    field, unmarked, marked = "replayed_at", _("Waiting"), _("Replayed")


class CodeFilter(admin.SimpleListFilter):
    """By what is wrong, in words."""

    title, parameter_name = _("What is wrong"), "code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The codes that there are."""
        codes = model_admin.get_queryset(request).order_by("code").values_list("code", flat=True).distinct()
        return [(code, called(code)) for code in codes]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The messages with this code."""
        return queryset.filter(code=self.value()) if self.value() else queryset


def called(code: str) -> str:
    """What is wrong, in the reader's language; a code that has no name is its own."""
    return gettext(whys_not.CODES[code]) if code in whys_not.CODES else code


@admin.register(QuarantinedMessage)
class QuarantineAdmin(OwnedAdmin):
    """What nobody could understand, newest first."""

    form = MessageForm
    change_form_template = "admin/quarantined.html"
    date_hierarchy = "received_at"
    list_display = ["received_at", "topic", "why", "times"]
    list_filter = [WaitingFilter, "source", CodeFilter]
    search_fields = ["topic", "reason"]
    fetched_with = ["device__company"]
    actions = ["replay_all"]
    readonly_fields = [
        "why", "what_is_wrong", "source", "device", "received_at", "times", "replayed_at", "payload_shown",
    ]  # fmt: skip
    only_to_enter = ["payload_text"]
    fieldsets = [
        fieldset(None, "why", ("what_is_wrong", "source", "device"), ("received_at", "times", "replayed_at")),
        fieldset(_("Message"), "topic", "payload_text"),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        """The company's; the owner of the installation sees those that name no company, too."""
        user = user_of(request)
        rows = QuarantinedMessage.objects.select_related(*self.fetched_with)
        own = Q(company=user.company_id)
        return rows.filter(own | Q(company=None) if user.is_superuser else own)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """To be corrected by those who may, and to be read by the others."""
        groups = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj):
            return groups
        return [*groups, fieldset(None, "payload_shown")]

    @labelled(_("Reason"), "reason")
    def why(self, message: QuarantinedMessage) -> str:
        """In the reader's language."""
        return message.why_not

    @labelled(_("What is wrong"), "code")
    def what_is_wrong(self, message: QuarantinedMessage) -> str:
        """In words, with the code that docs/signals.md explains."""
        word = called(message.code)
        return word if word == message.code else f"{word} ({message.code})"

    @labelled(_("Payload"))
    def payload_shown(self, message: QuarantinedMessage) -> str:
        """As text."""
        return as_text(message.payload)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They come by themselves."""
        return False

    def save_model(self, request: HttpRequest, obj: QuarantinedMessage, form: Any, change: bool) -> None:
        """Send the corrected message; what came is kept as it came."""
        obj.verdict = _replay(obj, form.corrected)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Say what became of it; where it is still refused, stay on the page."""
        outcome: Outcome = obj.verdict
        if outcome.verdict == Verdict.REFUSED:
            self.message_user(
                request,
                _("Still not understood: %(reason)s") % {"reason": retold(outcome.reason, whys_not.ALL)},
                messages.ERROR,
            )
            return HttpResponseRedirect(request.path)
        said = (
            _("Stored.") if outcome.verdict == Verdict.STORED else _("It was stored before; nothing changed.")
        )
        self.message_user(request, said, messages.SUCCESS)
        return self.response_post_save_change(request, obj)

    @admin.action(description=_("Replay as they are"), permissions=["change"])
    def replay_all(self, request: HttpRequest, queryset: Any) -> None:
        """For messages that a new station or mapping has made understandable."""
        outcomes = [_replay(message, bytes(message.payload)) for message in queryset.filter(replayed_at=None)]
        refused = sum(outcome.verdict == Verdict.REFUSED for outcome in outcomes)
        done = len(outcomes) - refused
        level = messages.WARNING if refused else messages.SUCCESS
        told = _("%(done)d replayed, %(refused)d still not understood.") % {"done": done, "refused": refused}
        self.message_user(request, told, level)


def _replay(message: QuarantinedMessage, payload: bytes) -> Outcome:
    """Through the door; the answer is that of its worst part where one message speaks of several stations."""
    outcomes = replay(message, payload, now())
    if not outcomes:
        return Outcome(Verdict.REFUSED, "names_nobody", whys_not.NAMES_NOBODY)
    order = [Verdict.REFUSED, Verdict.STORED, Verdict.DUPLICATE]
    return min(outcomes, key=lambda outcome: order.index(outcome.verdict))
