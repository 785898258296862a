"""Outlook draws mails with Word, which ignores most of CSS. What it would ignore is refused here, tag by tag."""

import re
from html.parser import HTMLParser

import pytest

from tests.outgoing.letters import one_of_each

# What Word draws, where it draws it: margins of text, padding of cells, and nothing of either elsewhere.
LETTERS = {"color", "font-family", "font-size", "font-weight", "line-height", "text-decoration", "word-break"}
BLOCK = LETTERS | {"margin"}
PROPERTIES = {
    "body": {"margin", "padding", "background-color"},
    "table": LETTERS | {"background-color", "border", "max-width"},
    "td": LETTERS | {"background-color", "padding", "border-top", "white-space"},
    "div": {"display", "max-height", "overflow", "mso-hide"},  # the preview, which is not seen
    "p": BLOCK, "h1": BLOCK, "h2": BLOCK, "a": LETTERS, "b": LETTERS, "span": LETTERS,
}  # fmt: skip
PLAIN = {"html", "head", "title", "meta", "style", "tr", "br"}
ATTRIBUTES = {
    "table": {"role", "width", "cellpadding", "cellspacing", "border", "bgcolor"},
    "td": {"width", "height", "align", "valign", "bgcolor", "colspan"},
    "a": {"href"}, "img": {"src", "alt", "width", "height"},
}  # fmt: skip
PIXELS = re.compile(r"(?:\d+(?:px)? ?)+")
COLOUR = re.compile(r"#[0-9a-f]{6}")


class Reader(HTMLParser):
    """Complains of what Word would not draw."""

    def __init__(self, html):
        super().__init__()
        self.complaints, self.conditional = [], []
        self.feed(html)

    def complain(self, what):
        self.complaints.append(f"line {self.getpos()[0]}: {what}")

    def handle_comment(self, data):
        self.conditional.append(data)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        style = given.pop("style", "")
        given.pop("class", None)  # of the dark only
        if tag in PLAIN:
            if style:
                self.complain(f"{tag} with a style")
            return
        if tag not in PROPERTIES and tag != "img":
            self.complain(f"a tag that Word does not lay out: {tag}")
        for name in given.keys() - ATTRIBUTES.get(tag, set()):
            self.complain(f"{tag} with {name}")
        for name, value in re.findall(r"([\w-]+):([^;]+)", style):
            self.check(tag, name, value.strip())
        self.check_twice(tag, given, dict(re.findall(r"([\w-]+):([^;]+)", style)))

    def check(self, tag, name, value):
        if name not in PROPERTIES.get(tag, ()):
            self.complain(f"{name} of {tag}")
        if "color" in name and not COLOUR.fullmatch(value):
            self.complain(f"a colour that is not #rrggbb: {value}")
        if name in ("margin", "padding", "font-size") and not PIXELS.fullmatch(value):
            self.complain(f"a length that is not in pixels: {name}: {value}")
        if name == "font-size" and value == "0":
            self.complain("letters of no size, which Word draws at full size")

    def check_twice(self, tag, given, style):
        if style.get("background-color") != given.get("bgcolor") and tag != "body":
            self.complain(f"{tag}: a background that is not said by attribute and style alike")
        if tag == "table" and (given.get("role"), given.get("cellpadding"), given.get("cellspacing")) != (
            "presentation", "0", "0",
        ):  # fmt: skip
            self.complain("a table that is not one of layout")
        if tag == "table" and "max-width" in style and 'width="600"' not in (self.conditional or [""])[-1]:
            self.complain("a greatest width without a table of that width for Word around it")
        if tag == "div" and "mso-hide:all" not in ";".join(f"{n}:{v}" for n, v in style.items()):
            self.complain("a block that only others than Word lay out")
        if tag == "img" and not {"src", "alt", "width", "height"} <= given.keys():
            self.complain("an image without its size or without words")


def complaints(html):
    """What Word would not draw, and what no mail may hold."""
    for style in re.findall(r"<style>(.*?)</style>", re.sub(r"<!--.*?-->", "", html, flags=re.S), re.S):
        # Everything is said inline; only the dark is said here.
        assert style.strip().startswith("@media (prefers-color-scheme: dark)")
    return Reader(html).complaints


@pytest.mark.django_db
def test_every_mail_holds_only_what_outlook_draws():
    mails = one_of_each()
    assert {kind: complaints(mail.html) for kind, mail in mails.items()} == {kind: [] for kind in mails}


@pytest.mark.django_db
def test_nothing_in_a_mail_is_loaded_or_runs_and_no_mail_is_cut_for_its_length():
    for mail in one_of_each().values():
        assert not re.search(r"<(script|link|iframe|form|img)\b|url\(|@import|@font-face", mail.html)
        # Gmail shows the first 102 kB.
        assert len(mail.html.encode()) < 100_000


@pytest.mark.django_db
def test_every_mail_reads_as_text_alone():
    for kind, mail in one_of_each().items():
        assert not re.search(r"<\w+|&\w+;|\n\n\n\n", mail.body.replace("<new>", "")), kind
        assert max(map(len, mail.body.splitlines())) < 998  # RFC 5322
        visible = re.sub(r"(?s)<style>.*?</style>|<[^>]+>", " ", mail.html)
        words = set(re.findall(r"\d+ h \d\d min|\d+(?:\.\d+)? %", visible))
        assert words <= set(re.findall(r"\d+ h \d\d min|\d+(?:\.\d+)? %", mail.body)), kind


@pytest.mark.parametrize(
    "refused",
    [
        '<div style="display:flex">x</div>', '<p style="padding:4px">x</p>', '<td style="background:#ffffff">x</td>',
        '<table width="100%"><tr></tr></table>', '<td style="margin:4px">x</td>', '<img src="cid:x" alt="">',
        '<p style="font-size:1.2rem">x</p>', '<td style="background-color:#ffffff">x</td>', '<section>x</section>',
        '<p style="color:red">x</p>', '<td style="font-size:0">x</td>', '<span style="border-radius:4px">x</span>',
        '<table role="presentation" cellpadding="0" cellspacing="0" style="max-width:600px"></table>',
        '<td onclick="x">x</td>',
    ],
)  # fmt: skip
def test_what_outlook_ignores_is_refused(refused):
    assert complaints(refused)
