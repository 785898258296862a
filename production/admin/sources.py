"""The pins of gateways: on the device's own page."""

from __future__ import annotations

from mesproject.accounts.admin.credentials import DeviceAdmin
from mesproject.accounts.admin_base import OwnedTabular
from mesproject.accounts.models import Device
from production.models import PinMapping


class PinInline(OwnedTabular):
    """What each pin of a data acquisition unit means, and for which station."""

    model = PinMapping
    of_kind = Device.Kind.GATEWAY
    autocomplete_fields = ["station"]
    extra = 1


DeviceAdmin.inlines = [*DeviceAdmin.inlines, PinInline]
