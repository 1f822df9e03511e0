"""Prompts for a composer: a header, the beginning of a tune, or nothing (course row S4)."""

import re

import numpy as np

from kseq.data.tunes.abc_errors import AbcError
from kseq.data.tunes.abc_header import read_key, read_metre
from kseq.data.tunes.abc_music import begin
from kseq.data.tunes.text import body_text, header_text
from kseq.data.tunes.tune import FIELD, without_comment

NAMES = {"key": "K", "metre": "M", "meter": "M", "rhythm": "R"}
COLUMNS = {"R": 0, "M": 1, "K": 2}  # of `TuneVectorizer.headers`
WORDS = {"R": "rhythm", "M": "metre", "K": "key"}


class PromptError(ValueError):
    """A prompt that the composer cannot use; one line says why."""


def prompt_texts(prompt, vectorizer, count, seed):
    """The beginnings of `count` tunes, in the model's spelling.

    What a prompt leaves open, such as the key, is drawn from the headers of the training tunes.

    Args:
        prompt: `None`; a dictionary with some of `key`, `metre`, `rhythm` (or `K`, `M`, `R`); or ABC: header lines,
            with or without the first notes of a tune.
        vectorizer: a `TuneVectorizer`.
        count: number of tunes.
        seed: integer.

    Raises:
        PromptError: it is none of these, or holds what the model never saw.
    """
    fields, music, wanted_break = _parsed(prompt)
    given = {letter: fields[letter] for letter in COLUMNS if fields.get(letter)}
    body = ""
    for letter, value in given.items():
        known = sorted({header[COLUMNS[letter]] for header in vectorizer.headers} - {""})
        if value not in known:
            if not known:
                raise PromptError(
                    f"`prompt`: the training tunes name no {WORDS[letter]} ({letter}: fields); leave it out. "
                    f"Received: {value!r}"
                )
            only = f"only {known[0]}" if len(known) == 1 else f"one of {', '.join(known)}"
            raise PromptError(
                f"`prompt`: expected as {WORDS[letter]} {only}: what the training tunes have (one that is in held-out "
                f"tunes only is unknown to the model). Received: {value!r}"
            )
    headers = vectorizer.headers
    for letter in ("K", "M", "R"):  # what nobody wrote together is still allowed: the rest is drawn without it
        fitting = [h for h in headers if letter not in given or h[COLUMNS[letter]] == given[letter]]
        headers = fitting or headers
    if music:
        body = _body(fields, music, headers[0])
        body += "\n" * wanted_break
    weights = np.array([header[3] for header in headers], float)
    random = np.random.default_rng([seed, 1])
    chosen = random.choice(len(headers), size=count, p=weights / weights.sum())
    texts = []
    for index in chosen:
        drawn = dict(zip("RMK", headers[index][:3], strict=True)) | given
        texts.append(header_text(drawn["M"], drawn["K"], drawn["R"]) + body)
    for token in vectorizer.tokenize(texts[0]):
        if token not in vectorizer.vocabulary:
            raise PromptError(
                f"`prompt`: expected notes and fields that occur in the training tunes, found {token.strip()!r}"
            )
    return texts


def _parsed(prompt):
    """`(fields, lines of music, whether the last line ends with a line break)`."""
    if prompt is None:
        return {}, [], False
    if isinstance(prompt, dict):
        unknown = [name for name in prompt if name not in NAMES and name not in COLUMNS]
        if unknown or not all(isinstance(value, str) for value in prompt.values()):
            raise PromptError(
                f"`prompt` must have some of the names key, metre, rhythm, with strings. Received: {prompt!r}"
            )
        return _normal({NAMES.get(name, name): value for name, value in prompt.items()}), [], False
    if not isinstance(prompt, str):
        raise PromptError(
            f"`prompt` must be None, a dictionary such as {{'key': 'D'}}, or ABC. Received: {type(prompt).__name__}"
        )
    if not prompt.strip():
        raise PromptError(f"`prompt` is empty: give a header such as 'M:6/8\\nK:D', or None. Received: {prompt!r}")
    fields, music = {}, []
    for line in re.split(r"\r\n|\r|\n", prompt):
        text = without_comment(line).rstrip()
        match = FIELD.fullmatch(text)
        if match and not music:
            fields.setdefault(match[1], match[2].strip())
        elif text.strip():
            music.append(text)
    if music and "K" not in fields:
        raise PromptError(
            f"`prompt`: expected a K: field before the notes, such as 'M:6/8\\nK:D\\n{music[0][:10]}'. "
            f"Received: {prompt[:40]!r}"
        )
    return _normal(fields), music, bool(music) and prompt[-1] in "\r\n"


def _normal(fields):
    """Fields with metre and key in the spelling of the vectorizer."""
    try:
        if "M" in fields:
            fields["M"] = read_metre(fields["M"])[0]
        if "K" in fields:
            fields["K"] = read_key(fields["K"]).name
    except AbcError as error:
        raise PromptError(f"`prompt`: {error}") from None
    if "R" in fields:
        fields["R"] = fields["R"].strip().lower()
    return fields


def _body(fields, music, header):
    """The first notes in the model's spelling."""
    try:
        _, reader = begin({"M": header[1], **{k: v for k, v in fields.items() if k in "MLK"}})
        metre = reader.metre_name
        for number, line in enumerate(music):
            reader.read_line(line, number)
    except AbcError as error:
        raise PromptError(f"`prompt`: {error}") from None
    while reader.elements and reader.elements[-1].kind == "break":
        reader.elements.pop()
    return body_text(reader.elements, metre)
