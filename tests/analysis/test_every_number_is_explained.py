"""Every number on every page of the analysis opens “how is this computed”: of whatever page links lead to."""

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from django.urls import reverse

from mesproject.analysis.navigation import ENTRIES
from mesproject.reports.explain import plain
from mesproject.reports.metrics import METRICS
from mesproject.reports.single_numbers import SINGLES
from tests.analysis.desk import DAY, Desk

pytestmark = pytest.mark.django_db
# Pages of the analysis, and no others: what leads away from them is not walked.
WALKED = ("/analysis/", "/cycle-times/")
MOST = 100
# Not a time of day, which is no number that anything computes.
A_NUMBER = re.compile(r"^[▼−-]?\s*(\d[\d.,  ]*(\s?(%|min|s|ms|kWh|kW|kg|EUR))?|[\d,]+:\d\d h)$")
# What changes only which rows a page shows.
WAYS = {"by", "in", "of", "runs"}
SAME = {"range", "from", "to", "date", "day", "sort", "order", "q", "group", "plant", "interval", "cells"}


class Seen(HTMLParser):
    """Of a page: where it leads, the numbers in its tables by column, its headline numbers, and which lead to how."""

    def __init__(self):
        super().__init__()
        self.links, self.hows, self.bare = [], [], []
        self._path, self._heads, self._place, self._text, self._how, self._title = [], [], 0, "", False, ""

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "a":
            link = attrs.get("href", "")
            self.links.append(link)
            if link.startswith("/how/"):
                self.hows.append(link)
                self._how = True
        if tag in ("td", "th", "b", "table", "tr", "thead", "tbody", "tfoot"):
            self._path.append(tag)
            self._text = "" if tag in ("td", "th") else self._text
        if tag == "table":
            self._heads = []
        if tag == "tr":
            self._place = 0
        if tag in ("td", "th"):
            self._how, self._span = False, int(attrs.get("colspan", 1))

    def handle_data(self, data):
        self._text += data

    def handle_endtag(self, tag):
        if tag in ("td", "th") and self._path:
            self._cell(tag)
        if tag in self._path:
            while self._path.pop() != tag:
                pass

    def _cell(self, tag):
        if "thead" in self._path:
            self._heads.append((self._text.strip(), self._how))
        elif tag == "td" and A_NUMBER.match(self._text.strip()):
            head, is_told = self._heads[self._place] if self._place < len(self._heads) else ("", False)
            if not (is_told or self._how):
                self.bare.append(f"{head}: {self._text.strip()}")
        self._place += self._span


def tiles(body):
    """The headline numbers of a page, each with whether it leads to how."""
    found = re.findall(r'<ul class="tiles">.*?</ul>|<div class="facts">.*?</div>\s*</div>', body, re.DOTALL)
    for block in found:
        for text in re.findall(r"<(?:li|div class=\"card\")>(.*?)</(?:li|div)>", block, re.DOTALL):
            yield text, "/how/" in text


@pytest.fixture
def desk():
    return Desk().correct()


def walk(client, starts):
    """Each page within reach, once for each set of filters in its address."""
    waiting, seen = list(starts), set()
    while waiting and len(seen) < MOST:
        address = waiting.pop(0)
        parts = urlsplit(address)
        said = {
            (name, value if name in WAYS else "")
            for name, value in parse_qsl(parts.query)
            if name not in SAME
        }
        key = (re.sub(r"/station/[^/]+/", "/station/X/", parts.path), frozenset(said))
        if key in seen or "format=csv" in address or not parts.path.startswith(WALKED):
            continue
        seen.add(key)
        answer = client.get(address)
        if answer.status_code == 302:
            waiting.append(answer["Location"])
            continue
        if not answer.get("Content-Type", "").startswith("text/html"):
            continue
        body = answer.content.decode()
        page = Seen()
        page.feed(body)
        waiting += [urljoin(address, link) for link in page.links]
        yield address, body, page


def starts():
    yield from (f"{reverse(entry.route)}?range={DAY}" for entry in ENTRIES)
    yield from (f"/analysis/{path}/?range={DAY}" for path in ("downtime/stops", "rejects/list"))
    for of in ("downtime", "quality"):
        yield f"/analysis/report/?of={of}&by=reason&by=machine&range={DAY}"


def test_every_number_in_a_table_and_every_headline_number_leads_to_how_it_is_computed(desk):
    bare, hows, walked = [], set(), set()
    for address, body, page in walk(desk.client, starts()):
        walked.add(urlsplit(address).path)
        hows |= set(page.hows)
        bare += [f"{address} {number}" for number in dict.fromkeys(page.bare)]
        bare += [f"{address} {text}" for text, is_told in tiles(body) if not is_told]
    assert not bare, "\n".join(bare)
    assert len(walked) > len(ENTRIES)
    one_of_each = {urlsplit(link).path: link for link in sorted(hows)}
    for link in one_of_each.values():
        answer = desk.client.get(link)
        assert answer.status_code == 200, (link, answer.content)
        assert "<h1>" in answer.content.decode()


def test_all_that_is_told_of_a_number_of_single_things_is_told_with_an_example(desk):
    for name, single in SINGLES.items():
        body = desk.client.get(f"/how/{name}/", {"range": DAY}).content.decode()
        assert single.formula.split(" ")[0] in body, name
        assert "About this number" in body, name
    assert not set(SINGLES) & set(METRICS)


def test_a_number_by_cause_is_that_of_the_file_of_its_cause(desk):
    rows = desk.rows("downtime", "pareto")
    whole = sum(float(row["time_ms"]) for row in rows)
    assert len(rows) > 1
    for row in rows:
        page = how(desk, "downtime_by_cause", **{"only.reason": row["code"]})
        assert f"{float(row['time_ms']) / 60_000:g} min" in page
        share = how(desk, "downtime_share", **{"only.reason": row["code"]})
        assert f"{plain(100 * float(row['time_ms']) / whole)} %" in share
        assert row["cause"] in share
        stops = how(desk, "stops_by_cause", **{"only.reason": row["code"]})
        assert re.search(rf'class="value">{row["stops"]}<', stops)


def test_a_report_of_losses_leads_to_exactly_its_row(desk):
    body = desk.client.get(f"/analysis/report/?of=quality&by=reason&by=machine&range={DAY}").content.decode()
    links = re.findall(r'<td class="amount"><a href="(/how/[^"]*reason[^"]*)">([^<]*)</a>', body)
    assert links
    for link, text in links:
        assert f'class="value">{text}<' in desk.client.get(unescape(link)).content.decode(), link


def test_single_units_are_told_of_one_product_and_of_at_most_a_week_of_a_station(desk):
    assert "60 s" in how(desk, "median_cycle", station="M1", **{"only.part": "No Part"})
    assert "Only the last day is looked at." in how(desk, "median_cycle", range="last-30-days")


def how(desk, name, **query):
    """The page of a number."""
    answer = desk.client.get(f"/how/{name}/", {"range": DAY} | query)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()
