"""The music model: it learns, writes what it learned, obeys its prompt, and survives saving."""

import json

import keras
import numpy as np
import pytest

from kseq import build_music_model, load_model, load_tunes
from kseq.data.tunes.tune import Tune
from kseq.tasks.scoring import beside_baselines, main_score

SMALL = {"embedding_dim": 16, "units": 24, "num_layers": 1, "dropout": 0.0}
ARCHITECTURES = ("lstm", "gru", "transformer")


@pytest.fixture(scope="module")
def tunes():
    return load_tunes(batch_size=16)


@pytest.fixture(scope="module")
def handful(tmp_path_factory):
    """Four short tunes, to be learned by heart; validation and test are empty."""
    path = tmp_path_factory.mktemp("handful") / "four.abc"
    bodies = ("CDEF GABc|cBAG FEDC|CDEF GABc|c4 C4|]", "e2ec ecec|g2ge gege|e2ec ecec|c4 c4|]")
    path.write_text(
        "\n".join(f"X:{n}\nM:4/4\nL:1/8\nK:{k}\n{bodies[n % 2]}\n" for n, k in enumerate(("C", "G", "D", "A")))
    )
    return load_tunes(path, validation_fraction=0, test_fraction=0, batch_size=4)


@pytest.fixture(scope="module")
def trained(handful):
    model = build_music_model(handful.vectorizer, units=48, embedding_dim=24, num_layers=1, dropout=0.0, seed=0)
    model.compile(keras.optimizers.Adam(0.02), model.loss)
    model.fit(handful.train, epochs=120, verbose=0)
    return model


@pytest.fixture(scope="module", params=ARCHITECTURES)
def untrained(request, tunes):
    return build_music_model(tunes.vectorizer, architecture=request.param, seed=1, num_heads=2, **SMALL)


def test_a_handful_is_learned_by_heart(trained, handful):
    assert trained.evaluate(handful.batches("train", shuffle=False), verbose=0, return_dict=True)["loss"] < 0.15
    for tune in handful.tunes("train"):
        written = trained.compose({"key": tune.key.name}, temperature=0.1, seed=0)
        assert written.problems == []
        assert written.finished
        assert [bar.text for bar in written.bars] == [bar.text for bar in tune.bars]
        assert written.notes == tune.notes


def test_the_beginning_of_a_tune_goes_on(trained):
    tune = trained.compose("X:5\nT:Mine\nM:4/4\nL:1/16\nK:C\nC2D2E2F2 G2A2B2c2|", temperature=0.1, seed=0)
    assert tune.abc.endswith("CDEF GABc|cBAG FEDC|CDEF GABc|c4 C4|]")
    assert tune.is_good


def test_tunes_that_do_not_end_are_not_good(trained):
    tune = trained.compose({"key": "C"}, temperature=0.1, seed=0, max_new_tokens=10)
    assert not tune.finished and not tune.is_good
    assert "the tune was not ended" in tune.problems


@pytest.mark.slow
def test_bars_become_full_and_beat_the_n_gram(tunes):
    model = build_music_model(tunes.vectorizer, units=128, num_layers=1, dropout=0.1, seed=0)
    model.fit(tunes.train, epochs=14, verbose=0)
    baselines = tunes.baselines("validation")
    scores = model.scores(tunes, "validation")
    assert scores["full bars"] > baselines.loc["n-gram", "full bars"] + 0.2
    assert scores["bits_per_character"] < baselines.loc["n-gram", "bits_per_character"]


def test_padding_does_not_count(untrained, tunes):
    ids, _, weights = next(iter(tunes.arrays("validation", batch_size=2)))
    size = int((weights[0] > 0).sum())
    alone = np.asarray(untrained.predict_on_batch(ids[:1, :size]))
    padded = np.pad(ids[:1, :size], ((0, 0), (0, 37)))
    np.testing.assert_allclose(np.asarray(untrained.predict_on_batch(padded))[:, :size], alone, atol=2e-5)


def test_nothing_looks_ahead(untrained, tunes):
    row = tunes.rows("validation")[0][None]
    other = row.copy()
    other[:, 40:] = 7
    before, after = (np.asarray(untrained.predict_on_batch(ids))[:, :40] for ids in (row, other))
    np.testing.assert_allclose(before, after, atol=2e-5)


def test_the_loss_is_the_mean_over_all_tokens(untrained, tunes):
    given = untrained.evaluate(tunes.batches("validation", shuffle=False), verbose=0, return_dict=True)["loss"]
    losses = []
    for ids, targets, weights in tunes.arrays("validation", batch_size=28):
        logits = np.asarray(untrained.predict_on_batch(ids), np.float64)
        logs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
        own = -np.take_along_axis(logs, targets[..., None], -1)[..., 0]
        losses += list(own[weights > 0])
    assert given == pytest.approx(np.mean(losses), rel=1e-4)


def test_prompts_are_obeyed(untrained):
    for tune in untrained.compose({"key": "A dorian", "metre": "6/8"}, count=3, seed=1, max_new_tokens=8):
        assert tune.abc.startswith("X:")
        assert "\nM:6/8\nL:1/8\nK:Ador\n" in tune.abc
    tune = untrained.compose("R:Reel\nK:G", seed=1, max_new_tokens=8)
    assert "R:reel\nM:4/4\nL:1/8\nK:G\n" in tune.abc


