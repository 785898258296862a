"""No page holds a word that could not be said in another language: templates and Python, outside of the admin."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.template.base import Lexer, TokenType

TEMPLATES = Path(settings.BASE_DIR, "templates")
# Names, units and signs, which are the same in every language.
SAME = {
    "Floorlight", "OEE", "CSV", "SKU", "API", "ERP", "JSON", "kWh", "kW", "min", "nbsp", "Esc", "MQTT", "ISO", "URL",
    "MachineMetrics", "Busroot", "openapi", "json", "curl", "tile",
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
            if (name in SAID or sentence) and words_in(value or ""):
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
        elif name == "block" and rest in ("theme", "scheme"):
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
    if not {"admin", "design"} & set(path.parts)  # what only builders of pages see is not translated
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
