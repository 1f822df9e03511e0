"""`load_sentence_pairs`: splits that do not leak, samples, vectorizers, batches, baselines."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.data import DataError, load_sentence_pairs
from kseq.data.pairs.dictionary import WordDictionary
from kseq.data.pairs.splits import leaks, sampled, source_key, split_pairs
from kseq.data.pairs.vectorizer import PairVectorizer

WAYS = (
    ("Sentence {}.", "Frase {}."),
    ("sentence  {}.", "Oración {}."),
    ("SENTENCE {}.", "Frase {}."),
    ("Sentence {}?", "¿Frase {}?"),
)
NAMES = ("en-es", "en-fr", "en-ru", "en-th")


@pytest.fixture(scope="module")
def spanish():
    return load_sentence_pairs()


@pytest.mark.parametrize("name", NAMES)
def test_the_bundled_pairs(name):
    dataset = load_sentence_pairs(name)
    assert len(dataset.frame) >= (400 if name in ("en-es", "en-fr") else 100)
    assert not leaks([source_key(s) for s in dataset.frame.source], dataset.frame.split)
    assert not dataset.about.skipped
    assert dataset.languages[0] == "English"
    train = [target for _, target in dataset.pairs("train")]
    assert dataset.vectorizer.decode_target(dataset.vectorizer.encode_target(train)[1]) == train
    assert dataset.languages[1] in str(dataset.describe())


def test_thai_is_read_by_characters_and_words_say_why():
    dataset = load_sentence_pairs("en-th")
    kinds = [type(v).__name__ for v in (dataset.vectorizer.source, dataset.vectorizer.target)]
    assert kinds == ["SentenceWordVectorizer", "CharacterVectorizer"]
    turned = load_sentence_pairs("en-th", reverse=True)  # Q5: Thai to English
    assert turned.languages == ("Thai", "English")
    assert [type(v).__name__ for v in (turned.vectorizer.source, turned.vectorizer.target)] == kinds[::-1]
    with pytest.warns(UserWarning, match="look like Thai, which is written without spaces between words"):
        load_sentence_pairs("en-th", tokens="word")


def test_batches_begin_with_begin_and_end_with_end(spanish):
    pair, batches = spanish.vectorizer, spanish.arrays("train")
    inputs, targets, weights = batches.batch(batches.next_epoch()[0])
    assert inputs["source"].shape == inputs["target"].shape == targets.shape == weights.shape
    assert (inputs["target"][:, 0] == pair.begin_id).all()
    sizes = (weights > 0).sum(axis=1)
    assert (targets[np.arange(len(targets)), sizes - 1] == pair.end_id).all()
    assert (inputs["target"][:, 1:][weights[:, 1:] > 0] == targets[:, :-1][weights[:, 1:] > 0]).all()
    assert max(inputs["target"].max(), targets.max()) == pair.target_size - 1
    rows = [target for _, target in spanish.pairs("train")]
    assert set(pair.decode_target(targets)) <= set(rows)


def test_an_epoch_holds_every_pair_once(spanish):
    batches = spanish.arrays("train")
    seen = []
    for _, targets, weights in batches:
        seen += spanish.vectorizer.decode_target(targets[weights.sum(axis=1) > 0])
    assert sorted(seen) == sorted(target for _, target in spanish.pairs("train"))


def test_references_are_all_translations_of_a_source(write):
    lines = [f"{written.format(n)}\t{said.format(n)}" for written, said in WAYS for n in range(30)]
    dataset = load_sentence_pairs(write("many.tsv", "\n".join(lines)), test_fraction=0.3)
    assert len(dataset.sources("test")) == 2 * 9  # a question is another sentence, but in the same split
    assert len(dataset.pairs("test")) == 4 * 9
    for source, references in zip(dataset.sources("test"), dataset.references("test"), strict=True):
        number = source.removeprefix("Sentence ")[:-1]
        said = [f"¿Frase {number}?"] if source.endswith("?") else [f"Frase {number}.", f"Oración {number}."]
        assert references == said


def test_few_sentences_fill_every_split_or_are_refused(write):
    dataset = load_sentence_pairs(write("three.tsv", "a\tb\nc\td\ne\tf\n"))
    assert [len(dataset.pairs(split)) for split in ("train", "validation", "test")] == [1, 1, 1]
    with pytest.raises(DataError, match=r"one\.tsv: expected more different source sentences .* \(2\), found 1"):
        load_sentence_pairs(write("one.tsv", "a\tb\nA!\tc\n"))


def test_a_sample_takes_whole_sources_and_the_seed_fixes_it(write):
    path = write("many.tsv", "\n".join(f"Sentence {n // 3} it is.\tFrase {n}." for n in range(300)))
    first = load_sentence_pairs(path, max_pairs=60, test_pairs=4, seed=1)
    assert len(first.frame) == 60
    assert set(first.frame.source.value_counts()) == {3}
    assert len(first.sources("test")) == 4
    assert first.frame.equals(load_sentence_pairs(path, max_pairs=60, test_pairs=4, seed=1).frame)
    assert not first.frame.equals(load_sentence_pairs(path, max_pairs=60, test_pairs=4, seed=2).frame)
    assert any("a sample of 60 of 300 pairs" in note for note in first.notes)


def test_long_pairs_are_left_out_and_counted(write):
    lines = [f"Sentence {n}.\tFrase {n}." for n in range(20)]
    path = write("long.tsv", "\n".join([*lines, "one two three four\tuno", "one\tuno dos tres cuatro"]))
    dataset = load_sentence_pairs(path, max_words=3)
    assert "2 pairs longer than max_words=3 left out" in dataset.notes
    assert len(dataset.frame) == 20


def test_the_report_counts_what_matters(write):
    write("train.tsv", "\n".join(f"Sentence {n}.\tFrase {n}." for n in range(20)))
    folder = write("test.tsv", "Phrase 3.\tFrase 3.\nPhrase 3.\tOtra 3.\nUnknown words.\tMuy raras.\n").parent
    report = str(load_sentence_pairs(folder, validation_fraction=0).describe())
    assert "train               20        20                      1.00" in report
    assert "test                 3         2                      1.50" in report
    assert "overlap   1 test translation that another sentence has in training, too" in report
    assert "source: 24 ids; 3 tokens in the median" in report  # 20 numbers, "Sentence", ".", two reserved
    assert "  unknown: 44.4% of the tokens in the test split" in report  # phrase twice, unknown and words, of 9


def test_a_vectorizer_of_before_is_used_as_it_is(spanish):
    again = load_sentence_pairs("en-es", seed=5, vectorizer=spanish.vectorizer)
    assert again.vectorizer is spanish.vectorizer
    with pytest.raises(TypeError, match="`vectorizer` must be a PairVectorizer"):
        load_sentence_pairs(vectorizer=spanish.vectorizer.source)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_words": 0}, "`max_words` must be an integer, at least 1. Received: max_words=0"),
        ({"batch_size": 1.5}, "`batch_size`"),
        ({"tokens": "letter"}, "`tokens` must be one of 'word', 'character', 'subword'. Received: tokens='letter'"),
        ({"tokens": ("word", "letters")}, "`tokens` must be one of"),
        ({"test_fraction": 0.95}, "`validation_fraction` and `test_fraction`"),
        ({"test_pairs": 10_000}, "expected more different source sentences than are held out"),
    ],
)
def test_bad_arguments_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        load_sentence_pairs(**settings)


def test_subwords_and_characters_come_back():
    pytest.importorskip("tokenizers")
    for tokens in ("subword", "character"):
        dataset = load_sentence_pairs("en-fr", tokens=tokens, max_tokens=600)
        texts = [target for _, target in dataset.pairs("train")]
        pair = PairVectorizer.from_config(json.loads(json.dumps(dataset.vectorizer.get_config())))
        assert pair == dataset.vectorizer
        assert pair.decode_target(pair.encode_target(texts)[1]) == texts


def test_baselines_stand_in_order(spanish):
    scores = spanish.baselines()
    assert list(scores.columns) == ["BLEU", "chrF", "exact match", "seconds"]
    assert scores.loc["word by word", "BLEU"] > scores.loc["copy the source", "BLEU"] + 3
    assert scores.loc["word by word", "chrF"] > 30


def test_the_dictionary_finds_what_belongs_together():
    # 2 = the, 3 = house, 4 = book, 5 = a; 12 = la/el, 13 = casa, 14 = libro, 15 = un: each always in company.
    sources = [[2, 3], [2, 4], [5, 4], [5, 3]]
    targets = [[12, 13], [12, 14], [15, 14], [15, 13]]
    assert WordDictionary(sources, targets, steps=10).best == {2: 12, 3: 13, 4: 14, 5: 15}
    assert WordDictionary(sources, targets).translate([5, 9, 4]) == [15, 14]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.text("aAbB .!é", min_size=1, max_size=4), min_size=12, max_size=60),
    st.integers(0, 99),
    st.sampled_from([(0.1, 0.1), (0.2, 0.3), (0.0, 0.5)]),
    st.data(),
)
def test_splits_never_share_a_source(texts, seed, fractions, data):
    keys = [source_key(text) for text in texts] + [f"k{n}" for n in range(10)]
    given = [None] * len(keys)
    if data.draw(st.booleans()):
        given = data.draw(st.lists(st.sampled_from(["train", "validation", "test"]), min_size=len(keys),
                                   max_size=len(keys)))  # fmt: skip
        given[-1] = "train"
    split = split_pairs(keys, given, fractions, None, seed, "here", [])
    assert not leaks(keys, split)
    chosen = sampled(keys, 15, seed)
    assert chosen.sum() <= 15
    inside = {key for key, own in zip(keys, chosen, strict=True) if own}
    assert not inside & {key for key, own in zip(keys, chosen, strict=True) if not own}


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=20))
def test_keys_know_no_case_space_or_punctuation(text):
    assert source_key(f" a{text}!?") == source_key(f"A {text} …")
    assert source_key("?!") != source_key("…")  # where there is nothing else, they do
    assert source_key("It's  TOO late…") == source_key("its too late")


@pytest.mark.real_data
def test_the_spanish_pairs_of_tatoeba(real_data):
    dataset = load_sentence_pairs(
        real_data / "translation" / "spa-eng.zip", max_words=12, max_pairs=30_000, test_pairs=1_000
    )
    assert len(dataset.frame) == 30_000
    assert 1_000 <= len(dataset.sources("test")) < sum(map(len, dataset.references("test")))
    assert not leaks([source_key(s) for s in dataset.frame.source], dataset.frame.split)
    # What was read is written again as it was, unless a word is unknown.
    targets = [own[0] for own in dataset.references("test")]
    written = dataset.vectorizer.decode_target(dataset.vectorizer.encode_target(targets)[1])
    known = [(a, b) for a, b in zip(targets, written, strict=True) if "\ufffd" not in b]
    assert np.mean([a == b for a, b in known]) > 0.98
    assert dataset.baselines().loc["word by word", "BLEU"] > 10


def test_small_splits_are_noted(tmp_path):
    path = tmp_path / "few.tsv"
    path.write_text("Go.\tVe.\nStop.\tPara.\nRun.\tCorre.\n")
    assert load_sentence_pairs(path).notes == [
        "ATTENTION: only 1 pair to train on: hardly anything can be learned",
        "ATTENTION: only 1 pair in the validation split: the best epoch is chosen by chance",
        "ATTENTION: only 1 pair in the test split: scores say little",
    ]
