"""Who stands at this tablet: an operator chosen by initials, remembered by the browser."""

from __future__ import annotations

from django.conf import settings
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse

from mesproject.accounts.models import Company
from production.models import Operator

COOKIE = "floorlight_operator"
A_SHIFT = 10 * 3600  # seconds; the next shift chooses anew


def operator_of(request: HttpRequest, company: Company) -> Operator | None:
    """The operator chosen on this browser, if any and if still with the company."""
    try:
        chosen = request.get_signed_cookie(COOKIE, salt=str(company.pk), max_age=A_SHIFT)
    except (KeyError, BadSignature):
        return None
    return Operator.objects.of(company).filter(pk=int(chosen or 0), archived_at=None).first()


def remember(response: HttpResponse, operator: Operator) -> None:
    """Let this browser be the operator's for the length of a shift."""
    response.set_signed_cookie(
        COOKIE, str(operator.pk), salt=str(operator.company_id), max_age=A_SHIFT,
        httponly=True, samesite="Lax", secure=settings.HTTPS,
    )  # fmt: skip
