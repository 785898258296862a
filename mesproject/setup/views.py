"""The overview, and going on without a step."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from mesproject.setup.models import Progress
from mesproject.setup.pages import administering, company_of, forward
from mesproject.setup.steps import SLUGS, standings


@administering
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """All steps, and what is next."""
    found = standings(company_of(request))
    following = next((one for one in found if one.word == "open"), None)
    context = {"standings": found, "following": following, "company": company_of(request)}
    return render(request, "setup/overview.html", context)


@administering
@require_POST
def skip(request: HttpRequest) -> HttpResponse:
    """Go on without a step."""
    slug = request.POST.get("step", "")
    if slug not in SLUGS:
        raise Http404
    Progress.skip(company_of(request), slug)
    return forward(request, slug)
