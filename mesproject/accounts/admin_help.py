"""What stands below the fields of the admin where the model itself says nothing: by model and field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

_CODE = _("Short and unique: what files, messages and other programs know it by.")
_ORDER = _("Lower numbers come first.")
HELP: dict[str, StrPromise] = {
    "accounts.apikey.expires_at": _("Empty: it never expires."),
    "accounts.device.kind": _("A gateway sends messages, a tablet is answered at, a display shows boards."),
    "accounts.user.email": _("Where mails and links to log in go."),
    "accounts.user.role": _("Decides about everything he may do."),
    "production.plant.code": _CODE,
    "production.plant.timezone": _("Of its wall clock, as Europe/Berlin or America/New_York."),
    "production.stationgroup.code": _("Unique in its plant."),
    "production.stationgroup.plant": _("Whose clock its stations follow."),
    "production.station.group": _("The line, cell or hall it stands in; shifts and limits are for groups."),
    "production.station.erp_id": _("What an ERP calls it, where that is not its code."),
    "production.station.detection": _(
        "Choose by what the machine can say: counts, running or not, a speed, or power."
    ),
    "production.station.counter": _(
        "What the numbers in production_count_good and production_count_bad are."
    ),
    "production.sku.code": _CODE,
    "production.sku.name": _("As operators and reports call it."),
    "production.sku.instructions_url": _(
        "Where operators read how it is made, where that is no file of ours."
    ),
    "production.skugroup.default_cycle_time_ms": _("Of one cycle, which makes all its members."),
    "production.file.code": _CODE,
    "production.operator.initials": _("What tablets show: two or three letters, each once."),
    "production.operator.name": _("For reports; empty: the initials."),
    "production.job.name": _("The order's number."),
    "production.job.part": _("What it makes, as the order calls it."),
    "production.job.operation": _("Which step of the order, for example 10."),
    "production.job.lot": _("Where an order has several."),
    "production.job.sku": _("The product, where it is one of ours."),
    "production.job.due_on": _("By when it is to be made."),
    "production.job.ideal_part_time_ms": _("Per unit at best; empty: as the SKU says."),
    "production.job.expected_part_time_ms": _("Per unit as it was calculated, for plans and costs."),
    "production.job.expected_setup_ms": _("What setting it up was to take."),
    "production.jobrun.planned_start": _("Empty: it waits in the queue of its station."),
    "production.jobrun.planned_end": _("Empty: estimated from the quantity."),
    "production.jobrun.planned_quantity": _("Good units to be made."),
    "production.jobrun.actual_start": _("When it began; empty as long as it is planned only."),
    "production.jobrun.actual_end": _("When it ended; empty while it goes on."),
    "scheduling.scheduleevent.event_type": _("What its time is to numbers: a break, a holiday, maintenance."),
    "scheduling.eventassignment.pattern": _("Everybody who follows it has the event."),
    "scheduling.patternexception.replaces": _("The start of the shift it is about."),
    "scheduling.patternexception.reason": _("Shown to those who ask why."),
    "downtime.cause.code": _CODE,
    "downtime.cause.description": _("What the tile says: a word or two."),
    "downtime.cause.parent": _("The tile above it; empty: it stands on the first page of tiles."),
    "downtime.cause.position": _ORDER,
    "quality.rejectreason.code": _CODE,
    "quality.rejectreason.description": _("What the tile says: a word or two."),
    "quality.rejectreason.kind": _("Whether such parts are lost, undecided, or made good again."),
    "quality.rejectreason.position": _ORDER,
}
