"""`manage.py messages`: bring the catalogues of all languages up to what the pages say, and compile them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.commands import makemessages
from django.utils.translation import to_locale

# What people never read.
IGNORED = [".venv", "var", "tests", "benchmarks", "docs", "static", "deploy", "mesproject/locale"]

# Flagged as Python's format, and then as wrong, because of a percent sign alone, as in "15 % longer".
PERCENT = re.compile(
    r'^#, (?:fuzzy, )?python-format(, python-brace-format)?\n(?:#\|.*\n)*(?=msgid "(?:[^"%]|%(?![(ds%]))*"\n)',
    re.M,
)


class Command(makemessages.Command):
    """Without line numbers, dates and guesses, so that catalogues merge and nothing is half translated."""

    help = "Collect what is to be translated into mesproject/locale, and compile it. Needs gettext."
    # What a metric means is its second argument; its module knows nothing of languages.
    xgettext_options = [
        *makemessages.Command.xgettext_options,
        *(f"--keyword={maker}:2" for maker in ("Metric", "additive", "ratio", "derived", "multiplied")),
    ]
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]

    def add_arguments(self, parser: Any) -> None:
        """None: there is nothing to choose."""

    def handle(self, **options: Any) -> None:
        """Collect, tidy, compile."""
        [folder] = settings.LOCALE_PATHS
        locales = [to_locale(code) for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
        for locale in locales:
            Path(folder, locale, "LC_MESSAGES").mkdir(parents=True, exist_ok=True)
        super().handle(
            verbosity=options["verbosity"], domain="django", extensions=["html", "txt", "py"], symlinks=False,
            locale=locales, exclude=[], all=False, ignore_patterns=IGNORED, use_default_ignore_patterns=True,
            no_wrap=True, no_location=True, add_location=None, no_obsolete=True, keep_pot=False,
        )  # fmt: skip
        for locale in locales:
            _tidy(Path(folder, locale, "LC_MESSAGES", "django.po"))
        call_command("compilemessages", locale=locales, ignore_patterns=IGNORED, verbosity=0)


def _tidy(catalogue: Path) -> None:
    """A header that says nothing of when or by whom, which would clash, and no guess at percent signs."""
    head, rest = catalogue.read_text().split("\n\n", 1)
    kept = re.findall(
        r'^"(?:Language|MIME-Version|Content-Type|Content-Transfer-Encoding|Plural-Forms):.*', head, re.M
    )
    rest = PERCENT.sub(lambda found: "#, python-brace-format\n" if found[1] else "", rest)
    catalogue.write_text("\n".join(['msgid ""', 'msgstr ""', *kept]) + "\n\n" + rest)
