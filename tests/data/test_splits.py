"""Splits: stratified, seeded, disjoint in text; phrase collections are split by containment."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.data import DataError, load_reviews
from kseq.data.assembly import NEVER_SEEN
from kseq.data.containment import PhraseIndex, hold_out_phrases, hold_out_ready, is_phrase_like, moving_along
from kseq.data.splits import conflicts, hold_out, text_key

PHRASES = st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=6).map(" ".join), min_size=1, max_size=25)


def test_text_key():
    assert text_key("  Good\n FOOD ") == text_key("good food")
    assert text_key("good") != text_key("goods")


def test_hold_out_is_stratified_seeded_and_keeps_equal_texts_together():
    keys = [f"text {i // 2}" for i in range(400)]
    labels = ["a"] * 300 + ["b"] * 100
    chosen = hold_out(keys, labels, 0.2, seed=0)
    assert Counter(np.array(labels)[chosen]) == {"a": 60, "b": 20}
    assert not {k for k, c in zip(keys, chosen, strict=True) if c} & {
        k for k, c in zip(keys, chosen, strict=True) if not c
    }
    assert np.array_equal(chosen, hold_out(keys, labels, 0.2, seed=0))
    assert not np.array_equal(chosen, hold_out(keys, labels, 0.2, seed=1))
    assert not hold_out(keys, labels, 0, seed=0).any()


def test_too_few_texts_of_a_class():
    with pytest.raises(DataError, match=r"here: class 'b' has too few different texts to split: 1"):
        hold_out(["x", "y", "z", "z"], ["a", "a", "b", "b"], 0.5, 0, "here")


def test_conflicts():
    assert conflicts(["x", "y", "x", "y"], ["a", "a", "b", "a"]) == ["x"]


@given(texts=PHRASES, phrase=st.lists(st.sampled_from("abcd"), min_size=1, max_size=4).map(" ".join))
def test_containment_is_what_it_says(texts, phrase):
    def inside(text):
        words, wanted = text.split(), phrase.split()
        return any(words[i : i + len(wanted)] == wanted for i in range(len(words)))

    assert list(PhraseIndex(texts).around(phrase)) == [text for text in dict.fromkeys(texts) if inside(text)]


def test_containment_is_by_whole_words():
    index = PhraseIndex(["a good film ."])
    assert index.contains("good film")
    assert not index.contains("goo")
    assert not index.contains("good .")
    assert not index.contains("film good")


@settings(deadline=None)
@given(train=PHRASES, validation=PHRASES)
def test_ready_parts_do_not_leak_afterwards(train, validation):
    moved, leaky, share = hold_out_ready(train, validation)
    if not leaky:
        assert not moved
        return
    assert share > 0.05
    new_train = ({*train} | leaky) - moved
    new_validation = ({*validation} - leaky) | moved
    assert new_train | new_validation == {*train, *validation}  # no text is lost
    assert new_train & new_validation == set()
    own = PhraseIndex([text for text in validation if text not in leaky])
    rest = PhraseIndex(new_train)
    for text in {*validation} - leaky:
        assert not rest.contains(text)
    for text in new_train:  # what stays although it is part of a validation text is part of a training text too
        if len(text.split()) >= 3 and own.contains(text):
            assert any(other != text for other in rest.around(text))


def test_phrases_follow_their_text():
    held_out = ["the film is a good old friend"]
    train = ["a good old friend", "good old friend", "old friend", "is a good old song", "is a good old", "fine"]
    # "is a good old" is part of a training text that stays; "old friend" is too short to matter.
    assert moving_along(held_out, train) == {"a good old friend", "good old friend"}


def families(count=60):
    """Whole texts with labels, and the phrases inside them."""
    keys, labels = [], []
    for i in range(count):
        text = f"w{i} x{i} y{i} z{i} end"
        keys += [text, f"w{i} x{i} y{i}", f"x{i} y{i} z{i}", f"y{i} z{i} end"]
        labels += ["ab"[i % 2]] * 4
    return keys, labels


def test_phrase_collections_are_recognised():
    assert is_phrase_like(families()[0])
    assert not is_phrase_like([f"all {i} differ in number" for i in range(100)])
    assert not is_phrase_like([])
    long = " ".join(["word"] * 40)
    assert not is_phrase_like([f"{long} {i}" for i in range(50)] + [long] * 50)


def test_families_are_held_out_whole():
    keys, labels = families()
    chosen = hold_out_phrases(keys, labels, 0.2, seed=0)
    held = {key.split()[1][1:] for key, c in zip(keys, chosen, strict=True) if c}
    assert chosen.sum() == 48
    assert Counter(label for label, c in zip(labels, chosen, strict=True) if c) == {"a": 24, "b": 24}
    assert len(held) <= 24
    rest = PhraseIndex([key for key, c in zip(keys, chosen, strict=True) if not c])
    assert not any(rest.contains(key) for key, c in zip(keys, chosen, strict=True) if c)


# ---------------------------------------------------------------------------------------------- whole loader


def write_rows(write, name, rows):
    return write(name, "text\tlabel\n" + "".join(f"{t}\t{n}\n" for t, n in rows))


def keys_of(dataset, split):
    return {text_key(text) for text in dataset.texts(split)}


def test_one_table_is_split_by_shares(rows, write):
    dataset = load_reviews(write_rows(write, "a.tsv", rows))
    assert dataset.frame.groupby(["split", "label"]).size().to_dict() == {
        ("test", "negative"): 6,
        ("test", "positive"): 6,
        ("train", "negative"): 21,
        ("train", "positive"): 21,
        ("validation", "negative"): 3,
        ("validation", "positive"): 3,
    }
    assert dataset.frame.text.tolist() == [t for t, _ in rows]  # in the order of the file


def test_splits_are_seeded(rows, write):
    path = write_rows(write, "a.tsv", rows)
    splits = [load_reviews(path, seed=seed).frame.split.tolist() for seed in (0, 0, 1)]
    assert splits[0] == splits[1] != splits[2]


def test_nothing_held_out(rows, write):
    dataset = load_reviews(write_rows(write, "a.tsv", rows), validation_fraction=0, test_fraction=0)
    assert set(dataset.frame.split) == {"train"}
    assert dataset.validation is None
    with pytest.raises(ValueError, match="test split of 'a' is empty"):
        dataset.arrays("test")
    assert "train" in dataset.describe()


@pytest.mark.parametrize("fractions", [(-0.1, 0.2), (0.5, 0.5), (0, 1)])
def test_fractions_are_checked(fractions):
    with pytest.raises(ValueError, match="validation_fraction"):
        load_reviews(validation_fraction=fractions[0], test_fraction=fractions[1])


def test_equal_texts_share_a_split_and_conflicts_are_reported(rows, write):
    again = [(f" {t.upper()}  ", n) for t, n in rows]
    dataset = load_reviews(write_rows(write, "a.tsv", [*rows, *again, (rows[0][0], "0")]))
    frame = dataset.frame.assign(key=dataset.frame.text.map(text_key))
    assert frame.groupby("key").split.nunique().max() == 1
    assert any("1 text with different labels" in note for note in dataset.notes)
    assert any("61 rows with the text of an earlier row" in note for note in dataset.notes)


def test_a_published_test_part_stays_as_it_is(rows, write):
    test = [*rows[:3], *rows[-3:], ("new and good", "1"), ("new and bad", "0")]
    folder = write_rows(write, "train.tsv", rows).parent
    write_rows(write, "test.tsv", test)
    dataset = load_reviews(folder)
    assert dataset.texts("test") == [t for t, _ in test]
    assert (dataset.frame.split == NEVER_SEEN).sum() == 6
    assert "6 train rows with the text of a test row left out" in dataset.notes
    assert len(dataset.frame) == len(rows) + len(test)  # nothing is dropped
    assert "left out" in dataset.describe()
    assert len(dataset.texts("validation")) > 0


def test_a_ready_split_whose_parts_overlap_is_redrawn(write):
    keys, labels = families()
    whole = [(f"{k} and a proper ending", n) for k, n in zip(keys, labels, strict=True)][::4]
    train = [*zip(keys, labels, strict=True), ("only here for training", "a")]
    dev = [*whole[:10], *zip(keys[1:200:4], labels[1:200:4], strict=True)]
    folder = write_rows(write, "train.tsv", train).parent
    write_rows(write, "dev.tsv", dev)
    write_rows(write, "test.tsv", [("good at last", "a"), ("bad at last", "b")])
    dataset = load_reviews(folder)
    assert len(dataset.frame) == len(train) + len(dev) + 2
    assert not keys_of(dataset, "train") & keys_of(dataset, "validation")
    rest = PhraseIndex(keys_of(dataset, "train"))
    assert not any(rest.contains(key) for key in keys_of(dataset, "validation"))
    assert {text_key(t) for t, _ in whole[:10]} <= keys_of(dataset, "validation")
    assert any(note.startswith("83% of the 60 validation texts occur inside a training text") for note in dataset.notes)
    assert any("50 rows joined training" in note for note in dataset.notes)


def test_a_ready_split_with_little_overlap_stays(rows, write):
    folder = write_rows(write, "train.tsv", rows).parent
    dev = [(f"another {t}", n) for t, n in rows] + [rows[0]]
    write_rows(write, "dev.tsv", dev)
    write_rows(write, "test.tsv", [("good at last", "1"), ("bad at last", "0")])
    dataset = load_reviews(folder)
    assert len(dataset.texts("validation")) == 60
    assert any("1 validation row equal to a training text joined training" in note for note in dataset.notes)


def test_without_a_test_part_the_dev_part_is_the_test(rows, write):
    folder = write_rows(write, "train.tsv", rows).parent
    write_rows(write, "dev.tsv", [(f"another {t}", n) for t, n in rows])
    dataset = load_reviews(folder)
    assert len(dataset.texts("test")) == 60
    assert len(dataset.texts("validation")) == 6
    assert any("the validation part is the test split" in note for note in dataset.notes)


def test_a_column_may_say_the_split(rows, write):
    lines = "".join(f'"{t}",{n},{["train", "train", "dev", "test"][i % 4]}\n' for i, (t, n) in enumerate(rows))
    dataset = load_reviews(write("a.csv", "text,label,split\n" + lines))
    assert dataset.frame.split.value_counts().to_dict() == {"train": 30, "validation": 15, "test": 15}


def test_phrases_in_one_table(write):
    keys, labels = families()
    dataset = load_reviews(write_rows(write, "a.tsv", zip(keys, labels, strict=True)))
    for split in ("validation", "test"):
        rest = PhraseIndex(keys_of(dataset, "train"))
        assert not any(rest.contains(key) for key in keys_of(dataset, split))
    assert any("training texts occur inside each other" in note for note in dataset.notes)


def test_a_class_that_training_never_sees(rows, write):
    folder = write_rows(write, "train.tsv", [(t, f"class {n}") for t, n in rows]).parent
    write_rows(write, "test.tsv", [("unheard of", "class 2"), ("good", "class 1")])
    assert "no training row has the label 'class 2'" in load_reviews(folder).notes
