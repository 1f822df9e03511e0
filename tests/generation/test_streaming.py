"""Pieces of text that join to the result; stop strings of several tokens; characters of several bytes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kseq.data import WordVectorizer
from kseq.generation import generate
from kseq.generation.streaming import TextStream, settled
from tests.generation.models import recurrent


class Bytes:
    """A vectorizer of bytes, ids 2 to 257: one character may need four tokens."""

    def decode(self, rows):
        return [bytes(int(i) - 2 for i in row).decode("utf-8", "replace") for row in rows]


class SpacedWords:
    """Words with spaces between them, but none before a comma."""

    def decode(self, rows):
        return [" ".join(["", "?", "red", "rose", ","][i] for i in row).replace(" ,", ",") for row in rows]


@pytest.fixture(scope="module")
def model():
    return recurrent("SimpleRNN")


def stream_all(stream, prompt, new):
    return [
        stream.push([*prompt, *new[: count + 1]], is_last=count + 1 == len(new))
        for count in range(len(new))
        if not stream.is_finished
    ]


@given(st.text(min_size=1), st.text(min_size=1))
def test_no_piece_holds_half_a_character(before, text):
    prompt, new = ([b + 2 for b in part.encode("utf-8", "replace")] for part in (before, text))
    stream = TextStream(Bytes(), prompt)
    pieces = stream_all(stream, prompt, new)
    assert "".join(pieces) == stream.text == bytes(b - 2 for b in new).decode()
    assert not any("\ufffd" in piece for piece in pieces) or "\ufffd" in text


def test_broken_bytes_at_the_end_are_shown_at_last():
    stream = TextStream(Bytes(), [67])
    assert stream_all(stream, [67], [b + 2 for b in "é".encode()[:1]]) == ["\ufffd"]


def test_words_are_spaced_as_in_the_whole_text():
    stream = TextStream(SpacedWords(), [2])
    assert stream_all(stream, [2], [3, 4, 2]) == [" rose", ",", " red"]


@pytest.mark.parametrize(("text", "stop", "length"), [("a b", ("b c",), 2), ("aab", ("abx", "bbb"), 1), ("ab", (), 2)])
def test_what_may_become_a_stop_string_is_held_back(text, stop, length):
    assert settled(text, stop) == length


def test_pieces_join_to_the_result(model):
    pieces = []
    text = generate(model, "roses", 40, seed=3, callback=pieces.append)
    assert "roses" + "".join(pieces) == text == generate(model, "roses", 40, seed=3)
    assert len(pieces) > 2  # it appears as it is made


def test_pieces_of_several_prompts_come_with_their_number(model):
    pieces = {0: [], 1: []}
    texts = generate(model, ["roses", "be"], 20, seed=3, callback=lambda piece, row: pieces[row].append(piece))
    assert ["roses" + "".join(pieces[0]), "be" + "".join(pieces[1])] == texts


@pytest.mark.parametrize("sampler", ["random", "greedy"])
def test_stop_string_of_several_tokens_ends_the_text_before_it(model, sampler):
    whole = generate(model, "roses", 40, sampler=sampler, seed=5, include_prompt=False)
    stop = whole[11:14]
    pieces = []
    text = generate(model, "roses", 40, sampler=sampler, seed=5, stop=["€", stop], callback=pieces.append)
    assert text == "roses" + whole[: whole.index(stop)] == "roses" + "".join(pieces)


def test_each_row_stops_by_itself(model):
    whole = generate(model, ["roses", "be"], 30, seed=5, include_prompt=False)
    stop = whole[0][4]
    expected = [text.split(stop)[0] for text in whole]
    assert generate(model, ["roses", "be"], 30, seed=5, include_prompt=False, stop=stop) == expected


def test_a_stop_string_in_the_prompt_ends_nothing(model):
    whole = generate(model, "ro.ses", 20, seed=8)
    if "." not in whole[6:]:
        assert generate(model, "ro.ses", 20, seed=8, stop=".") == whole
    assert generate(model, "ro.ses", 20, seed=8, stop="ro.ses") == whole


def test_generation_ends_where_all_rows_have_stopped(model):
    """A stop string that comes at once saves the work: far fewer tokens are made than allowed."""
    whole = generate(model, "roses", 1, sampler="greedy", include_prompt=False)
    rows = []
    from kseq.generation.session import Session

    advance = Session.advance
    Session.advance = lambda self, count: (advance(self, count), rows.append(self.ready))
    try:
        assert generate(model, "roses", 4000, sampler="greedy", stop=whole) == "roses"
    finally:
        Session.advance = advance
    assert max(rows) < 100 and np.all(np.diff(rows) > 0)


def test_a_space_at_the_end_of_the_prompt_is_not_doubled():
    words = WordVectorizer.fit(["roses are red"])
    model = recurrent("SimpleRNN", vectorizer=words, size=words.vocabulary_size)
    pieces = []
    text = generate(model, "roses", 4, seed=1)
    assert len(text.split(" ")) == 5
    assert generate(model, "roses ", 4, seed=1, callback=pieces.append) == text == "roses " + "".join(pieces)
    assert generate(model, "roses ", 4, sampler="beam") == generate(model, "roses", 4, sampler="beam")
