"""Every catalogue is whole: all that pages say, in every language, with the same places and tags, and compiled."""

from __future__ import annotations

import gettext
import re
import shutil
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import call_command
from django.utils.translation import to_locale

FOLDER = Path(settings.LOCALE_PATHS[0])
LOCALES = [to_locale(code) for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
# What a translation must have as often as the original: %(name)s, {name}, %d, %%, <b>.
PLACES = re.compile(r"%\(\w+\)[ds]|%[ds%]|\{\w*\}|</?[a-z]+[^>]*>")


def file_of(locale: str, kind: str) -> Path:
    return FOLDER / locale / "LC_MESSAGES" / f"django.{kind}"


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as lines:
        return read_po(lines)


def messages(found: Catalog) -> list[Message]:
    return [message for message in found if message.id]


def forms(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or [])


def places(text: str) -> list[str]:
    return sorted(PLACES.findall(text))


@pytest.mark.parametrize("locale", LOCALES)
def test_nothing_is_left_untranslated_or_guessed(locale):
    found = catalogue(file_of(locale, "po"))
    left = [message.id for message in messages(found) if not all(forms(message.string))]
    assert left == []
    assert [message.id for message in found if message.id and message.fuzzy] == []
    wrong = [
        one.id for one in messages(found) if one.pluralizable and len(forms(one.string)) != found.num_plurals
    ]
    assert wrong == []


@pytest.mark.parametrize("locale", LOCALES)
def test_a_translation_has_the_places_and_the_tags_of_what_it_translates(locale):
    wrong = [
        (message.id, said)
        for message in messages(catalogue(file_of(locale, "po")))
        for said in forms(message.string)
        if places(said) not in [places(text) for text in forms(message.id)]
    ]
    assert wrong == []


@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_shipped_is_what_is_written(locale):
    with file_of(locale, "mo").open("rb") as compiled:
        known = gettext.GNUTranslations(compiled)._catalog  # type: ignore[attr-defined]
    for message in messages(catalogue(file_of(locale, "po"))):
        first, *others = forms(message.id)
        key = f"{message.context}\x04{first}" if message.context else first
        found = [known[(key, form)] for form in range(len(forms(message.string)))] if others else [known[key]]
        assert found == forms(message.string), message.id


def test_the_catalogues_hold_all_that_the_pages_say_and_nothing_else(tmp_path, settings, monkeypatch):
    if shutil.which("xgettext") is None:
        pytest.fail("Collecting what pages say needs gettext: sh deploy/setup.sh test installs it.")
    settings.LOCALE_PATHS = [tmp_path]
    monkeypatch.chdir(settings.BASE_DIR)
    call_command("messages", verbosity=0)
    said = {
        (one.context, *forms(one.id)) for one in messages(catalogue(tmp_path / "de/LC_MESSAGES/django.po"))
    }
    for locale in LOCALES:
        known = {(one.context, *forms(one.id)) for one in messages(catalogue(file_of(locale, "po")))}
        assert known == said, "call `make messages`, then translate what is empty"
