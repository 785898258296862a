"""Tables as people and programs save them."""

import gzip
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesproject.csv_reading import Column, Unreadable, encoding_of, is_formula, read, table

COLUMNS = [Column("name", required=True), Column("idealparttime", ("idealcycletime",)), Column("lot")]


def source(content, portion=7):
    """A file that comes in small portions, so that each mark and letter is cut somewhere."""
    return lambda: (content[at : at + portion] for at in range(0, len(content), portion))


def cells(content, portion=7):
    return [row for _, row in read(source(content, portion))]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"]
)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_usual_encoding_separator_and_line_end_is_seen(encoding, separator, end):
    lines = [["name", "lot"], ["Träger", "für “M1”" if encoding != "latin-1" else "für M1"], ["b", ""]]
    content = end.join(separator.join(line) for line in lines).encode(encoding)
    for portion in (1, 2, 3, 64):
        assert cells(content, portion) == lines


def test_what_a_letter_at_the_very_end_means_is_seen():
    text = "name\n" + "x\n" * 100_000 + "Träger"
    assert cells(text.encode("cp1252"), 65_536)[-1] == ["Träger"]
    assert cells(text.encode(), 65_536)[-1] == ["Träger"]


def test_a_byte_that_cp1252_does_not_know_is_latin():
    assert encoding_of(source(b"name\nTr\xe4ger\x81")) == "latin-1"


def test_a_file_that_ends_within_a_letter_is_not_utf_8():
    assert encoding_of(source("name\nTrä".encode()[:-1])) == "cp1252"


CELL = st.text(st.characters(exclude_characters="\0\r", codec="utf-8"))


@given(
    st.lists(st.lists(CELL, min_size=2, max_size=5), min_size=1),
    st.sampled_from([",", ";", "\t", "|"]),
    st.integers(1, 50),
)
def test_what_is_written_in_quotes_is_read_again(rows, separator, portion):
    def quoted(cell):
        return '"' + cell.replace('"', '""') + '"'

    lines = [["a"] * 5, *rows]
    text = "\r\n".join(separator.join(map(quoted, line)) for line in lines)
    wanted = [[cell.strip() for cell in line] for line in lines]
    assert cells(text.encode(), portion) == [line for line in wanted if any(line)]


def test_spreadsheets_say_the_separator_on_a_line_of_its_own():
    assert list(read(source(b"sep=;\nname;lot\n\na,b;c\n"))) == [(2, ["name", "lot"]), (4, ["a,b", "c"])]


def test_separators_in_quotes_are_text():
    assert cells(b'"name, all; of it",lot\na,b') == [["name, all; of it", "lot"], ["a", "b"]]


def test_rows_know_the_line_on_which_they_begin():
    assert list(read(source(b'name,lot\r\n"a\r\nb",1\r\n\r\nc,2\r\n'))) == [
        (1, ["name", "lot"]), (2, ["a\nb", "1"]), (5, ["c", "2"]),
    ]  # fmt: skip


def test_columns_are_found_by_any_of_their_names_in_any_order():
    found = table(source(b"Lot;Ideal_Cycle-Time;NAME;Notes\n1;2;a;x\n;;b\n"), COLUMNS)
    assert found.places == {"lot": 0, "idealparttime": 1, "name": 2}
    assert found.ignored == ["Notes"]
    assert list(found.rows) == [(2, ["1", "2", "a", "x"]), (3, ["", "", "b", ""])]


@pytest.mark.parametrize(
    ("content", "line", "column", "part"),
    [
        (b"", 0, "", "empty"),
        (b"\n \n", 0, "", "empty"),
        (b"lot,part\n1,2\n", 1, "name", "missing"),
        (b"name,lot,Name\n", 1, "Name", "twice"),
        (b"name,idealcycletime,idealparttime\n", 1, "idealparttime", "twice"),
        (b'name,lot\na,"b"c\n', 2, "", "middle of a cell"),
        (b'name,lot\na,b\nc,"d\ne,f\n', 3, "", "never closed"),
        (b'name,lot\na,b\nc,"d' + b"x" * 200_000, 3, "", "never closed"),
        (b"name,lot\n" + b"x" * 2_000_000, 2, "", "longer"),
        (b"a," * 400_000 + b"a\n", 1, "", "columns"),
        (b"name,lot\n" + b",".join([b"a"] * 2_000) + b"\n", 2, "", "columns"),
        (b"name,lot\na,b\0\n", 2, "", "NUL"),
        (gzip.compress(b"name\n" * 1_000_000), 0, "", "gzip"),
        (b"PK\x03\x04", 0, "", "spreadsheet"),
        ("name,lot\n".encode("utf-16") + b"\x00\xd8\x00\xd8", 2, "", "not written"),
    ],
)
def test_what_is_no_table_is_told_with_its_line(content, line, column, part):
    with pytest.raises(Unreadable) as told:
        list(table(source(content, 65_536), COLUMNS).rows)
    fault = told.value.fault
    assert (fault.line, fault.column) == (line, column)
    assert part in fault.reason


def test_a_row_with_more_cells_than_the_header_is_a_fault_and_reading_goes_on():
    found = list(table(source(b"name,lot\na,b,c\nd,e,,\n"), COLUMNS).rows)
    assert [getattr(row, "reason", row) for row in found] == [
        "This line has 3 cells, the header 2.",
        (3, ["d", "e"]),
    ]


@pytest.mark.parametrize("text", ["=1+1", "@SUM(1)", "+cmd|' /C calc'!A0", "-2+3+cmd(1)", "＝1"])
def test_what_a_spreadsheet_would_compute_is_a_formula(text):
    assert is_formula(text)


@pytest.mark.parametrize("text", ["-5", "+1.5", "- see drawing", "a=b", "10-20", ""])
def test_numbers_and_words_are_none(text):
    assert not is_formula(text)


def test_a_long_file_takes_little_memory():
    line = b"name-of-a-job,lot\n" * 3_000
    tracemalloc.start()
    assert sum(1 for _ in read(lambda: (line for _ in range(100)))) == 300_000
    assert tracemalloc.get_traced_memory()[1] < 8_000_000
    tracemalloc.stop()
