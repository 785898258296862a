"""Files as people at machines read them."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from mesproject.accounts.viewers import viewing
from production.files import handed_out
from production.models import File


@viewing
def file(request: HttpRequest, file: uuid.UUID) -> HttpResponse:
    """The file itself, for everybody of its company: people and tablets."""
    rows = File.objects.of(request.viewer.company).select_related("stored")  # type: ignore[attr-defined]
    return handed_out(get_object_or_404(rows, uuid=file))
