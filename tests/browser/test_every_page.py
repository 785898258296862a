"""Every page of the plant, looked at as it is: judged by WCAG 2.2 AA, kept as a picture.

One day light, the next day dark, and in both looks by `make test-all`.
"""

import pytest
from django.utils.timezone import now

from tests.browser.walking import LOOKS, assert_asks_little, assert_nothing_found
from tests.pages import PAGES, Face

each_face = pytest.mark.parametrize("face", [Face.TABLET, Face.WALL, Face.DESK], ids=lambda face: face.value)


def pages_of(face):
    return [page for page in PAGES if page.face is face]


@each_face
def test_axe_finds_nothing_on_any_page(face, places, look):
    assert_nothing_found(pages_of(face), places, look, [LOOKS[now().toordinal() % len(LOOKS)]])


@pytest.mark.long
@each_face
def test_axe_finds_nothing_in_either_theme(face, places, look):
    assert_nothing_found(pages_of(face), places, look, LOOKS)


def test_no_page_asks_the_database_more_than_it_may(places):
    assert_asks_little(PAGES, places)
