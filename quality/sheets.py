"""Reject reasons as a table that is imported and exported."""

from __future__ import annotations

from mesproject.accounts.sheets import LineForm
from quality.models import RejectReason


class ReasonLine(LineForm):
    """Why a part is not good."""

    class Meta(LineForm.Meta):
        model = RejectReason
        fields = ["code", "description", "kind", "position"]
