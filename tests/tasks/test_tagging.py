"""Taggers: they learn, they look where they may, padding changes nothing, and what only later words tell they know."""

import json
import warnings

import keras
import numpy as np
import pytest

from kseq import build_tagging_model, load_model, load_tagged_sentences, trace, unroll
from kseq.data.tagged.ambiguous import COURSE_SENTENCES
from kseq.tasks import train
from kseq.tasks.step_accuracy import StepAccuracy
from kseq.tasks.tagging import ARCHITECTURES
from kseq.tasks.tagging_report import confusions, report_text, tag_report

SMALL = {"units": 16, "embedding_dim": 16, "seed": 0, "learning_rate": 0.01}
FRAMES = [
    ("the {} {} .", "DET NOUN VERB PUNCT"),
    ("{} {} loudly", "PROPN VERB ADV"),
    ("a big {} {}", "DET ADJ NOUN VERB"),
]
NOUNS, VERBS = ["cat", "dog", "bird", "horse", "lion"], ["sleeps", "runs", "sings", "jumps"]
NAMES = ["Anna", "Boris", "Chloe", "Dan", "Eve"]


def write_tagged(path):
    """60 sentences of word/TAG that any tagger can learn; returns the path."""
    lines = []
    for frame, tags in FRAMES:
        for noun in NAMES if "PROPN" in tags else NOUNS:
            for verb in VERBS:
                words = frame.format(noun, verb).split()
                lines.append(" ".join(f"{w}/{t}" for w, t in zip(words, tags.split(), strict=True)))
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def tagged_file(tmp_path_factory):
    return write_tagged(tmp_path_factory.mktemp("tagged") / "tagged.txt")


@pytest.fixture(scope="module")
def small(tagged_file):
    return load_tagged_sentences(tagged_file, batch_size=8)


@pytest.fixture(scope="module")
def tagger(small):
    """A small LSTM, trained; tests must not train it further."""
    model = build_tagging_model(small.vectorizer, **SMALL)
    train(model, small, epochs=15, verbose=0)
    return model


def test_learns_better_than_the_baselines(tagger, small):
    scores = tagger.scores(small)
    assert scores["accuracy"] > 0.95 > small.baselines().loc["most frequent tag", "accuracy"]
    assert tagger.tag("The lion sings.") == [("The", "DET"), ("lion", "NOUN"), ("sings", "VERB"), (".", "PUNCT")]
    assert tagger.tag([["Anna", "runs"], ""])[1] == [] and tagger.tag([]) == []
    word = tagger.tag("the cat")[1]
    assert (word.word, word.tag) == ("cat", "NOUN")


def test_what_keras_prints_is_the_accuracy_over_all_words(tagger, small):
    for split in ("train", "test"):
        printed = tagger.evaluate(small.batches(split), return_dict=True, verbose=0)
        assert printed["accuracy"] == pytest.approx(tagger.scores(small, split)["accuracy"], abs=1e-6)
    metric = StepAccuracy()  # two batches of different length: each word counts once
    for length, answer in ((2, [1.0, 0.0]), (50, [0.0, 1.0])):
        weights = np.zeros((1, length))
        weights[0, 0] = 1
        metric.update_state(np.zeros((1, length)), np.tile(answer, (1, length, 1)), weights)
    assert float(metric.result()) == 0.5


@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_padding_changes_nothing_and_looking_back_is_only_looking_back(small, architecture, bidirectional):
    model = build_tagging_model(small.vectorizer, architecture=architecture, bidirectional=bidirectional, **SMALL)
    sentence = ["the", "big", "zebra", "runs", "loudly"]
    logits = model.predict_on_batch(small.vectorizer.inputs([sentence]))
    padded = model.predict_on_batch(small.vectorizer.inputs([sentence, sentence * 2], 16))
    np.testing.assert_allclose(padded[0, :5], logits[0], atol=1e-5)
    other = model.predict_on_batch(small.vectorizer.inputs([[*sentence[:3], "Anna", "."]]))
    same = np.abs(other[0, :3] - logits[0, :3]).max(axis=-1) < 1e-6
    assert not same.any() if bidirectional else same.all()
    assert np.abs(other[0, 3] - logits[0, 3]).max() > 1e-6


def test_spelling_tells_of_words_never_seen(small):
    known = small.vectorizer.inputs([["the", "xxxings", "."]]), small.vectorizer.inputs([["the", "xxxat", "."]])
    for characters in (True, False):
        model = build_tagging_model(small.vectorizer, characters=characters, **SMALL)
        one, two = (model.predict_on_batch(inputs)[0, 1] for inputs in known)
        assert np.allclose(one, two) is not characters


