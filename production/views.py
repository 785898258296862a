"""Choosing who stands at the tablet."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from mesproject.accounts.viewers import acting
from production.operators import operator_of, people_of, remember


@acting
def operator(request: HttpRequest) -> HttpResponse:
    """Initials to pick from; then back to where one came from."""
    company = request.viewer.company  # type: ignore[attr-defined]
    back = safe_next(request)
    people = people_of(company)
    if request.method == "POST":
        chosen = request.POST.get("operator", "")
        answer = redirect(back)
        remember(answer, get_object_or_404(people, pk=int(chosen) if chosen.isdecimal() else 0))
        return answer
    context = {"people": people, "chosen": operator_of(request, company), "next": back}
    return render(request, "production/operator.html", context)


def safe_next(request: HttpRequest) -> str:
    """Where the form wants to go on, if that is on this site; else the list of stations."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else "/tablet/"
