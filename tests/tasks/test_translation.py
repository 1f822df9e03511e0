"""Translation models learn, look at the right words, and do not depend on padding (rows S6, Q1–Q6, X1)."""

import json

import keras
import numpy as np
import pytest

from kseq import build_translation_model, load_model, load_sentence_pairs
from kseq.tasks.training import train

NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight"]
SIZES = {"embedding_dim": 32, "units": 64, "num_heads": 4, "num_layers": 1, "dropout": 0.0}
RATES = {"seq2seq": 8e-3, "attention": 8e-3, "transformer": 4e-3}


def write_pairs(path, count=700, longest=5):
    """Sentences that are "translated" by saying their words backwards, in capitals: any seed makes the same ones."""
    random = np.random.default_rng(0)
    rows = {}
    while len(rows) < count:
        words = random.choice(NUMBERS, random.integers(2, longest + 1)).tolist()
        rows[" ".join(words)] = " ".join(f"{word}a" for word in reversed(words))
    path.write_text("".join(f"{source}.\t{target}!\n" for source, target in rows.items()))
    return path


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    return load_sentence_pairs(write_pairs(tmp_path_factory.mktemp("pairs") / "reverse.tsv"), batch_size=32)


def built(pairs, architecture, **options):
    options = {**SIZES, "learning_rate": RATES[architecture], "seed": 0, **options}
    return build_translation_model(pairs.vectorizer, architecture=architecture, **options)


@pytest.fixture(scope="module")
def trained(pairs):
    """An attention model that knows how to reverse; tests must not train it further."""
    model = built(pairs, "attention")
    model.fit(pairs.train, epochs=14, verbose=0)
    return model


def loss(model, source, target, told):
    """The mean loss of the real steps."""
    return float(model.evaluate({"source": source, "target": target}, told, return_dict=True, verbose=0)["loss"])


@pytest.mark.backend
def test_learns_saves_and_translates(pairs, trained, tmp_path):
    scores = trained.scores(pairs, "test", beam=1)
    assert scores["exact match"] > 0.9  # on sentences that it never saw; copying has 0
    assert set(scores) == {"BLEU", "chrF", "exact match"}
    path = tmp_path / "reverse.keras"
    trained.save(path)
    sentences = pairs.sources("test")[:5]
    assert load_model(path).translate(sentences) == trained.translate(sentences)


@pytest.mark.parametrize("architecture", ["seq2seq", "transformer"])
def test_overfits_a_handful(pairs, architecture):
    sources, targets = zip(*pairs.pairs("train")[:12], strict=True)
    model = built(pairs, architecture)
    target, told = pairs.vectorizer.encode_target(targets)
    source = pairs.vectorizer.encode_source(sources)
    model.fit({"source": source, "target": target}, told, epochs=150, batch_size=12, verbose=0)
    assert model.translate(sources) == list(targets)
    assert model.translate(sources, beam=1) == list(targets)


def test_the_words_look_at_what_they_translate(pairs, trained):
    for one in trained.translate(pairs.sources("test")[:10], details=True):
        assert one.alignment.shape == (len(one.words), len(one.source_words))
        np.testing.assert_allclose(one.alignment.sum(axis=1), 1, atol=1e-5)
        assert str(one) == one.text
    looked = [np.argmax(one.alignment[0]) for one in trained.translate(["one two three four five."], details=True)]
    assert looked[0] >= 3  # the first word is the last of the source


def test_blank_unknown_and_single_sentences(trained):
    assert trained.translate(["", "  ", "one two."])[:2] == ["", ""]
    assert trained.translate("one two.") == trained.translate(["one two."])[0]
    assert trained.translate([]) == []
    assert "\ufffd" not in trained.translate("one zebra.", unknown="never")
    assert len(trained.translate("one two three.", max_words=2, details=True).words) <= 2


def test_unknown_words_are_copied(pairs):
    from kseq.tasks.translating import copied

    weights = np.array([[0.1, 0.9], [0.8, 0.2]])
    assert copied("Ve \ufffd.", ("ve", "\ufffd"), ("Zebulon", "go"), weights) == ("Ve Zebulon.", ("ve", "Zebulon"))


@pytest.mark.parametrize("architecture", ["seq2seq", "attention", "transformer"])
def test_padding_and_later_words_change_nothing(architecture):
    model = build_translation_model((11, 13), architecture=architecture, **SIZES, seed=0)
    source, target = np.array([[5, 6, 7]]), np.array([[11, 4, 5, 6]])
    logits = np.asarray(model.predict({"source": source, "target": target}, verbose=0))
    padded = {"source": np.pad(source, ((0, 0), (0, 5))), "target": np.pad(target, ((0, 0), (0, 3)))}
    np.testing.assert_allclose(model.predict(padded, verbose=0)[:, :4], logits, atol=1e-5)
    later = np.array([[11, 4, 9, 9]])
    np.testing.assert_allclose(
        model.predict({"source": source, "target": later}, verbose=0)[:, :2], logits[:, :2], atol=1e-5
    )
    other = model.predict({"source": source[:, ::-1].copy(), "target": target}, verbose=0)
    assert np.abs(other - logits).max() > 1e-3  # but the order of the source does change it


