"""What a page showed last, as one short text: an unchanged page is answered 304 without being drawn."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Max, Sum

from downtime.models import Issue
from mesproject.accounts.models import Company
from production.models import StationLive
from quality.models import Reject


def version(company: Company, stations: list[int], now: datetime, *more: object) -> str:
    """Changes with every change of these stations, and each minute: the target grows with time."""
    lives = StationLive.objects.of(company).filter(station__in=stations).aggregate(v=Sum("version"))
    issues = (
        Issue.objects.of(company).filter(station__in=stations).aggregate(at=Max("updated_at"), n=Count("pk"))
    )
    rejects = (
        Reject.objects.of(company).filter(station__in=stations).aggregate(n=Count("pk"), at=Max("undone_at"))
    )
    parts = (lives["v"], issues["at"], issues["n"], rejects["n"], rejects["at"], f"{now:%d%H%M}", *more)
    return '"' + "-".join(str(part).replace('"', "").replace(" ", "") for part in parts) + '"'
