"""The encoding of a text file, one rule for texts, tagged sentences, pairs and tunes.

UTF-8 it is, or UTF-16 if its byte order mark says so. What is neither is read as Windows-1252, and the reader says so,
if that makes sense: no line of the file is UTF-8 (then the encodings are mixed, and nobody knows the others), nothing
else says that it is UTF-8 (a byte order mark, an end within a character), there are no control characters, and accents
are scattered among plain letters as in the languages that it is made for.
"""

import codecs
import re

from kseq.data.errors import DataError, counted
from kseq.data.files import _KNOWN_BINARIES

WINDOWS = "Windows-1252"
NAMED = 3  # files
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CONTROL = bytes((*range(1, 9), *range(14, 27), *range(28, 32)))


def decoded(data, where, what="a text"):
    """`(text, encoding)` of bytes, line ends as they are.

    Args:
        data: the bytes of a file.
        where: named in errors.
        what: what was expected, for errors.

    Raises:
        DataError: there is no text in them, or not in an encoding that kseq reads; with the line of the first byte
            that is not UTF-8.
    """
    if not data.strip():
        raise DataError(f"{where}: expected {what}, found an empty file")
    kind = next((name for magic, name in _KNOWN_BINARIES.items() if data.startswith(magic)), None)
    is_utf16 = data.startswith(_UTF16)
    if kind or (b"\0" in data and not is_utf16):
        line = data[: data.find(b"\0")].count(b"\n") + 1
        raise DataError(f"{where}: expected a text file, found a binary one ({kind or f'a NUL byte in line {line:,}'})")
    if is_utf16:
        try:
            text, encoding = data.decode("utf-16"), "UTF-16"
        except UnicodeDecodeError:
            raise DataError(f"{where}: expected UTF-16, as its byte order mark says, found other bytes") from None
    else:
        try:
            text, encoding = data.decode("utf-8-sig"), "UTF-8"
        except UnicodeDecodeError as error:
            text, encoding = _windows(data, where, error), WINDOWS
    if not text.strip():
        raise DataError(f"{where}: expected {what}, found only white space")
    return text, encoding


def windows_notes(names):
    """What is to be said of files that were read as Windows-1252: a list of one remark, or of none."""
    if not names:
        return []
    shown = ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")
    if len(names) == 1:
        return [f"{shown} is not valid UTF-8 and was read as {WINDOWS}"]
    return [f"{counted(len(names), 'file')} are not valid UTF-8 and were read as {WINDOWS}: {shown}"]


def _windows(data, where, error):
    """The text in Windows-1252, where that makes sense."""
    lines = re.split(rb"\r\n|\r|\n", data.removeprefix(codecs.BOM_UTF8))
    said = data.startswith(codecs.BOM_UTF8) or error.reason == "unexpected end of data"  # a file cut off in a character
    wrong = next(number for number, line in enumerate(lines, 1) if not _is_utf8(line))
    mixed = next((n for n, line in enumerate(lines, 1) if not line.isascii() and _is_utf8(line)), None)
    found = f"the byte 0x{error.object[error.start]:02x}"
    if mixed is not None:
        found = f"another encoding, while line {mixed:,} is UTF-8: the encodings are mixed"
    elif not said and len(data.translate(None, _CONTROL)) == len(data):
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError:
            text = None
        if text is not None and _makes_sense(text):
            return text
        if text is not None:
            found += f", and as {WINDOWS} it makes no sense"
    raise DataError(f"{where}: line {wrong:,}: expected text in UTF-8, found {found}; save the file as UTF-8")


def _makes_sense(text):
    """Whether most accents stand alone or in pairs ("é", "éé"); Cyrillic, Greek or Thai bytes come in long runs."""
    runs = [len(run) for run in re.findall(r"[^\x00-\x7f]+", text)]
    return 2 * sum(run for run in runs if run > 2) <= sum(runs)


def _is_utf8(line):
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
