"""Where a word begins and ends in any script (course row T2: "vocabulary and tokens").

Python's `\\w` is not enough: it leaves out combining marks (category M), so Thai "ที่" would fall apart at its
vowel sign and a decomposed "é" at its accent. A token here is one of

- a word: letters, digits and marks, with apostrophes and joiners allowed inside ("don't", "می‌خواهم"),
- an emoji with everything that belongs to it: skin tone, variation selector, parts joined by U+200D, flags,
- any other visible character ("." "," "≠"), with its marks.

White space and invisible control characters separate tokens and are no tokens themselves.
"""

import functools
import re
import sys
import unicodedata

APOSTROPHES = "'\u2019"
UNKNOWN = "\ufffd"  # what an unknown id decodes to: U+FFFD, made for this, and never part of a vocabulary

# Scripts written without spaces between words: a "word" found in them is a whole sentence.
UNSPACED = {
    "Thai": "\u0e00-\u0e7f",
    "Lao": "\u0e80-\u0eff",
    "Burmese": "\u1000-\u109f",
    "Khmer": "\u1780-\u17ff",
    "Japanese": "\u3040-\u30ff",
    "Chinese": "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003134f",
}

_EMOJI = "\u231a-\u231b\u23e9-\u23f3\u2600-\u27bf\u2b05-\u2b07\u2b1b-\u2b1c\u2b50\u2b55\U0001f000-\U0001faff"
_INVISIBLE = "\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"


def _ranges(codes):
    """The body of a character class that matches exactly `codes` (ascending)."""
    parts, start, last = [], None, None
    for code in [*codes, None]:
        if start is not None and code != last + 1:
            parts.append(chr(start) if start == last else f"{chr(start)}-{chr(last)}")
            start = None
        start = code if start is None else start
        last = code
    return "".join(parts)


@functools.cache
def word_pattern(apostrophes="'"):
    """The compiled pattern whose matches are the tokens of a text; `apostrophes` may stand inside a word."""
    # Marks live below U+1F000 and in the variation selectors of plane 14; scanning those takes a few milliseconds.
    codes = (*range(0x300, 0x1F000), *range(0xE0100, 0xE01F0))
    marks = _ranges([code for code in codes if unicodedata.category(chr(code))[0] == "M"])
    letters = rf"[\w{marks}]+"
    word = rf"\w*(?:{letters})?(?:[{apostrophes}\u200c\u200d]{letters})*"
    emoji = rf"[{_EMOJI}][\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*"
    return re.compile(
        rf"(?=[\w{marks}]){word}"
        "|[\U0001f1e6-\U0001f1ff]{2}"
        rf"|{emoji}(?:\u200d{emoji})*"
        rf"|[^\s\w{_INVISIBLE}][{marks}]*"
    )


def composed(text):
    """`text` in composed form (NFC)."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def normalise_word_text(text, lowercase):
    """`text` in composed form (NFC), with one kind of apostrophe and, if asked, in lower case."""
    if lowercase:
        text = text.lower()
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).replace("\u2019", "'").replace("\u00ad", "")
        text = text.replace(UNKNOWN, " ")
    return text


def unspaced_script(texts, share=0.2):
    """The name of a script without word spaces that makes up more than `share` of the letters, or `None`."""
    sample = "".join(texts[:2_000])[:200_000]
    letters = sum(map(str.isalnum, sample)) if not sample.isascii() else 0
    if not letters:
        return None
    counts = {name: len(re.findall(f"[{body}]", sample)) for name, body in UNSPACED.items()}
    # Japanese is written with Chinese characters too; its own syllables tell the two apart.
    if counts["Japanese"] and counts["Japanese"] * 10 > counts["Chinese"]:
        counts["Japanese"] += counts.pop("Chinese")
    name = max(counts, key=counts.get)
    return sys.intern(name) if counts[name] > share * letters else None
