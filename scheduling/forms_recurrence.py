"""The form in which people say when something recurs: in words of the plant, or as a rule for experts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from mesproject.formats import spoken
from scheduling.recurrence import BadRule, Recurrence, read, write
from scheduling.recurrence_words import LAST_DAY, PLACES, Repeats, Said, in_words, said
from scheduling.upcoming import Upcoming, upcoming

BY_RULE = "rule"
REPEATS = [
    (Repeats.WEEKLY.value, _("On days of the week")),
    (Repeats.DAILY.value, _("Every day, or every so many")),
    (Repeats.MONTHLY.value, _("On a day of the month")),
    (Repeats.MONTHLY_WEEKDAY.value, _("On a weekday of the month")),
    (Repeats.YEARLY.value, _("Every year")),
    (Repeats.ONCE.value, _("Once")),
    (BY_RULE, _("By a rule (advanced)")),
]
AT, AFTER, OWN = "at", "after", "own"
ENDS = [
    (AT, _("At a time of day")),
    (AFTER, _("After a while")),
    (OWN, _("As the event says")),
    (BY_RULE, _("By a rule (advanced)")),
]
# Where the form shows what is wrong with a part of a rule.
PLACE_OF = {
    "UNTIL": "last",
    "DTSTART": "first",
    "INTERVAL": "every",
    "BYDAY": "weekdays",
    "BYMONTHDAY": "month_day",
}
RECURRENCE_FIELDS = (
    "repeats", "weekdays", "month_day", "place", "weekday", "every", "rule", "first", "last", "at",
    "ends", "end_at", "after", "rule_of_ends",
)  # fmt: skip
# Of these, none may be wrong where a sentence is made of them.
SAID_WITH = ("repeats", "weekdays", "month_day", "place", "weekday", "every", "first", "last", "at")
ANY_START = datetime(2000, 1, 1)  # noqa: DTZ001  a wall time, for texts that have their own
ANY_TIME = forms.TimeInput(attrs={"type": "time"})
ANY_DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
RULE = forms.Textarea(attrs={"rows": 3, "cols": 48, "spellcheck": "false", "class": "fl-rule"})


@dataclass(frozen=True, slots=True)
class Preview:
    """What a form means: its sentence, its texts and its next occurrences."""

    sentence: str
    start_rule: str
    end_rule: str
    rows: Sequence[Upcoming]


class RecurrenceForm(forms.Form):
    """Starts and ends of something that recurs. Valid, it has `start_rule` and `end_rule`, canonical texts."""

    repeats = forms.ChoiceField(label=_("Repeats"), choices=REPEATS, initial=Repeats.WEEKLY.value)
    weekdays = forms.TypedMultipleChoiceField(
        label=pgettext_lazy("days of a week", "On"), choices=list(WEEKDAYS_ABBR.items()), coerce=int, required=False,
        widget=forms.CheckboxSelectMultiple, initial=[0, 1, 2, 3, 4],
    )  # fmt: skip
    month_day = forms.TypedChoiceField(
        label=_("On day"), choices=[*((n, n) for n in range(1, 32)), (LAST_DAY, _("the last"))], coerce=int,
        required=False, empty_value="1", help_text=_("A month that has no such day is left out."),
    )  # fmt: skip
    place = forms.TypedChoiceField(
        label=_("On the"),
        choices=[(n, _(word)) for n, word in PLACES.items()],
        coerce=int,
        required=False,
        empty_value="1",
    )
    weekday = forms.TypedChoiceField(
        label=_("Weekday"), choices=list(WEEKDAYS.items()), coerce=int, required=False, empty_value="0"
    )
    every = forms.IntegerField(
        label=_("Every"), min_value=1, max_value=366, required=False, initial=1,
        help_text=_("Of these days, weeks, months or years: 2 is every other one, counted from the first day."),
    )  # fmt: skip
    first = forms.DateField(label=_("From"), widget=ANY_DATE, required=False)
    last = forms.DateField(
        label=_("Until"),
        widget=ANY_DATE,
        required=False,
        help_text=_("The last day on which it may begin. Empty: for good."),
    )
    at = forms.TimeField(
        label=_("Begins at"),
        widget=ANY_TIME,
        required=False,
        help_text=_("On the plant's clock. Empty: with the day."),
    )
    rule = forms.CharField(
        label=_("Rule of the starts"), widget=RULE, required=False,
        help_text=_("An iCalendar rule, as in DTSTART:20260105T100000 RRULE:FREQ=WEEKLY;BYDAY=MO."),
    )  # fmt: skip
    ends = forms.ChoiceField(
        label=_("Ends"),
        choices=ENDS,
        initial=AT,
        help_text=_("As the event says: after its own length; where it has none, with the day."),
    )
    end_at = forms.TimeField(
        label=_("Ends at"), widget=ANY_TIME, required=False,
        help_text=_("The next time the clock shows it: 06:00 after 22:00 is on the next day."),
    )  # fmt: skip
    after = forms.IntegerField(
        label=_("After minutes"), min_value=1, max_value=24 * 60, required=False,
        help_text=_("Kept as the time of day at which it then ends."),
    )  # fmt: skip
    rule_of_ends = forms.CharField(
        label=_("Rule of the ends"),
        widget=RULE,
        required=False,
        help_text=_("Each start pairs with the next end."),
    )

    recurrence_fields = RECURRENCE_FIELDS
    start_rule: str = ""
    end_rule: str = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.starts: Recurrence | None = None
        self.closes: Recurrence | None = None

    def clean(self) -> dict[str, Any]:
        """Turn what was said into the two texts that are stored."""
        data = super().clean() or self.cleaned_data
        try:
            self.starts = self._start(data)
        except BadRule as error:
            self._refuse(error, data.get("repeats"))
        if self.starts is None:
            return data
        self.start_rule = write(self.starts)
        try:
            self.closes = self._end(data, self.starts)
        except BadRule as error:
            self.add_error("rule_of_ends", spoken(error.said))
        self.end_rule = write(self.closes) if self.closes else ""
        return data

    @property
    def repeats_in_words(self) -> bool:
        """Whether the text of the starts follows the other fields."""
        return bool(self.cleaned_data.get("repeats") != BY_RULE)

    @property
    def ends_in_words(self) -> bool:
        """Whether the text of the ends follows the other fields."""
        return bool(self.cleaned_data.get("ends") != BY_RULE)

    def _refuse(self, error: BadRule, repeats: Any) -> None:
        by_rule = repeats == BY_RULE or error.field not in PLACE_OF
        place = "rule" if repeats == BY_RULE else PLACE_OF.get(error.field, "first")
        told = spoken(error.said)
        self.add_error(place, f"{error.field}: {told}" if by_rule else told)

    def _start(self, data: dict[str, Any]) -> Recurrence | None:
        """The rule of the starts; None where something else is wrong already."""
        repeats, first = data.get("repeats"), data.get("first")
        if repeats == BY_RULE:
            return _read_with_start(data.get("rule", ""))
        if repeats == Repeats.WEEKLY and not data.get("weekdays"):
            self.add_error("weekdays", _("Tick at least one day."))
        if not first and "first" not in self.errors:
            self.add_error("first", _("Say from which day on."))
        if not first or any(name in self.errors for name in SAID_WITH):
            return None
        rule = Said(
            Repeats(str(repeats)), first, at=data["at"], every=data["every"] or 1,
            weekdays=tuple(data["weekdays"]), month_day=int(data["month_day"]),
            place=int(data["place"]), weekday=int(data["weekday"]), last=data["last"],
        ).rule()  # fmt: skip
        if rule.until and rule.until < rule.start:
            raise BadRule("UNTIL", gettext_noop("This is before the first day."))
        return read(write(rule), default_start=rule.start)

    def _end(self, data: dict[str, Any], starts: Recurrence) -> Recurrence | None:
        """The rule of the ends: a time of day comes back every day, and each start takes the next one."""
        ends = data.get("ends")
        if ends == BY_RULE:
            return read(data.get("rule_of_ends", ""), default_start=starts.start)
        if ends == AT and data.get("end_at") is None and "end_at" not in self.errors:
            self.add_error("end_at", _("Say at what time it ends."))
        if ends == AFTER and data.get("after") is None and "after" not in self.errors:
            self.add_error("after", _("Say how many minutes it lasts."))
        if ends == AFTER and data.get("after") and (starts.byhour or starts.byminute):
            self.add_error("after", _("It begins at several times of day; say its ends by a rule."))
        if ends in (OWN, None) or any(name in self.errors for name in ("end_at", "after")):
            return None
        at = data["end_at"] if ends == AT else (starts.start + timedelta(minutes=data["after"])).time()
        return Recurrence(start=datetime.combine(starts.start.date(), at), freq="DAILY", zone=starts.zone)

    def preview(self, length: timedelta | None, *, tz: ZoneInfo, since: datetime) -> Preview | None:
        """What the present values mean; None where they mean nothing yet."""
        if self.starts is None or any(name in self.errors for name in ("end_at", "after", "rule_of_ends")):
            return None
        return Preview(
            spoken(in_words(self.starts)), self.start_rule, self.end_rule,
            upcoming(self.starts, self.closes, length, tz=tz, since=since),
        )  # fmt: skip


def _read_with_start(text: str) -> Recurrence:
    """A rule that says itself from when on it holds."""
    rule = read(text, default_start=ANY_START)
    if "DTSTART" not in text.upper():
        told = gettext_noop("Write the first day and time before the rule, as in DTSTART:20260105T100000.")
        raise BadRule("DTSTART", told)
    return rule


def initial_of(start_rule: str, end_rule: str) -> dict[str, Any]:
    """What the form shows of stored texts."""
    starts = read(start_rule, default_start=ANY_START)
    sentence = said(starts)
    values: dict[str, Any] = {"rule": start_rule, "rule_of_ends": end_rule, "repeats": BY_RULE}
    values |= {"first": starts.start.date(), "at": None if starts.all_day else starts.start.time()}
    if sentence:
        values |= {
            "repeats": sentence.repeats.value, "first": sentence.first, "at": sentence.at,
            "every": sentence.every, "month_day": sentence.month_day, "place": sentence.place,
            "weekday": sentence.weekday, "last": sentence.last,
        }  # fmt: skip
        if sentence.repeats is Repeats.WEEKLY:
            values["weekdays"] = list(sentence.weekdays)
    return values | _end_initial(starts, end_rule)


def _end_initial(starts: Recurrence, end_rule: str) -> dict[str, Any]:
    if not end_rule:
        return {"ends": OWN}
    ends = read(end_rule, default_start=starts.start)
    at = ends.start.time()
    if (
        ends == Recurrence(datetime.combine(starts.start.date(), at), "DAILY", zone=starts.zone)
        and not at.second
    ):
        return {"ends": AT, "end_at": at}
    return {"ends": BY_RULE}
