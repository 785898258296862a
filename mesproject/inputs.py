"""Inputs of forms, written as Django writes them but without a template: pages of the admin have hundreds of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.utils.formats import localize
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

KINDS = ("checkbox", "date", "datetime", "email", "hidden", "number", "text", "time", "url")
INPUTS = frozenset(f"django/forms/widgets/{kind}.html" for kind in KINDS)
SELECT, OPTION = "django/forms/widgets/select.html", "django/forms/widgets/select_option.html"
NO_ERRORS = "django/forms/errors/list/ul.html"


class Renderer(DjangoTemplates):
    """Django's own, but for what forms are full of."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> SafeString:
        """The same text; all in it is escaped."""
        if template_name in INPUTS:
            return mark_safe(_input(context["widget"]))
        if template_name == SELECT and _is_plain(context["widget"]):
            return mark_safe("".join(_select(context["widget"])))
        if template_name == NO_ERRORS and not context["errors"]:
            return mark_safe("")
        return mark_safe(super().render(template_name, context, request))


def _input(widget: Mapping[str, Any]) -> str:
    given = "" if widget["value"] is None else f' value="{conditional_escape(widget["value"])}"'
    name = conditional_escape(widget["name"])
    return f'<input type="{widget["type"]}" name="{name}"{given}{_attributes(widget)}>'


def _select(widget: Mapping[str, Any]) -> Iterator[str]:
    yield f'<select name="{conditional_escape(widget["name"])}"{_attributes(widget)}>'
    for group, options, _index in widget["optgroups"]:
        if group:
            yield f'\n  <optgroup label="{conditional_escape(localize(group))}">'
        for one in options:
            label = conditional_escape(localize(one["label"]))
            yield f'\n  <option value="{conditional_escape(one["value"])}"{_attributes(one)}>{label}</option>\n'
        if group:
            yield "\n  </optgroup>"
    yield "\n</select>"


def _is_plain(widget: Mapping[str, Any]) -> bool:
    """Whether its options are Django's."""
    return all(
        one["template_name"] == OPTION for _group, options, _index in widget["optgroups"] for one in options
    )


def _attributes(widget: Mapping[str, Any]) -> str:
    return "".join(
        f" {name}" if value is True else f' {name}="{conditional_escape(value)}"'
        for name, value in widget["attrs"].items()
        if value is not False
    )
