"""Every page of the plant, looked at as it is: judged by WCAG 2.2 AA, kept as a picture in both themes."""

import pytest

from tests.browser.walking import assert_asks_little, assert_nothing_found
from tests.pages import PAGES, Face


@pytest.mark.parametrize("face", [Face.TABLET, Face.WALL, Face.DESK], ids=lambda face: face.value)
def test_axe_finds_nothing_on_any_page(face, places, look):
    assert_nothing_found([page for page in PAGES if page.face is face], places, look)


def test_no_page_asks_the_database_more_than_it_may(places):
    assert_asks_little(PAGES, places)