def test_only_the_last_state_reaches_a_decoder_without_attention():
    """The bottleneck (Q2): two sources with the same last state have the same logits, whatever their steps were."""
    model = build_translation_model(11, architecture="seq2seq", bidirectional=False, **SIZES, seed=0)
    encoder = model.get_layer("encoder_1").output
    target_side = model.get_layer("decoder_1").input
    assert encoder[0] not in keras.tree.flatten(target_side)
    assert any(encoder[1] is one for one in keras.tree.flatten(target_side))


def test_the_loss_counts_each_real_word_once(pairs):
    model = built(pairs, "seq2seq")
    reported = model.evaluate(pairs.batches("test"), return_dict=True, verbose=0)["loss"]
    sources, targets = zip(*pairs.pairs("test"), strict=True)
    target, told = pairs.vectorizer.encode_target(targets)
    logits = model.predict({"source": pairs.vectorizer.encode_source(sources), "target": target}, verbose=0)
    log_p = np.asarray(keras.ops.log_softmax(logits))
    own = np.take_along_axis(log_p, told[..., None].astype("int64"), axis=-1)[..., 0][told != 0]
    assert reported == pytest.approx(-own.mean(), rel=1e-4)


def test_same_seed_same_losses(pairs):
    def losses():
        return built(pairs, "transformer", dropout=0.2).fit(pairs.train, epochs=2, verbose=0).history["loss"]

    assert losses() == losses()


def test_stops_on_bleu(pairs):
    history = train(built(pairs, "attention"), pairs, epochs=2, verbose=0)
    assert len(history.history["val_bleu"]) == 2
    assert all(0 <= score <= 100 for score in history.history["val_bleu"])


def test_exposure(pairs):
    half_trained = built(pairs, "seq2seq")
    half_trained.fit(pairs.train, epochs=3, verbose=0)
    table = half_trained.exposure(pairs, "train", sentences=100)
    assert list(table.index) == ["teacher forcing", "free running"]
    assert table.loss["free running"] > table.loss["teacher forcing"]  # its own mistakes were never shown to it
    assert table.accuracy["free running"] < table.accuracy["teacher forcing"]


def test_works_in_a_new_process(trained, tmp_path, new_process):
    path = tmp_path / "model.keras"
    trained.save(path)
    code = """
import sys, json, kseq
print(json.dumps(kseq.load_model(sys.argv[1]).translate(["one two three.", "four one."])))
"""
    assert json.loads(new_process(code, path)) == trained.translate(["one two three.", "four one."])


def test_embeddings_on_both_sides(pairs):
    from kseq.data import WordVectors

    words = ["one", "two", "onea"]
    vectors = WordVectors(words, np.arange(24, dtype="float32").reshape(3, 8))
    model = built(pairs, "attention", embeddings={"source": vectors, "target": vectors})
    for side, word in (("source", "two"), ("target", "onea")):
        own = getattr(pairs.vectorizer, side)
        table = model.get_layer(f"{side}_words").get_weights()[0]
        np.testing.assert_array_equal(table[own.encode([word])[0, 0]], vectors.matrix[words.index(word)])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"architecture": "atention"}, "Did you mean 'attention'"),
        ({"attention_score": "cosine"}, "attention_score='cosine'"),
        ({"units": -3}, "units=-3"),
        ({"position": "learned"}, "position='learned'"),
        ({"architecture": "transformer", "num_heads": 5}, "num_heads=5"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=message):
        build_translation_model(20, **arguments)


def test_sentences_need_a_vectorizer():
    with pytest.raises(ValueError, match="`translate` needs raw text"):
        build_translation_model(20, **SIZES).translate(["one"])


def test_beams_are_counted_from_one(trained):
    with pytest.raises(ValueError, match="beam=0"):
        trained.translate("one", beam=0)


def test_the_other_direction_is_said(pairs, trained, tmp_path):
    path = write_pairs(tmp_path / "reverse.tsv")
    back = load_sentence_pairs(path, vectorizer=pairs.vectorizer, reverse=True)
    with pytest.warns(
        UserWarning, match=r"% of the source words are unknown .* is it the other direction \(`reverse`\)\?"
    ):
        trained.scores(back, beam=1)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only TensorFlow traces the step in two goes")
def test_the_training_step_is_traced_once(pairs, monkeypatch):
    model = built(pairs, "transformer")
    traced, step = [], type(model).train_step

    def counted(self, data):
        traced.append(1)
        return step(self, data)

    monkeypatch.setattr(type(model), "train_step", counted)
    model.fit(pairs.train, epochs=1, steps_per_epoch=1, verbose=0)
    assert len(traced) == 1
