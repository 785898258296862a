"""CSV: what a spreadsheet reads is what was there, and nothing it would compute."""

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesproject.csv_text import lines

SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.one_of(
    TEXTS, st.builds(str.__add__, st.sampled_from(SIGNS), TEXTS), st.none(), st.integers(-9, 9)
)


def read(*rows, header=("a", "b")):
    text = b"".join(lines(header, rows)).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(StringIO(text[1:], newline="")))


def test_texts_are_quoted_numbers_plain_and_nothing_is_empty():
    assert b"".join(lines(["a", "b"], [["x", 1.5], [None, True]])) == (
        b'\xef\xbb\xbf"a","b"\r\n"x",1.5\r\n,"true"\r\n'
    )


@given(st.lists(st.tuples(VALUES, VALUES), max_size=1200))
def test_whatever_is_written_is_read_again_and_computes_nothing(rows):
    found = read(*rows)[1:]
    assert len(found) == len(rows)
    for row, written in zip(rows, found, strict=True):
        for value, cell in zip(row, written, strict=True):
            text = "" if value is None else str(value)
            if isinstance(value, str) and text.startswith(SIGNS) and cell != text:
                assert cell == f"'{text}"
            else:
                assert cell == text
                assert not text.startswith(SIGNS) or float(text) < 0 or not isinstance(value, str)


@pytest.mark.parametrize(
    "name",
    [
        "=1+1",
        "+1",
        "-1+1",
        "-cmd|' /C calc'!A0",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1",
        "-",
        "--1",
        "-1e5",
        "-1 2",
        "-1\n",
    ],
)
def test_a_hostile_name_is_a_text(name):
    assert read([name, "x"])[1][0] == f"'{name}"


@pytest.mark.parametrize("name", ["-5", "-0.25", -5, -0.25, "5-", "a=b", "'=1", " =1"])
def test_what_is_no_formula_stays_as_it_is(name):
    assert read([name, "x"])[1][0] == str(name)


def test_a_long_file_comes_in_portions():
    assert len(list(lines(["a"], ([n] for n in range(1600))))) == 4
