"""The steps, in their order, and how each of them stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from downtime.models import Cause
from mesproject.accounts.models import ApiKey, Company, Device
from mesproject.accounts.models.companies import UNNAMED
from production.models import Plant, Sku, Station, StationLive
from scheduling.models import PatternAssignment

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a new company needs, or does without."""

    slug: str
    title: StrPromise
    about: StrPromise

    @property
    def address(self) -> str:
        """Where it is done."""
        return reverse(f"setup:{self.slug}")


STEPS = (
    Step("company", _("Company"), _("its name, and its code in the topics of machines")),
    Step("plant", _("Plant and clock"), _("with its time zone and the start of its day")),
    Step("shifts", _("Shifts"), _("without them nothing is planned, and nothing is a stop")),
    Step("stations", _("Stations"), _("the machines that are listened to")),
    Step("skus", _("SKUs"), _("what is made, and how long a unit takes")),
    Step("causes", _("Causes"), _("what an operator can answer when a station stops")),
    Step("machine", _("First machine"), _("something that sends, and its messages as they come")),
    Step("screens", _("Tablet and TV"), _("by a code to scan")),
)
SLUGS = tuple(step.slug for step in STEPS)


@dataclass(frozen=True, slots=True)
class Standing:
    """A step as it stands: done, skipped or open."""

    step: Step
    number: int
    word: str

    @property
    def is_done(self) -> bool:
        """Whether there is what it makes."""
        return self.word == "done"


def standings(company: Company | int) -> list[Standing]:
    """How every step stands, in one query."""
    owner = company.pk if isinstance(company, Company) else company
    asked = {f"has_{slug}": question for slug, question in _what_there_is(owner).items()}
    found: Any = Company.objects.filter(pk=owner).values(**asked, left_out=F("set_up__skipped")).get()
    left_out = found["left_out"] or ()
    return [
        Standing(step, number, _word(found[f"has_{step.slug}"], step.slug in left_out))
        for number, step in enumerate(STEPS, 1)
    ]


def _word(done: bool, skipped: bool) -> str:
    return "done" if done else "skipped" if skipped else "open"


def _what_there_is(company: int) -> dict[str, Exists | Q]:
    screens = Device.objects.of(company).active().exclude(kind=Device.Kind.GATEWAY)
    heard = StationLive.objects.of(company).exclude(last_seen_at=None)
    return {
        "company": ~Q(name=UNNAMED),
        "plant": Exists(Plant.objects.of(company)),
        "shifts": Exists(PatternAssignment.objects.of(company)),
        "stations": Exists(Station.objects.of(company)),
        "skus": Exists(Sku.objects.of(company)),
        "causes": Exists(Cause.objects.of(company)),
        "machine": Exists(heard) & (Exists(_gateways(company)) | Exists(_keys(company))),
        "screens": Exists(screens.exclude(last_seen_at=None)),
    }


def _gateways(company: int) -> Any:
    return Device.objects.of(company).active().filter(kind=Device.Kind.GATEWAY)


def _keys(company: int) -> Any:
    return ApiKey.objects.of(company).filter(revoked_at=None)


def next_of(company: Company, slug: str) -> Step | None:
    """The step to go to after one: the next that is still open, behind it or before; none where all is done."""
    found = standings(company)
    place = SLUGS.index(slug) + 1
    behind_first = [*found[place:], *found[:place]]
    return next((one.step for one in behind_first if one.word == "open" and one.step.slug != slug), None)
