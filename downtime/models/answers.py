"""Rules that answer for the operator, what error codes mean, and what was in force when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from downtime import whys
from downtime.answering import Book, Code, Rule
from downtime.models.causes import Cause
from mesproject.accounts.models import Company, Owned, OwnedQuerySet
from mesproject.accounts.retelling import retold
from production.models import Sku, Station, StationGroup

LONGEST_CODE = 128  # as signals have it
MOST_CODES = 5000


class AnswerRuleQuerySet(OwnedQuerySet):
    def in_order(self) -> AnswerRuleQuerySet:
        """Those that are not archived, as they are asked, with all that a line about them shows."""
        rows = self.filter(archived_at=None).select_related("cause").order_by("position", "pk")
        return rows.prefetch_related("stations", "groups", "skus")


class AnswerRule(Owned):
    """If a stop is like this, its cause is that. What is on, and in which order, is put into an `AnswerBook`."""

    class Before(models.TextChoices):
        """What the station did right before the stop."""

        RUNNING = "running", _("It ran")
        NOT_PLANNED = "not_planned", _("Nothing was planned: a shift or a break has just ended or begun")
        NO_SIGNAL = "no_signal", _("No signal came")

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="answer_rules")
    name = models.CharField(max_length=60, help_text=_("As operators read it beside the cause."))
    position = models.PositiveIntegerField(default=0, editable=False)
    on = models.BooleanField(
        default=False, help_text=_("It answers the stops that begin from then on; none of before.")
    )
    cause = models.ForeignKey(Cause, on_delete=models.PROTECT, related_name="rules")

    error_codes = models.CharField(
        max_length=500, blank=True,
        help_text=_("One of these, with commas between them: E17, E18. AL-* is every code that begins with AL-."),
    )  # fmt: skip
    alarm_text = models.CharField(
        max_length=LONGEST_CODE, blank=True, help_text=_("The error or the alarm has this in its text.")
    )
    before = models.CharField(_("before the stop"), max_length=12, choices=Before, blank=True)
    mode = models.CharField(
        _("detection of the station"), max_length=16, choices=Station.Detection, blank=True
    )
    at_least_ms = models.PositiveIntegerField(
        _("lasts at least [ms]"),
        null=True,
        blank=True,
        help_text=_("It answers when the stop has lasted so long."),
    )
    at_most_ms = models.PositiveIntegerField(
        _("lasts at most [ms]"), null=True, blank=True, help_text=_("It answers when the stop is over.")
    )
    from_time = models.TimeField(
        _("begins from"), null=True, blank=True, help_text=_("On the plant's clock.")
    )
    until_time = models.TimeField(
        _("begins before"),
        null=True,
        blank=True,
        help_text=_("Earlier than “from”: it reaches over midnight."),
    )
    setup = models.BooleanField(
        _("in setup"),
        null=True,
        blank=True,
        help_text=_("Whether the station was set up for a job run as it stopped."),
    )
    shifts = models.CharField(
        max_length=200,
        blank=True,
        help_text=_("It begins in one of these, with commas between them: Early, Late."),
    )
    stations = models.ManyToManyField(Station, blank=True, related_name="+")
    groups = models.ManyToManyField(StationGroup, blank=True, related_name="+")
    skus = models.ManyToManyField(Sku, blank=True, related_name="+", verbose_name=_("SKUs"))

    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = AnswerRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(at_least_ms=None) | Q(at_most_ms=None) | Q(at_most_ms__gte=F("at_least_ms")),
                name="a_rule_is_for_some_length",
                violation_error_message=_("“Lasts at most” is shorter than “lasts at least”: no stop is both."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def is_in_force(self) -> bool:
        """Whether it answers; not where its cause is out of use."""
        return self.on and self.archived_at is None and self.cause.archived_at is None

    def clean(self) -> None:
        """Refuse what no stop can be, with a sentence at the field."""
        if self.cause_id and self.on and self.cause.archived_at:
            raise ValidationError(
                {"cause": _("This cause is out of use, so the rule cannot be on. Choose another.")}
            )
        if self.from_time is not None and self.from_time == self.until_time:
            raise ValidationError(
                {"until_time": _("From and before are the same time. Leave both empty for all day.")}
            )
        if self.error_codes and not listed(self.error_codes):
            raise ValidationError({"error_codes": _("Give at least one code between the commas.")})
        if "*" in (patterns := listed(self.error_codes)):
            raise ValidationError(
                {"error_codes": _("A * alone is no code. Give the beginning of one, such as AL-*.")}
            )
        if long := next((code for code in patterns if len(code) > LONGEST_CODE), None):
            said = _("%(code)s… is longer than %(most)d characters.")
            raise ValidationError({"error_codes": said % {"code": long[:20], "most": LONGEST_CODE}})

    def as_value(self) -> Rule:
        """The rule as it is decided by; of one that is not saved yet, without its stations, groups and SKUs."""
        places = {
            name: tuple(sorted(row.pk for row in getattr(self, name).all())) if self.pk else ()
            for name in ("stations", "groups", "skus")
        }
        return Rule(
            pk=self.pk or 0, name=self.name, cause=self.cause_id, error_codes=listed(self.error_codes),
            alarm_text=self.alarm_text, before=self.before, mode=self.mode, at_least_ms=self.at_least_ms,
            at_most_ms=self.at_most_ms, from_time=self.from_time, until_time=self.until_time, setup=self.setup,
            shifts=listed(self.shifts), **places,
        )  # fmt: skip


class ErrorCode(Owned):
    """What an error code of machines means: a cause, everywhere or at one group or station."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="error_codes")
    code = models.CharField(
        max_length=LONGEST_CODE,
        help_text=_("As the machine says it. AL-* is every code that begins with AL-."),
    )
    group = models.ForeignKey(
        StationGroup, on_delete=models.CASCADE, null=True, blank=True, related_name="+",
        help_text=_("Empty: at all stations."),
    )  # fmt: skip
    station = models.ForeignKey(Station, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    cause = models.ForeignKey(Cause, on_delete=models.PROTECT, related_name="error_codes")

    class Meta:
        verbose_name = _("error code")
        ordering = ["code", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "code", "group", "station"], name="error_code_once_per_place",
                nulls_distinct=False, violation_error_message=_("This code has a cause there already."),
            ),
            models.CheckConstraint(
                condition=Q(group=None) | Q(station=None), name="an_error_code_is_of_one_place",
                violation_error_message=_("Choose a group or a station, not both."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        """Refuse a code that would stand for every error."""
        if self.code.strip() in ("", "*"):
            raise ValidationError({"code": _("Give a code, or the beginning of one with a * behind it.")})

    def as_value(self) -> Code:
        """As it is decided by."""
        return Code(self.code, self.cause_id, self.station_id, self.group_id)


class AnswerBook(Owned):
    """The rules and codes as they were in force for stops that began in a time. Written once, never changed.

    A change makes a new one from then on; applying the rules to the past makes one that ends. Of several that hold
    for an instant the last one made counts. So a stop that late data moves is answered as it would have been.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="answer_books")
    made_at = models.DateTimeField()
    by = models.CharField(max_length=150)
    why = models.CharField(max_length=255)
    holds_from = models.DateTimeField()
    holds_until = models.DateTimeField(null=True)
    body = models.JSONField()
    answered = models.PositiveIntegerField(
        null=True
    )  # stops whose cause it changed when it was applied to the past

    class Meta:
        verbose_name = _("rules in force")
        verbose_name_plural = _("rules in force")
        ordering = ["-made_at", "-pk"]
        indexes = [models.Index(fields=["company", "-made_at"], name="answer_books_newest_first")]

    def __str__(self) -> str:
        return self.told

    @property
    def told(self) -> str:
        """Why it was made, in the reader's language."""
        return retold(self.why, whys.ALL)

    @property
    def book(self) -> Book:
        """What is in it."""
        return msgspec.convert(self.body, Book)


def listed(text: str) -> tuple[str, ...]:
    """The values of a list that a person typed with commas."""
    return tuple(part for part in (piece.strip() for piece in text.split(",")) if part)


def compiled(rules: Iterable[AnswerRule], codes: Iterable[ErrorCode]) -> Book:
    """A book of these rules, in this order; codes whose cause is out of use are left out."""
    used = [code.as_value() for code in codes if code.cause.archived_at is None]
    return Book(tuple(rule.as_value() for rule in rules), tuple(sorted(used, key=_sorted_by)))


def _sorted_by(code: Code) -> tuple[Any, ...]:
    return code.code, code.station or 0, code.group or 0


def as_json(book: Book) -> Any:
    """A book as it is stored."""
    return msgspec.json.decode(msgspec.json.encode(book))


def in_force(company: Company | int) -> Book:
    """What the rules and codes of a company say as they are now."""
    rules = [rule for rule in AnswerRule.objects.of(company).in_order() if rule.is_in_force]
    return compiled(rules, ErrorCode.objects.of(company).select_related("cause"))


@transaction.atomic
def publish(company: Company | int, *, at: datetime, by: str, why: str) -> AnswerBook | None:
    """Put what was changed into force for stops that begin from now on; None where it comes to the same."""
    owner = company.pk if isinstance(company, Company) else company
    # One after the other: of two changes at once the second has both.
    Company.objects.select_for_update().get(pk=owner)
    body = as_json(in_force(owner))
    last = AnswerBook.objects.of(owner).filter(holds_until=None).first()
    if (last.body if last else as_json(Book())) == body:
        return None
    return AnswerBook.objects.create(
        company_id=owner, made_at=at, by=by, why=why[:255], holds_from=at, body=body
    )


def books_at(asked: Sequence[tuple[int, datetime]]) -> list[Book | None]:
    """The book that holds for stops of these companies that began at these instants; one query."""
    found: list[Book | None] = [None] * len(asked)
    if not asked:
        return found
    companies, ats = zip(*asked, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_BOOKS, [list(companies), list(ats)])
        for numbers, body in cursor.fetchall():
            book = msgspec.json.decode(body, type=Book)
            for number in numbers:
                found[number - 1] = book
    return found


_BOOKS = """
WITH chosen AS (
    SELECT n.number, b.id FROM unnest(%s::bigint[], %s::timestamptz[]) WITH ORDINALITY AS n(company, at, number),
    LATERAL (
        SELECT id FROM downtime_answerbook b WHERE b.company_id = n.company AND b.holds_from <= n.at
        AND (b.holds_until IS NULL OR b.holds_until > n.at) ORDER BY b.made_at DESC, b.id DESC LIMIT 1
    ) b
)
SELECT array_agg(c.number), b.body::text FROM chosen c JOIN downtime_answerbook b USING (id) GROUP BY b.id
"""