def test_no_header_line_stands_in_the_music(untrained, tunes):
    """Untrained, it would choose one of them every few notes."""
    assert len(tunes.vectorizer.header_ids()) > 10
    tunes = untrained.compose(count=4, seed=6, max_new_tokens=60)
    written = [tune.abc.partition("\nK:")[2].partition("\n")[2] for tune in tunes]
    assert sum(map(len, written)) > 300
    assert not any(
        f"{letter}:" in music.replace("[M:", "").replace("[K:", "") for music in written for letter in "XMLRK"
    )


def test_headers_are_drawn_from_the_training_tunes(untrained, tunes):
    drawn = {tune.abc.split("L:")[0].split("R:")[1] for tune in untrained.compose(count=40, seed=2, max_new_tokens=2)}
    assert len(drawn) >= 6
    assert drawn <= {f"{rhythm}\nM:{metre}\n" for rhythm, metre, _, _ in tunes.vectorizer.headers}


def test_seeds_fix_the_tunes(untrained):
    one, same, other = (untrained.compose(count=2, seed=seed, max_new_tokens=20) for seed in (3, 3, 4))
    assert [tune.abc for tune in one] == [tune.abc for tune in same]
    assert [tune.abc for tune in one] != [tune.abc for tune in other]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ({"key": "C#"}, "expected as key one of A, Ador"),
        ({"metre": "7/8"}, "expected as metre one of 12/8"),
        ({"rhythm": "tango"}, "expected as rhythm one of hornpipe"),
        ({"tempo": "120"}, "some of the names key, metre, rhythm"),
        ({"key": 3}, "with strings"),
        ({"key": "H"}, "expected a key such as"),
        ("", "is empty"),
        ("ABcd|", "expected a K: field before the notes"),
        ("M:4/4\nK:G\nAB&c", "expected ABC notes, found '&c'"),
        ("M:4/4\nL:1/8\nK:G\n^^A7|", "that occur in the training tunes, found '^^A7'"),
        (5, "Received: int"),
    ],
)
def test_bad_prompts(untrained, prompt, expected):
    with pytest.raises(ValueError) as error:
        untrained.compose(prompt)
    assert expected in str(error.value) and "`prompt`" in str(error.value)


@pytest.mark.parametrize("bad", [{"count": 0}, {"attempts": 0}, {"seed": -1}, {"temperature": 0}])
def test_bad_arguments(untrained, bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        untrained.compose(max_new_tokens=4, **bad)


def test_builder_refuses():
    with pytest.raises(ValueError, match=r"`architecture` must be one of lstm, gru, transformer\..*'dense'"):
        build_music_model(50, architecture="dense")
    with pytest.raises(ValueError, match="Received: units=-3"):
        build_music_model(50, units=-3)
    with pytest.raises(ValueError, match="`compose` needs"):
        build_music_model(50, **SMALL).compose()


def test_attempts_only_write_bad_tunes_anew(trained):
    once = trained.compose(count=6, temperature=1.6, seed=5)
    often = trained.compose(count=6, temperature=1.6, seed=5, attempts=5)
    for one, other in zip(once, often, strict=True):
        assert other.abc == one.abc if one.is_good else True
    assert sum(tune.is_good for tune in often) >= sum(tune.is_good for tune in once)


def test_the_same_seed_gives_the_same_losses(tunes):
    losses = []
    for _ in range(2):
        model = build_music_model(tunes.vectorizer, seed=4, **{**SMALL, "dropout": 0.2})
        losses.append(model.fit(tunes.batches("validation", batch_size=8), epochs=1, verbose=0).history["loss"])
    assert losses[0] == losses[1]


def test_scores_have_the_columns_of_the_baselines(handful, trained):
    table = beside_baselines(trained, handful, "train")
    assert list(table.index[:2]) == ["held-out tunes", "n-gram"]
    assert not table.iloc[-1].isna().any()
    assert table.iloc[-1]["copied bars"] > 0.8  # it has learned them by heart, and the score says so
    assert main_score(table.drop(index="held-out tunes")) == "good tunes"


@pytest.mark.backend
def test_build_fit_compose_save(tmp_path, handful):
    model = build_music_model(handful.vectorizer, seed=0, **SMALL)
    model.fit(handful.train, epochs=1, verbose=0)
    tune = model.compose({"key": "G"}, seed=1, max_new_tokens=12)
    model.save(tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras")
    assert again.compose({"key": "G"}, seed=1, max_new_tokens=12).abc == tune.abc


def test_works_in_a_new_process(trained, tmp_path, new_process):
    trained.save(tmp_path / "music.keras")
    code = """
import json, sys, kseq
model = kseq.load_model(sys.argv[1])
tune = model.compose({"key": "D"}, temperature=0.1, seed=2)
print(json.dumps([type(model).__name__, tune.abc, tune.is_good]))
"""
    name, abc, is_good = json.loads(new_process(code, tmp_path / "music.keras"))
    assert (name, is_good) == ("MusicModel", True)
    assert abc == trained.compose({"key": "D"}, temperature=0.1, seed=2).abc
    assert Tune(abc).is_good
