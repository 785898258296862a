"""Mails as their readers see them: on a phone and on a desk, by day and in the dark. `PICTURES` keeps what was seen."""

import os
from pathlib import Path

import pytest

from tests.outgoing.letters import one_of_each

WIDTHS = {"phone": 390, "desk": 1100}
# Of every text: what it says, its letters' colour and size, and the colour behind it.
TEXTS = """() => {
  const solid = colour => !/, 0\\)|transparent/.test(colour);
  const behind = node => { while (node && !solid(getComputedStyle(node).backgroundColor)) node = node.parentElement;
    return getComputedStyle(node || document.body).backgroundColor; };
  return [...document.querySelectorAll("body *")]
    .filter(node => [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim().length))
    .filter(node => node.getBoundingClientRect().width > 1 && node.textContent.trim() !== "\\u00a0")
    .map(node => [node.textContent.trim(), getComputedStyle(node).color, behind(node),
      parseFloat(getComputedStyle(node).fontSize)])}"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def luminance(colour):
    channels = [int(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("place", WIDTHS)
def test_mails_are_read_without_scrolling_sideways_and_without_straining_eyes(browser, place, scheme):
    mails = one_of_each()
    context = browser.new_context(
        viewport={"width": WIDTHS[place], "height": 800}, color_scheme=scheme, device_scale_factor=2
    )
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for kind, mail in mails.items():
        page.set_content(mail.html)
        if folder := os.environ.get("PICTURES"):
            page.screenshot(path=Path(folder) / f"{kind}-{place}-{scheme}.png", full_page=True)
        assert page.evaluate(OVERFLOW) <= 0, kind
        texts = page.evaluate(TEXTS)
        assert len(texts) > 4
        assert [text for text, *_, size in texts if size < 13] == []
        assert [text for text, ink, paper, _ in texts if contrast(ink, paper) < 4.5] == []
    assert asked == []
    context.close()
