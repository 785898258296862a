"""What fields and models are called that say it nowhere: Django makes their names of those in the code, in English."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy

from mesproject.words import gettext_noop as _

# Of what the admin and its histories show; a test finds what is missing.
WORDS = frozenset({
    _("MTConnect sources"), _("SKU groups"), _("acknowledged at"), _("action"), _("actual end"),
    _("actual start"), _("added"), _("alarm text"), _("answered"), _("archived"), _("archived at"),
    _("asked at"), _("asked by"), _("assignment"), _("assume all shift time planned"), _("at"),
    _("attempts"), _("attendance"), _("auto archive"), _("availability"), _("available"), _("bad"),
    _("broker digest"), _("by"), _("calendar"), _("calendar feed"), _("calendar feeds"), _("cause"),
    _("causes"), _("changed"), _("code"), _("code digest"), _("code expires at"), _("company"),
    _("content"), _("content type"), _("corrects"), _("count by"), _("counted by hand"), _("counter"),
    _("counter modulus"), _("country"), _("created at"), _("currency"), _("custom holiday date"),
    _("dashboard"), _("dashboard config"), _("dashboards"), _("date"), _("day"), _("day fact"),
    _("day facts"), _("day start"), _("deadline"), _("description"), _("detection"), _("device"),
    _("device name"), _("devices"), _("digest"), _("dirty from"), _("downtime fact"), _("downtime facts"),
    _("due at"), _("end at"), _("end rule"), _("ended at"), _("endpoint"), _("ends by plan"),
    _("ends on quantity"), _("error"), _("error code"), _("error codes"), _("escalated at"),
    _("estimated end at"), _("event"), _("event type"), _("excluded at"), _("execution"), _("expires at"),
    _("extends shift"), _("fact mark"), _("fact marks"), _("failing since"), _("file"), _("file content"),
    _("file contents"), _("file name"), _("files"), _("forecast"), _("forecasts"), _("good"), _("group"),
    _("groups"), _("holds from"), _("holds until"), _("holiday calendar"), _("holiday calendars"),
    _("hour fact"), _("hour facts"), _("initials"), _("instructions"), _("instructions url"), _("inverted"),
    _("issue"), _("issue event"), _("issue events"), _("issues"), _("job"), _("job run"), _("job runs"),
    _("jobs"), _("key"), _("kind"), _("language"), _("last output at"), _("last seen at"),
    _("last success at"), _("last used at"), _("layout"), _("line speed target"), _("lot"),
    _("machine ref"), _("made at"), _("mailing"), _("mailings"), _("max units per minute"), _("meaning"),
    _("minutes"), _("multiplier"), _("name"), _("note"), _("offset"), _("old secret"),
    _("old secret until"), _("on"), _("one off"), _("operation"), _("operator"), _("operators"),
    _("pairing"), _("pairings"), _("parent"), _("part"), _("part count"), _("part value"), _("parts"),
    _("pattern"), _("pattern assignment"), _("pattern assignments"), _("pattern shift"),
    _("pattern shifts"), _("pin"), _("pin mapping"), _("pin mappings"), _("planned end"),
    _("planned quantity"), _("planned shift"), _("planned shifts"), _("planned start"), _("plant"),
    _("plants"), _("position"), _("prefix"), _("production start"), _("productive"), _("program"),
    _("quantity"), _("quarantined message"), _("quarantined messages"), _("quiet from"), _("quiet until"),
    _("raised at"), _("reason"), _("received at"), _("recipient"), _("recipients"), _("reject"),
    _("reject fact"), _("reject facts"), _("reject reason"), _("reject reasons"), _("rejects"),
    _("replaces"), _("replayed at"), _("revoked at"), _("role"), _("rssi"), _("rules"), _("saved filter"),
    _("saved filters"), _("scale"), _("scopes"), _("secret"), _("sending"), _("sendings"), _("sent at"),
    _("settled at"), _("shift extension"), _("shift extensions"), _("shift fact"), _("shift facts"),
    _("shift pattern"), _("shift patterns"), _("shifts"), _("sign-ons"), _("signal receipt"),
    _("signal receipts"), _("since"), _("slice"), _("slices"), _("source"), _("specifications"), _("speed"),
    _("speed threshold"), _("start at"), _("start minute"), _("start rule"), _("started at"),
    _("starts by plan"), _("starts in setup"), _("state"), _("station"), _("station codes"),
    _("station group"), _("station groups"), _("station plan"), _("station plans"), _("stations"),
    _("status"), _("stop multiplier"), _("stored report"), _("stored reports"), _("subdivision"),
    _("subject"), _("subscription"), _("subscriptions"), _("sums from"), _("team"), _("text"), _("times"),
    _("timezone"), _("title"), _("to date"), _("topic"), _("unchanged"), _("undone at"),
    _("undone operator"), _("undone user"), _("units per count"), _("updated at"), _("url"), _("user"),
    _("uuid"), _("valid from"), _("value"), _("webhooks"), _("why"), _("withdrawn at"), _("written at"),
})  # fmt: skip


def speak(shown: Iterable[type[models.Model]]) -> None:
    """Let models and their fields be called by these names in the reader's language. No migration sees it."""
    for model in shown:
        meta: Any = model._meta
        with translation.override(None):
            plural = str(meta.verbose_name_plural)
        named(meta)
        if plural in WORDS and "verbose_name_plural" not in meta.original_attrs:
            meta.verbose_name_plural = gettext_lazy(plural)
        for field in (*model._meta.local_fields, *model._meta.local_many_to_many):
            named(field)


def named(owner: Any) -> None:
    """Translate the name of what is called by one of these words."""
    if isinstance(owner.verbose_name, str) and owner.verbose_name in WORDS:
        owner.verbose_name = gettext_lazy(owner.verbose_name)
