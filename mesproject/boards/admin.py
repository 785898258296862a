"""Which boards a display shows: on the device's own page."""

from __future__ import annotations

from mesproject.accounts.admin.credentials import DeviceAdmin
from mesproject.accounts.admin_base import OwnedTabular
from mesproject.accounts.models import Device
from mesproject.boards.models import Turn


class TurnInline(OwnedTabular):
    """The boards of a display, in turn; without any it shows all stations."""

    model = Turn
    of_kind = Device.Kind.DISPLAY
    autocomplete_fields = ["plant", "group", "station"]
    extra = 1


DeviceAdmin.inlines = [*DeviceAdmin.inlines, TurnInline]