def test_the_vector_of_the_unknown_word_is_trained(small):
    model = build_tagging_model(small.vectorizer, **SMALL)
    before = model.get_layer("embedding").get_weights()[0][1].copy()
    model.fit(small.train, epochs=2, verbose=0)
    assert np.abs(model.get_layer("embedding").get_weights()[0][1] - before).max() > 1e-4
    layer = model.get_layer("unknown_words")
    ids = np.array([[2, 3, 0]] * 2_000)
    dropped = keras.ops.convert_to_numpy(layer(ids, training=True))
    assert (dropped[:, 2] == 0).all() and 0 < (dropped[:, :2] == 1).mean() < 0.1
    rare = np.full((2_000, 1), layer.rare_from)
    assert 0.4 < (keras.ops.convert_to_numpy(layer(rare, training=True)) == 1).mean() < 0.6
    assert (keras.ops.convert_to_numpy(layer(ids)) == ids).all()


def test_same_seed_same_losses(small):
    losses = []
    for seed in (0, 0, 1):
        model = build_tagging_model(small.vectorizer, **{**SMALL, "seed": seed})
        losses.append(model.fit(small.train, epochs=1, verbose=0).history["loss"])
    assert losses[0] == losses[1] != losses[2]


def test_overfits_a_handful_whatever_the_words_mean(tmp_path):
    random = np.random.default_rng(0)
    lines = [" ".join(f"w{n}{i}/{random.choice(list('ABC'))}" for i in range(4)) for n in range(6)]
    (tmp_path / "random.txt").write_text("\n".join(lines))
    data = load_tagged_sentences(tmp_path / "random.txt", test_fraction=0.2, validation_fraction=0)
    model = build_tagging_model(data.vectorizer, dropout=0, word_dropout=0, **SMALL)
    model.fit(data.train, epochs=80, verbose=0)
    assert model.scores(data, "train")["accuracy"] == 1.0


@pytest.mark.backend
@pytest.mark.parametrize("architecture", ["lstm", "transformer"])
def test_build_fit_tag_save_load(small, architecture, tmp_path):
    model = build_tagging_model(small.vectorizer, architecture=architecture, **SMALL)
    model.fit(small.train, validation_data=small.validation, epochs=1, verbose=0)
    before = model.tag(["Anna runs loudly", "a big lion jumps ."])
    model.save(tmp_path / "tagger.keras")
    again = load_model(tmp_path / "tagger.keras")
    assert again.tag(["Anna runs loudly", "a big lion jumps ."]) == before
    assert again.vectorizer == small.vectorizer


def test_works_in_a_new_process(tagger, tmp_path, new_process):
    tagger.save(tmp_path / "tagger.keras")
    code = """
import sys, json, keras, kseq.registered
model = keras.saving.load_model(sys.argv[1], safe_mode=True)
print(json.dumps(model.tag("The dog sleeps.")))
"""
    assert json.loads(new_process(code, tmp_path / "tagger.keras")) == [list(w) for w in tagger.tag("The dog sleeps.")]


def test_a_plain_size():
    model = build_tagging_model(50, num_classes=3, units=8, embedding_dim=8, seed=0)
    ids, tags = np.random.default_rng(0).integers(2, 50, (16, 5)), np.zeros((16, 5), int)
    model.fit(ids, tags, epochs=1, verbose=0)
    assert model.predict(ids, verbose=0).shape == (16, 5, 3)
    with pytest.raises(ValueError, match="`tag` needs raw text"):
        model.tag("a cat")


def test_word_vectors_begin_the_table(small, tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("cat 1 2 3 4\ndog 5 6 7 8\n")
    model = build_tagging_model(small.vectorizer, embeddings=path, units=8)
    table = model.get_layer("embedding").get_weights()[0]
    assert table[2 + small.vectorizer.vocabulary.index("dog")].tolist() == [5, 6, 7, 8]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"architecture": "lstn"}, "Did you mean 'lstm'"),
        ({"units": 0}, "Received: units=0"),
        ({"bidirectional": 1}, "`bidirectional` must be True or False"),
        ({"word_dropout": 1}, "`word_dropout` must be a number"),
        ({"num_classes": 4}, "`num_classes` must agree"),
        ({"architecture": "transformer", "embedding_dim": 10}, "`num_heads` must divide"),
    ],
)
def test_refusals(small, arguments, message):
    with pytest.raises(ValueError, match=message):
        build_tagging_model(small.vectorizer, **arguments)


def test_refuses_characters_without_a_vectorizer():
    with pytest.raises(ValueError, match="`characters` needs a dataset's vectorizer"):
        build_tagging_model(50, num_classes=3, characters=True)


