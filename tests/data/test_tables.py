"""Tables of texts and labels, recognised from their content alone."""

import codecs
import csv
import io
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.data.errors import DataError
from kseq.data.files import read_text, split_lines
from kseq.data.tables import NotATable, parse_table, read_table


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


def pairs(table):
    return list(zip(table.texts, table.labels, strict=True))


# How sixty rows may be written; none of the file names says anything.
LAYOUTS = {
    "quoted csv": ("text,label\n", '"{}",{}\n'),
    "quoted csv, other order": ("label,text\n", '{1},"{0}"\n'),
    "unquoted csv": ("text,label\n", "{},{}\n"),
    "csv without a header": ("", '"{}",{}\n'),
    "tsv": ("sentence\tlabel\n", "{}\t{}\n"),
    "tsv without a header": ("", "{}\t{}\n"),
    "label first": ("", "{1}\t{0}\n"),
    "label first, comma": ("", "{1},{0}\n"),
    "semicolons": ("Review;Sentiment\n", "{};{}\n"),
    "names in another case": ("SENTENCE\tLabel\n", "{}\t{}\n"),
    "names nobody knows": ("Opinion\tLiked\n", "{}\t{}\n"),
    "CRLF": ("text,label\r\n", '"{}",{}\r\n'),
    "byte order mark": ("\ufefftext,label\n", '"{}",{}\n'),
    "rating": ("rating,comment\n", '{1}.0,"{0}"\n'),
    "json lines": ("", '{{"label": {1}, "text": "{0}"}}\n'),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("comma", ["", ", honestly"])
def test_layouts(layout, comma, rows, write):
    header, line = LAYOUTS[layout]
    rows = [(text + comma, label) for text, label in rows]
    path = write("reviews.dat", header + "".join(line.format(*row) for row in rows))
    table = read_table(path)
    expected = [(t, f"{label}.0") for t, label in rows] if layout == "rating" else rows
    assert pairs(table) == expected
    assert table.skipped == {}
    has_header = bool(header.strip("\ufeff"))
    assert table.lines == list(range(1 + has_header, len(rows) + 1 + has_header))


def test_json_list(rows, write):
    content = json.dumps([{"text": text, "label": int(label)} for text, label in rows])
    assert pairs(read_table(write("a.json", content))) == rows


def test_further_columns_are_kept(rows, write):
    lines = "".join(f"{i},{quoted(t)},food,{label}\n" for i, (t, label) in enumerate(rows))
    table = read_table(write("a.csv", "id,text,domain,label\n" + lines))
    assert pairs(table) == rows
    assert table.extra["domain"] == ["food"] * len(rows)


def test_columns_without_names(rows, write):
    # Shaped like a collection of tweets: label, number, date, a constant, user, text.
    lines = "".join(f'"{label}","{i}","Mon","NO","user{i}",{quoted(t)}\n' for i, (t, label) in enumerate(rows))
    assert pairs(read_table(write("a.csv", lines))) == rows


def test_quotes_are_text_where_the_file_is_not_quoted(rows, write):
    marked = [(f'"{text}' if i % 3 else f'{text}" yes', label) for i, (text, label) in enumerate(rows)]
    table = read_table(write("a.tsv", "sentence\tlabel\n" + "".join(f"{t}\t{n}\n" for t, n in marked)))
    assert pairs(table) == marked


def test_two_quotes_that_would_swallow_the_lines_between_them(rows, write):
    marked = [('"so it begins', "1"), *rows, ('so it ends"', "0"), *[(f"again {t}", n) for t, n in rows]]
    table = read_table(write("a.tsv", "sentence\tlabel\n" + "".join(f"{t}\t{n}\n" for t, n in marked)))
    assert pairs(table) == marked
    for swap in (False, True):
        lines = [f"{n}\t{t}\n" if swap else f"{t}\t{n}\n" for t, n in marked]
        assert pairs(read_table(write("b.tsv", "".join(lines)))) == marked


def test_quoted_fields_with_delimiters_quotes_and_line_ends(rows, write):
    texts = [(f'First, "{i}";\n\nthen\t{text}', label) for i, (text, label) in enumerate(rows)]
    table = read_table(write("a.csv", "text,label\n" + "".join(f"{quoted(t)},{n}\n" for t, n in texts)))
    assert pairs(table) == texts
    assert table.lines[:3] == [2, 5, 8]


def test_quotes_that_begin_late(rows, write):
    lines = [f"{t},{n}\n" if i < 50 else f"{quoted(t + ', really')},{n}\n" for i, (t, n) in enumerate(rows)]
    assert read_table(write("a.csv", "text,label\n" + "".join(lines))).texts[50:] == [
        f"{t}, really" for t, _ in rows[50:]
    ]


def test_only_lf_and_crlf_end_a_line(rows, write):
    odd = [(f"one\x85two\u2028three\x0bfour {text}", label) for text, label in rows]
    table = read_table(write("a.tsv", "".join(f"{t}\t{n}\n" for t, n in odd)))
    assert pairs(table) == odd
    assert split_lines("a\r\nb\x85c\u2028d\n\ne") == ["a", "b\x85c\u2028d", "", "e"]


@settings(deadline=None, max_examples=200)
@given(
    texts=st.lists(
        st.text(st.characters(blacklist_characters="\r\0", codec="utf-8"), min_size=1), min_size=6, max_size=20
    ),
    kind=st.sampled_from([",", "\t", ";"]),
)
def test_whatever_the_csv_module_writes_is_read_back(texts, kind):
    rows = [(text.strip(), "01"[i % 2]) for i, text in enumerate(texts) if text.strip()]
    rows += [('good, "really" good; so\tgood', "1"), ("bad", "0"), ("worse\n\nstill", "0")]
    out = io.StringIO()
    csv.writer(out, delimiter=kind, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([("text", "label"), *rows])
    table = parse_table(out.getvalue(), "a.csv")
    assert pairs(table) == rows


@settings(deadline=None, max_examples=200)
@given(
    texts=st.lists(
        st.text(st.characters(blacklist_characters="\r\n\t\0", codec="utf-8"), min_size=1), min_size=6, max_size=20
    )
)
def test_raw_lines_are_read_back_quotes_and_all(texts):
    rows = [(text.strip(), "01"[i % 2]) for i, text in enumerate(texts) if text.strip() and text.count('"') != 2]
    rows += [("plain good", "1"), ("plain bad", "0"), ('an open " quote', "0"), ('"unbalanced', "1")]
    # A text that is nothing but a quoted string could be either; the readings differ in its two quotes only.
    rows = [(text, label) for text, label in rows if not (text[0] == text[-1] == '"')]
    table = parse_table("sentence\tlabel\n" + "".join(f"{t}\t{n}\n" for t, n in rows), "a.tsv")
    assert pairs(table) == rows


@settings(deadline=None, max_examples=300)
@given(
    content=st.one_of(st.binary(max_size=300), st.text(alphabet='ab,\t;|"\n\r01{}[]: ', max_size=120).map(str.encode))
)
def test_any_bytes_are_a_table_or_one_clear_line(content, tmp_path_factory):
    path = tmp_path_factory.mktemp("any") / "file"
    path.write_bytes(content)
    try:
        table = read_table(path)
    except DataError as error:
        assert "\n" not in str(error)
        assert "file" in str(error)
    else:
        assert len(table.texts) == len(table.labels) == len(table.lines) > 0
        assert all(table.texts) and all(table.labels)


def test_rows_that_cannot_be_used_are_counted(rows, write):
    lines = "".join(f"{quoted(t)},{n}\n" for t, n in rows)
    table = read_table(write("a.csv", f"text,label\n{lines},1\nno label,\none,two,three\n\n  ,0\n"))
    assert pairs(table) == rows
    assert table.skipped == {"empty text": [62, 66], "no label": [63], "3 columns instead of 2": [64]}


def test_a_million_characters_in_a_line(rows, write):
    lines = "".join(f"{quoted(t)},{n}\n" for t, n in rows) + quoted("word, " * 200_000) + ",1\n"
    path = write("a.csv", "text,label\n" + lines)
    begin = time.process_time()
    table = read_table(path)
    assert time.process_time() - begin < 2
    assert len(table.texts[-1]) == 1_199_999
    assert csv.field_size_limit() == 131_072  # the module's own limit is left as it was


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 with a byte order mark"),
        ("utf-16", "UTF-16"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_encodings(encoding, name, rows, write):
    rows = [(f"café – {text}", label) for text, label in rows]
    table = read_table(write("a.tsv", "".join(f"{t}\t{n}\n" for t, n in rows).encode(encoding)))
    assert (pairs(table), table.encoding) == (rows, name)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "a.csv: expected texts and labels, found an empty file"),
        (b" \n\n", "found an empty file"),
        (codecs.BOM_UTF8, "a.csv"),
        (b"text,label\nfoo,1\n\0\1", "found a binary one (a NUL byte in line 3)"),
        (b"PK\x03\x04abc", "found a binary one (zip)"),
        (b"\x1f\x8b\x08\x08", "(gzip)"),
        (bytes(range(1, 256)) * 20, "line 2: expected text in UTF-8"),
        (b"text,label\n", "expected rows of text and label, found none"),
        (b"just\nsome\nlines\n", "found one column (line 1: 'just')"),
        (b"id,text\n" + b"".join(b'%d,"text %d"\n' % (i, i) for i in range(30)), "no column with a few short values"),
        (
            b"text,label\n" + b"".join(b"a%d,%d.5\n" % (i, i) for i in range(30)),
            "30 different values in the column 'label'",
        ),
        (b'{"text": 1}\n{"text": 2}\n', "expected two or more columns"),
    ],
)
def test_what_is_no_table(content, message, write):
    with pytest.raises(DataError) as error:
        read_table(write("a.csv", content))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_prose_is_no_table(write):
    lines = "".join(f"The soup, number {i}, was good, and so was the bread\n" for i in range(30))
    with pytest.raises(NotATable):
        read_table(write("a.txt", lines))


def test_unreadable_files(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        read_text(tmp_path / "nothing.csv")
