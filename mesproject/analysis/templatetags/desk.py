"""The navigation among the pages of the analysis, for pages of other parts as well."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django import template
from django.urls import reverse

from mesproject.analysis.navigation import links

register = template.Library()


@register.simple_tag(takes_context=True)
def how(context: template.Context, metric: str, *narrowing: str) -> str:
    """Where it is told how a number is computed, of the place and time that a page shows, narrowed by more words."""
    page = context.get("page")
    said = dict(parse_qsl(str(context.get("kept", "")).lstrip("?")))
    for more in (page.how if page else "", *narrowing):
        told = dict(parse_qsl(more))
        said = {name: value for name, value in said.items() if name != "range" or "from" not in told} | told
    query = f"?{urlencode(said)}" if said else ""
    return f"{reverse('reports:number', args=[metric])}{query}"


@register.inclusion_tag("analysis/navigation.html")
def desk_navigation(chosen: str, kept: str = "") -> dict[str, Any]:
    """The pages, of which one is shown now; `kept` are the place and time that they shall look at."""
    return {"navigation": list(links(chosen, "" if kept == "?" else kept))}
