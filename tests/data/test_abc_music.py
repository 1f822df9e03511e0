"""The reader of ABC notation: lengths, pitches, bars, repeats: exact, against values worked out by hand."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.data.tunes.abc_errors import AbcError
from kseq.data.tunes.abc_header import default_unit, read_key, read_metre, read_unit
from kseq.data.tunes.abc_spelling import multiple, written
from kseq.data.tunes.composer import write_tunes
from kseq.data.tunes.text import TuneVectorizer, body_text, model_text
from kseq.data.tunes.tune import Tune


def tune(music, metre="4/4", key="C", unit="1/8"):
    return Tune(f"X:1\nM:{metre}\nL:{unit}\nK:{key}\n{music}")


def eighths(music, **header):
    found = tune(music, **header)
    assert found.error is None
    return [element.length * 8 for element in found.elements if element.length]


def pitches(music, **header):
    found = tune(music, **header)
    assert found.error is None
    return [pitch for element in found.elements for pitch in element.pitches]


@pytest.mark.parametrize(
    ("music", "lengths"),
    [
        ("A A2 A3 A/ A/2 A3/2 A// A/4", [1, 2, 3, 0.5, 0.5, 1.5, 0.25, 0.25]),
        ("A>B A<B A>>B", [1.5, 0.5, 0.5, 1.5, 1.75, 0.25]),
        ("A2>B2", [3, 1]),
        ("(3ABc A", [Fraction(2, 3)] * 3 + [1]),
        ("(2AB (4ABcd", [1.5, 1.5, 0.75, 0.75, 0.75, 0.75]),
        ("(3:2:2A2B A", [Fraction(4, 3), Fraction(2, 3), 1]),
        ("[CEG]2 [C2E2]", [2, 2]),
        ("z z2 x", [1, 2, 1]),
        ('{g}A {/gab}B ~c .d !trill!e "Am"f (gab)', [1] * 9),
        ("A-A2", [1, 2]),
    ],
)
def test_lengths(music, lengths):
    assert eighths(music) == lengths


def test_quintuplets_hang_on_the_metre():
    assert eighths("(5ABcde") == [Fraction(2, 5)] * 5
    assert eighths("(5ABcde", metre="6/8") == [Fraction(3, 5)] * 5


def test_beats_tell_six_eighths_from_three_quarters():
    assert "ABc def|" in model_text(tune("ABcdef|", metre="6/8"))
    assert "AB cd ef|" in model_text(tune("ABcdef|", metre="3/4"))
    assert "ABcd efga|" in model_text(tune("ABcdefga|", metre="C|"))
    assert "A2(3Bcd A2(3Bcd|" in model_text(tune("A2(3BcdA2(3Bcd|", metre="C|"))


def test_whole_bars_of_rest():
    assert eighths("Z2|A8|", metre="4/4") == [8, 8, 8]


@pytest.mark.parametrize(
    ("music", "key", "expected"),
    [
        ("C D E F G A B c", "C", [60, 62, 64, 65, 67, 69, 71, 72]),
        ("C, c' C,, c''", "C", [48, 84, 36, 96]),
        ("F C f", "D", [66, 61, 78]),
        ("B E", "Bb", [70, 63]),
        ("^F F | F =F ^^F __B", "C", [66, 66, 65, 65, 67, 69]),
        ("^F f", "C", [66, 78]),  # an accidental holds for its letter in every octave, to the end of the bar
        ("F =F F | F", "G", [66, 65, 65, 66]),
        ("[K:D] F [K:C] F", "G", [66, 65]),
    ],
)
def test_pitches(music, key, expected):
    assert pitches(music, key=key) == expected


@pytest.mark.parametrize(
    ("value", "name", "sharps"),
    [
        ("G", "G", {"F": 1}),
        ("A Dorian", "Ador", {"F": 1}),
        ("D mixolydian", "Dmix", {"F": 1}),
        ("Em", "Em", {"F": 1}),
        ("E minor", "Em", {"F": 1}),
        ("Bb", "Bb", {"B": -1, "E": -1}),
        ("F#m clef=treble", "F#m", {"F": 1, "C": 1, "G": 1}),
        ("F Lydian", "Flyd", {}),
        ("B Locrian", "Bloc", {}),
        ("E phr", "Ephr", {}),
        ("D exp _b ^f", "D exp _b ^f", {"B": -1, "F": 1}),
        ("HP", "HP", {"F": 1, "C": 1}),
        ("none", "none", {}),
    ],
)
def test_keys(value, name, sharps):
    key = read_key(value)
    assert key.name == name
    assert key.alterations == sharps
    assert read_key(key.name) == key


@pytest.mark.parametrize(("value", "length"), [("C", 1), ("C|", 1), ("6/8", 0.75), ("2+3/8", 0.625), ("none", None)])
def test_metres(value, length):
    assert read_metre(value)[1] == length


def test_unit_lengths():
    assert read_unit("1/16") == Fraction(1, 16)
    assert default_unit(Fraction(1, 2)) == Fraction(1, 16)
    assert default_unit(Fraction(3, 4)) == default_unit(None) == Fraction(1, 8)
    assert Tune("X:1\nM:2/4\nK:C\nA8|").bars[0].length == Fraction(1, 2)


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (read_key, "H", "expected a key"),
        (read_key, "C#lyd", "at most seven"),
        (read_key, "D wrong", "expected a key"),
        (read_metre, "6:8", "expected a metre"),
        (read_metre, "0/8", "expected a metre"),
        (read_unit, "1/3", "expected a unit"),
    ],
)
def test_bad_headers(read, value, expected):
    with pytest.raises(AbcError, match=expected):
        read(value)


@pytest.mark.parametrize(
    ("music", "expected"),
    [
        ("AB k", "expected ABC notes, found 'k'"),
        ("AB|(3AB|", "1 more notes in the tuplet"),
        ("A>|B", "broken rhythm"),
        (">A", "expected a note before the broken rhythm"),
        ("A0", "length above 0"),
        ("A/0", "expected a length"),
        ("-A", "before the tie"),
        ("[]", "found []"),
        ("c'''''", "that MIDI has"),
        ("V:2\nA", "one voice"),
        ("", "an empty tune"),
        ("| | |", "an empty tune"),
    ],
)
def test_bad_music_is_an_error_with_its_line(music, expected):
    found = tune(f"{music}")
    assert expected in found.error
    assert found.problems == [found.error]
    assert found.bars == [] and found.notes == []


def test_the_line_of_an_error():
    assert Tune("X:1\nK:C\nABc\nAB&c\n").error_line == 3


FULL = "C8|D8|E8|"


@pytest.mark.parametrize(
    ("music", "is_good"),
    [
        (FULL + "F8|", True),
        (FULL + "F7|", False),
        (FULL + "F9|", False),
        ("|:C2|" + FULL + "F6:|", True),  # pickup and last bar make one
        ("|:C2|" + FULL + "F7:|", False),
        ("|:C2|" + FULL + "F8:|", False),  # nothing completes the pickup
        (FULL + "F6:|", False),
        ("C2|" + FULL + "F6|]", True),  # played from the start again
        ("|:C2|" + FULL + "F6:|G2|" + FULL + "F6:|", True),
        ("|:C2|" + FULL + "F6:|" + FULL + "F8:|", True),
        ("|:C2|" + FULL + "|1F6:|2E6||D2|" + FULL + "F6|]", True),
        ("|:C2|" + FULL + "|1F6:|2E7||" + FULL + "F8|]", False),
        ("|:C2|" + FULL + "C6|[1 F2|" + FULL + "C6:|[2 D2|" + FULL + "C6|]", True),  # an ending cuts a bar in two
        (FULL + "C4||C4|" + FULL, True),
        ("C8|D4|D8|E8|F8|", False),
        ("C8|", False),  # too short for a tune
        ("[M:6/8]C6|D6|E6|[M:4/4]F8|", True),
        ("^C8|^D8|^F8|^G8|", False),  # not in key
    ],
)
def test_bars(music, is_good):
    found = tune(music)
    assert found.error is None
    assert found.is_good == is_good, found.problems


def test_free_metre_has_no_full_bars():
    assert tune("C3|D7|E|F2|", metre="none").is_good
    assert Tune("X:1\nK:C\nC3|D7|E|F2|").is_good  # without M: the metre is free


def played(music):
    return "".join("C D EF G A B"[note.pitch % 12] for note in tune(music).notes)


@pytest.mark.parametrize(
    ("music", "order"),
    [
        ("C8|D8|", "CD"),
        ("|:C8|D8:|E8|", "CDCDE"),
        ("C8:|D8:|", "CCDD"),
        ("|:C8::D8:|", "CCDD"),
        ("|:C8|1D8:|2E8||F8|", "CDCEF"),
        ("|:C8|[1 D8:|[2 E8|]", "CDCE"),
        ("|:C8|1,3D8:|2E8||", "CDCECD"),
    ],
)
def test_playing_order(music, order):
    assert played(music) == order


def test_notes_are_in_quarters_and_ties_join():
    notes = tune("A4-A2 B2|").notes
    assert [(n.pitch, n.start, n.length) for n in notes] == [(69, 0.0, 3.0), (71, 3.0, 1.0)]


def test_what_does_not_sound_is_counted():
    found = tune('{g}A !trill!B "Am"c ~d (ef)')
    assert found.left_out == {
        "groups of grace notes": 1,
        "decorations": 2,
        "chord symbols and annotations": 1,
        "slur signs": 2,
    }


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_tunes_of_the_composer_survive_the_round_trip(seed):
    (abc,) = write_tunes(1, seed)
    first = Tune(abc)
    assert first.problems == []
    text = model_text(first)
    again = Tune(text.rstrip())
    assert again.problems == []
    assert [(e.kind, e.length, e.pitches, e.tied) for e in again.elements] == [
        (e.kind, e.length, e.pitches, e.tied) for e in first.elements
    ]
    assert again.notes == first.notes
    assert model_text(again) == text  # one spelling only
    vectorizer = TuneVectorizer.fit([text], [first])
    assert vectorizer.decode(vectorizer.encode_rows([text])) == [text]


@settings(max_examples=100, deadline=None)
@given(st.fractions(min_value=Fraction(1, 64), max_value=64, max_denominator=64))
def test_lengths_survive_writing(value):
    assert written(multiple(value)) == value


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ABcd|:123/>(<)[]{}^_=,' -z\n~!\"%XMK", max_size=60))
def test_any_music_is_read_or_refused_in_one_line(music):
    found = tune(music)
    assert found.error is None or "\n" not in found.error
    if found.error is None:
        assert body_text(Tune(model_text(found).rstrip()).elements) == body_text(found.elements)
        assert all(bar.length > 0 for bar in found.bars)
        assert isinstance(found.problems, list)
        assert found.notes is not None
