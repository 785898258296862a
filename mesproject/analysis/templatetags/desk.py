"""The navigation among the pages of the analysis, for pages of other parts as well."""

from __future__ import annotations

from typing import Any

from django import template

from mesproject.analysis.navigation import links

register = template.Library()


@register.inclusion_tag("analysis/navigation.html")
def desk_navigation(chosen: str, kept: str = "") -> dict[str, Any]:
    """The pages, of which one is shown now; `kept` are the place and time that they shall look at."""
    return {"navigation": list(links(chosen, "" if kept == "?" else kept))}