def test_the_report_counts_by_hand(small):
    class Fake:
        vectorizer = small.vectorizer

        def said(self, dataset, split):
            return [["NOUN" if tag == "VERB" else tag for tag in row] for row in dataset.tags(split)]

    report = tag_report(Fake(), small, "train")
    nouns, verbs = (sum(row.count(tag) for row in small.tags("train")) for tag in ("NOUN", "VERB"))
    assert report.scores.loc["NOUN", "precision"] == pytest.approx(nouns / (nouns + verbs))
    assert report.scores.loc["NOUN", "recall"] == 1 and report.scores.loc["VERB", "F1"] == 0
    assert report.scores.loc["NOUN", "F1"] == pytest.approx(2 * nouns / (2 * nouns + verbs))
    assert report.confusion.loc["VERB", "NOUN"] == verbs == confusions(report)[0][2]
    assert report.scores.loc["mean", "words"] == sum(map(len, small.tags("train")))
    assert f"VERB NOUN {verbs}×" in report_text(report)
    met = report.scores[report.scores.words > 0].drop("mean")  # VERB was never given: 0 in the mean of each column
    assert np.isnan(met.precision["VERB"])
    assert report.scores.precision["mean"] == pytest.approx(met.precision.fillna(0).mean())
    assert "ADP" not in report.scores.index


def test_the_report_refuses_tags_that_the_model_does_not_know(small, tmp_path):
    (tmp_path / "penn.txt").write_text("the/DT cat/NN\nthe/DT dog/NN\na/DT bird/NN\n")
    penn = load_tagged_sentences(tmp_path / "penn.txt", validation_fraction=0)
    model = build_tagging_model(small.vectorizer, **SMALL)
    with pytest.raises(ValueError, match=r"^penn: expected the tags of the model \('ADJ', .*found 'DT', 'NN' in"):
        tag_report(model, penn)


@pytest.mark.parametrize("wrong", [None, 5, ["a", None], [["a", None]], [["a"], 3]])
def test_what_is_no_sentence_is_refused_in_one_sentence(small, wrong):
    with pytest.raises(TypeError, match=r"(a sentence, or a list of sentences|a string or a list of words)\. Received"):
        build_tagging_model(small.vectorizer, **SMALL).tag(wrong)


@pytest.mark.slow
def test_only_both_directions_know_what_later_words_tell():
    """Row G4, on words that training never shows, or never in that role."""
    data = load_tagged_sentences("ambiguous")
    settings = {"units": 32, "embedding_dim": 32, "learning_rate": 5e-3, "word_dropout": 0.2, "seed": 0}
    right = {}
    for bidirectional in (True, False):
        model = build_tagging_model(data.vectorizer, bidirectional=bidirectional, **settings)
        model.fit(data.train, epochs=8, verbose=0)
        right[bidirectional] = model.scores(data)["ambiguous-word accuracy"]
        answers = model.tag([text for text, _, _ in COURSE_SENTENCES])
        hits = [row[place].tag == tag for row, (_, place, tag) in zip(answers, COURSE_SENTENCES, strict=True)]
        assert sum(hits) == (4 if bidirectional else 2)  # looking back, the two of a pair look the same
    assert right[True] >= 0.95
    assert right[False] < 0.6


@pytest.mark.slow
@pytest.mark.real_data
def test_universal_dependencies_in_one_epoch(real_data):
    data = load_tagged_sentences(real_data / "pos" / "UD_English-EWT")
    model = build_tagging_model(data.vectorizer, seed=0)
    model.fit(data.train, epochs=1, verbose=0)
    scores, baseline = model.scores(data), data.baselines().loc["most frequent tag per word"]
    assert scores["accuracy"] > 0.9 > baseline["accuracy"]
    assert scores["unknown-word accuracy"] > baseline["unknown-word accuracy"] + 0.3


def test_words_given_as_sentences_are_said(tagger):
    with pytest.warns(UserWarning, match=r"2 strings of one word each .* a list in a list: \[\['They', \"don't\"\]\]"):
        tagger.tag(["They", "don't"])
    for fine in (["Stop!", "Go."], ["Anna runs", "Go"], [["They"], ["run"]], ["Anna"], ["Anna", ""]):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tagger.tag(fine)


def test_a_foreign_language_is_said(tagger, small, tmp_path):
    rows = "".join(f"кот{n}/NOUN спит{n}/VERB быстро{n}/ADV\n" for n in range(30))
    path = tmp_path / "foreign.txt"
    path.write_text(rows)
    other = load_tagged_sentences(path, vectorizer=small.vectorizer)
    with pytest.warns(UserWarning, match=r"100% of the test words are unknown to the model.*is it another language\?"):
        tagger.scores(other)


def test_raw_sentences_can_be_looked_into(small):
    """A tagger reads ids and spelling, and both come from the words."""
    model = build_tagging_model(small.vectorizer, architecture="lstm", bidirectional=True, **SMALL)
    seen = trace(model, ["Pass me the orange", "Rest"])["bidirectional_1/forward"]
    assert [word for word in seen.tokens[0] if word] == [
        word if word in small.vectorizer.vocabulary else "[UNK]" for word in ("pass", "me", "the", "orange")
    ]
    assert seen["hidden_state"].shape[:2] == (2, 4)
    graph = unroll(model, "Pass me the orange")
    assert "many-to-many, synchronised" in str(graph)
    assert {node.label for node in graph.nodes if node.label} >= {"Pass", "orange"}
