"""From bytes to text: encodings and line ends, and one clear line when a file is none of that."""

import codecs
import json
from pathlib import Path

from kseq.data.errors import DataError

_KNOWN_BINARIES = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"PAR1": "Parquet",
    b"SQLite": "SQLite",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
}
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_NAMES = {"utf-8-sig": "UTF-8 with a byte order mark", "utf-16": "UTF-16", "utf-8": "UTF-8"}


def read_text(path):
    """Reads a text file, whatever it is encoded in.

    UTF-8 and UTF-16 are tried as their byte order marks say, then UTF-8, then Windows-1252.

    Returns:
        `(text, encoding)`: the text, and the name of the encoding for people.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    if not data.strip():
        raise DataError(f"{path}: expected texts and labels, found an empty file")
    encoding = next((name for bom, name in _BOMS.items() if data.startswith(bom)), "utf-8")
    kind = next((name for magic, name in _KNOWN_BINARIES.items() if data.startswith(magic)), None)
    if kind or (encoding != "utf-16" and b"\0" in data):
        where = "a NUL byte in line {}".format(data[: data.find(b"\0")].count(b"\n") + 1)
        raise DataError(f"{path}: expected a text file, found a binary one ({kind or where})")
    try:
        return data.decode(encoding), _NAMES[encoding]
    except UnicodeDecodeError as error:
        broken = error
    # The C1 bytes that Windows-1252 leaves undefined, or control characters: not a text at all.
    control = sum(data.count(bytes([c])) for c in (*range(1, 9), *range(14, 27), *range(28, 32)))
    if encoding == "utf-8" and control * 200 < len(data):
        try:
            return data.decode("cp1252"), "Windows-1252"
        except UnicodeDecodeError:
            pass
    line = data[: broken.start].count(b"\n") + 1
    raise DataError(f"{path}: line {line}: expected text in UTF-8, found bytes that are no text in it or Windows-1252")


def split_lines(text):
    """The lines of a text, which end at LF or CRLF only: U+0085 or U+2028 inside a review is a character."""
    lines = text.replace("\r\n", "\n").split("\n")
    return lines[:-1] if lines and not lines[-1] else lines


def json_rows(text):
    """Rows from JSON: one object a line, or a list of objects.

    Returns:
        `(rows, skipped)`: rows as `(line number, fields)`, the names first (empty if this is no such JSON); and the
        line numbers that could not be read, by reason.
    """
    records, skipped = [], {}
    try:
        content = json.loads(text) if text.lstrip()[0] == "[" else None
    except (ValueError, RecursionError):
        content = None
    if isinstance(content, list):
        numbered = enumerate(content, 1)
    elif text.lstrip()[0] == "[":
        return [], {}
    else:
        numbered = ((number, _parsed(line)) for number, line in enumerate(split_lines(text), 1) if line.strip())
    for number, record in numbered:
        if isinstance(record, dict):
            records.append((number, record))
        else:
            skipped.setdefault("not a JSON object", []).append(number)
    names = list(dict.fromkeys(name for _, record in records for name in record))
    rows = [(n, ["" if r.get(k) is None else str(r[k]) for k in names]) for n, r in records]
    return ([(0, names), *rows] if rows else []), skipped


def _parsed(line):
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
