"""No word is shown that could not be said in another language: by templates, models, forms and the admin."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path

import pytest
from auditlog.registry import auditlog
from django import forms
from django.conf import settings
from django.contrib.admin.sites import site
from django.contrib.admin.utils import flatten, flatten_fieldsets
from django.template.base import Lexer, TokenType
from django.utils import translation

from mesproject.accounts.field_names import WORDS

TEMPLATES = Path(settings.BASE_DIR, "templates")
# Names, units and signs, which are the same in every language.
SAME = {
    "Floorlight", "OEE", "CSV", "SKU", "API", "ERP", "JSON", "kWh", "kW", "min", "nbsp", "Esc", "MQTT", "ISO", "URL",
    "MachineMetrics", "Busroot", "openapi", "json", "curl", "tile", "UTC", "Ctrl",
}  # fmt: skip
SAID = {"title", "aria-label", "aria-description", "placeholder", "alt"}
WORD = re.compile(r"[^\W\d_]{2,}")
GIVEN = re.compile(r"\|(?:default|default_if_none|yesno|pluralize|join|add):\s*(\"[^\"]*\"|'[^']*')")
ASKED = re.compile(r"""(?<!\|)\b_\(("[^"]*"|'[^']*')\)""")


def words_in(text: str) -> bool:
    return any(word not in SAME for word in WORD.findall(text))


class Bare(HTMLParser):
    """What a page says in its texts, and in the attributes that are read out or shown."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag, attrs):
        self.silent += tag in ("style", "script", "code", "pre")
        for name, value in attrs:
            sentence = name.startswith("data-") and " " in (value or "").strip() and name != "data-files"
            on_button = name == "value" and ("type", "submit") in attrs
            if (name in SAID or sentence or on_button) and words_in(value or ""):
                self.found.append(f"{name}={value}")

    def handle_endtag(self, tag):
        self.silent -= tag in ("style", "script", "code", "pre")

    def handle_data(self, data):
        if not self.silent and words_in(data):
            self.found.append(" ".join(data.split()))


def without_tags(source: str) -> tuple[str, list[str]]:
    """A template as HTML without all that its tags say, and the words that are written in tags."""
    kept, written, inside = [], [], False
    for token in Lexer(source).tokenize():
        name, _, rest = token.contents.partition(" ") if token.token_type == TokenType.BLOCK else ("", "", "")
        if name in ("blocktranslate", "endblocktranslate", "comment", "endcomment"):
            inside = not name.startswith("end")
        elif name == "block" and rest in ("theme", "scheme", "coltype", "width", "bodyclass"):
            inside = True
        elif name == "block" and rest == "body":
            kept.append("<i ")
        elif name == "endblock":
            inside = False
            kept.append(">")
        elif token.token_type == TokenType.TEXT and not inside:
            kept.append(token.contents)
        elif token.token_type == TokenType.VAR and not inside:
            written += [given for given in GIVEN.findall(token.contents) if words_in(given)]
    return "".join(kept), written


def bare_words(path: Path) -> list[str]:
    html, written = without_tags(path.read_text())
    if path.suffix == ".txt":
        return written + [line.strip() for line in html.splitlines() if words_in(line)]
    reader = Bare()
    reader.feed(html)
    reader.close()
    return written + reader.found


PAGES = sorted(
    path
    for path in [*TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("*.txt")]
    if "design" not in path.parts  # what only builders of pages see is not translated
)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_every_word_of_a_page_can_be_translated(path):
    assert bare_words(path) == []


def test_the_search_finds_what_it_looks_for(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        '<p title="Bare">{% translate "kept" %}{{ x|default:"naked" }}{{ y|default:_("clad") }}</p>'
        "<i>{% if z %}alone{% endif %}{% blocktranslate %}kept too{% endblocktranslate %} OEE 5 kWh</i>"
    )
    assert bare_words(page) == ['"naked"', "title=Bare", "alone OEE 5 kWh"]


# Python: what models, forms and admin say

OURS = ("mesproject", "production", "scheduling", "downtime", "quality")
SPEAKING = re.compile(r"(^|/)(admin|models|forms|definitions)[a-z_]*(/|\.py$)")
MODULES = sorted(
    path
    for name in OURS
    for path in Path(settings.BASE_DIR, name).rglob("*.py")
    if SPEAKING.search(str(path.relative_to(settings.BASE_DIR))) and "migrations" not in path.parts
)
GIVEN_BY_NAME = {
    "help_text", "verbose_name", "verbose_name_plural", "label", "description", "violation_error_message",
    "empty_label",
}  # fmt: skip
FIRST_SAYS = {"labelled", "fieldset", "ValidationError"}
SAID_OF_A_CLASS = {"verbose_name", "verbose_name_plural", "title", "sentence", "marked", "unmarked"}


def says(node: ast.expr | None) -> bool:
    """Whether this is a text that stands there as it is; a formatted one has words, or only places."""
    if isinstance(node, ast.JoinedStr):
        return any(says(part) for part in node.values)
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and words_in(node.value)


def bare_in(tree: ast.AST) -> Iterator[ast.expr]:
    """The texts that are shown and not marked."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            shown = [given.value for given in node.keywords if given.arg in GIVEN_BY_NAME]
            is_field = called.endswith("Field") and ast.unparse(node.func).startswith("models.")
            if called in FIRST_SAYS or (is_field and not called.startswith(("OneTo", "ManyTo", "Generated"))):
                shown += node.args[:1]
            yield from filter(says, shown)
        elif isinstance(node, ast.ClassDef):
            yield from filter(says, _of_class(node))


def _of_class(node: ast.ClassDef) -> Iterator[ast.expr]:
    has_choices = any(ast.unparse(base).endswith("Choices") for base in node.bases)
    for line in node.body:
        if not isinstance(line, ast.Assign) or not isinstance(line.targets[0], ast.Name):
            continue
        if line.targets[0].id in SAID_OF_A_CLASS:
            yield line.value
        if has_choices and isinstance(line.value, ast.Tuple):
            yield line.value.elts[1]
        if line.targets[0].id in ("help_texts", "labels") and isinstance(line.value, ast.Dict):
            yield from line.value.values


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_every_label_and_help_text_can_be_translated(path):
    assert [(node.lineno, ast.unparse(node)) for node in bare_in(ast.parse(path.read_text()))] == []


def test_the_search_finds_bare_labels():
    source = """
class A(Model):
    x = models.CharField("size", help_text=_("clad"), verbose_name="naked")
    class Kind(TextChoices):
        ONE = "one", "The first"
    class Meta:
        verbose_name = "thing"
        help_texts = {"x": f"In {unit} alone"}
column = labelled("Where")
"""
    found = {node.value for node in bare_in(ast.parse(source)) if isinstance(node, ast.Constant)}
    assert found == {"size", "naked", "The first", "thing", "Where"}
    assert any(isinstance(node, ast.JoinedStr) for node in bare_in(ast.parse(source)))


# Forms of which a template draws each field with words of its own, or that are read from addresses and files.
DRAWN_BY_HAND = {
    "downtime.forms", "downtime.sheets", "mesproject.accounts.sheets", "mesproject.schedule.counting",
    "mesproject.schedule.screen", "mesproject.schedule.screen_views", "production.entries", "production.notes_page",
    "production.sheets", "quality.forms", "quality.sheets", "scheduling.admin.calendar",
}  # fmt: skip


def forms_below(kind: type) -> Iterator[type]:
    for one in kind.__subclasses__():
        yield one
        yield from forms_below(one)


def test_every_field_of_a_form_has_a_label_that_can_be_translated():
    import_module(settings.ROOT_URLCONF)
    bare, seen = set(), set()
    for form in forms_below(forms.BaseForm):
        if form.__module__.startswith(OURS) and form.__module__ not in DRAWN_BY_HAND:
            seen.add(form.__name__)
            for name, field in getattr(form, "base_fields", {}).items():
                if field.label is None and not field.widget.is_hidden:
                    bare.add((form.__name__, name))
    assert {"PairForm", "FromDayForm", "RunForm"} <= seen
    # Its choices are labels themselves.
    assert bare == {("TryForm", "rules")}


def fields_shown(page) -> set[str]:
    """The fields of the model that a page or a table of the admin shows."""
    editable = [field.name for field in page.model._meta.get_fields() if getattr(field, "editable", False)]
    found = flatten_fieldsets(page.fieldsets) if page.fieldsets else flatten(page.fields or editable)
    listed = [one[0] if isinstance(one, tuple) else one for one in getattr(page, "list_filter", ())]
    shown = [*found, *page.readonly_fields, *getattr(page, "list_display", ()), *listed]
    return {one for one in shown if isinstance(one, str)} - {"company", "id", *(page.exclude or ())}


def test_names_that_django_makes_of_those_in_the_code_are_known():
    pages = [page for page in site._registry.values() if page.model.__module__.startswith(OURS)]
    missing = set()
    inlines = [inline(page.model, site) for page in pages for inline in page.inlines]
    for one in [*pages, *inlines]:
        meta, shown = one.model._meta, fields_shown(one)
        # Names that are lazy are said by the code, or known.
        names = [meta.verbose_name]
        with translation.override(None):
            names += [] if "verbose_name_plural" in meta.original_attrs else [str(meta.verbose_name_plural)]
        names += [field.verbose_name for field in meta.get_fields() if field.concrete and field.name in shown]
        missing |= {name for name in names if isinstance(name, str) and name not in WORDS}
    assert missing == set()


def test_names_that_histories_tell_are_known():
    names = set()
    for model in auditlog.get_models():
        untold = auditlog.get_model_fields(model)["exclude_fields"]
        told = [
            field
            for field in model._meta.concrete_fields
            if field.name not in untold and not field.primary_key
        ]
        names |= {model._meta.verbose_name, *(field.verbose_name for field in told)}
    assert "digest" in {str(name) for name in names}
    assert {name for name in names if isinstance(name, str) and name not in WORDS} == set()
