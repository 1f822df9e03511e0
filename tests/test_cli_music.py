"""`kseq train music`, `kseq predict` and `kseq evaluate` with a composer."""

import wave

import pytest

from tests.test_cli import refuses, run

SMALL = ["--units", 12, "--embedding-dim", 8, "--layers", 1, "--epochs", 1]
TUNE = "X:{n}\nM:4/4\nL:1/8\nK:G\n{a}2AB cdef|gfed cBAG|{a}2AB cdef|g4 {a}4|]\n"


@pytest.fixture(scope="module")
def tunes_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("cli music") / "my tunes.abc"
    path.write_text("\n".join(TUNE.format(n=n, a="CDEFGABcdefg"[n]) for n in range(12)))
    return path


@pytest.fixture(scope="module")
def model_file(tunes_file, tmp_path_factory):
    from kseq import build_music_model, load_tunes

    tunes = load_tunes(tunes_file)
    model = build_music_model(tunes.vectorizer, units=12, embedding_dim=8, num_layers=1, seed=0)
    path = tmp_path_factory.mktemp("cli music model") / "music.keras"
    model.save(path)
    return path


def test_help_answers_without_tensorflow(new_process):
    code = """
import sys
from kseq.cli import main
try:
    main(["train", "music", "--help"])
except SystemExit as end:
    assert not end.code
assert not {"tensorflow", "keras", "pandas", "matplotlib"} & set(sys.modules)
"""
    assert "--architecture" in new_process(code)


def test_train(capfd, tunes_file, tmp_path):
    path = tmp_path / "music.keras"
    status, output, errors = run(capfd, "train", "music", "--data", tunes_file, *SMALL, "--save", path)
    assert status == 0, errors
    assert "12 tunes" in output and "n-gram" in output and "held-out tunes" in output and "this model" in output
    assert f"Saved {path}" in output and path.exists()


def test_predict_writes_tunes_and_files(capfd, model_file, tmp_path):
    midi, wav = tmp_path / "a.mid", tmp_path / "a.wav"
    names = {f"a-{n}{end}" for n in (1, 2) for end in (".mid", ".wav")}
    arguments = ("--count", 2, "--key", "G", "--metre", "4/4", "--seed", 1, "--midi", midi, "--wav", wav)
    status, output, errors = run(capfd, "predict", model_file, *arguments)
    written = {path.name for path in tmp_path.iterdir()}
    missing = names - written
    assert bool(status) == bool(missing), errors
    assert all(str(tmp_path / name) in errors for name in missing) and ("not written" in errors) == bool(missing)
    assert "not good; --attempts 5 writes" in errors
    assert "X:1\n" in output and "X:2\n" in output and output.count("M:4/4\nL:1/8\nK:G\n") == 2
    again = run(capfd, "predict", model_file, *arguments)[1]
    assert again == output


def test_a_file_that_was_not_written_is_a_failure(capfd, model_file, tmp_path, monkeypatch):
    from kseq.data.tunes.tune import Tune

    monkeypatch.setattr(Tune, "notes", [])
    status, output, errors = run(capfd, "predict", model_file, "--count", 2, "--seed", 1, "--midi", tmp_path / "a.mid")
    assert status and output.count("X:") == 2  # both tunes are shown all the same
    names = ", ".join(str(tmp_path / name) for name in ("a-1.mid", "a-2.mid"))
    assert errors.splitlines()[-1].endswith(f"not written, as the tune cannot be played: {names}")
    assert not list(tmp_path.iterdir())


def test_a_prompt_is_played(capfd, model_file, tmp_path):
    midi, wav = tmp_path / "a.mid", tmp_path / "a.wav"
    prompt = "M:4/4\\nL:1/8\\nK:G\\nG2AB cdef|gfed cBAG|"
    status, output, errors = run(
        capfd,
        "predict",
        model_file,
        "--prompt",
        prompt,
        "--seed",
        2,
        "--temperature",
        0.01,
        "--midi",
        midi,
        "--wav",
        wav,
    )
    assert bool(status) == ("cannot be played" in errors), errors
    assert "K:G\nG2AB cdef|gfed cBAG|" in output
    if not status:
        assert midi.read_bytes()[:4] == b"MThd"
        with wave.open(str(wav)) as file:
            assert file.getnframes() > 10_000


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--key", "Q"), "expected a key such as"),
        (("--key", "Bb"), "expected as key only G"),
        (("--rhythm", "reel"), "the training tunes name no rhythm (R: fields); leave it out. Received: 'reel'"),
        (("--prompt", "nothing here"), "expected a K: field"),
        (("--prompt", "K:G", "--key", "G"), "--prompt holds the header"),
        (("--count", 0), "--count"),
    ],
)
def test_bad_input(capfd, model_file, arguments, expected):
    status, output, errors = run(capfd, "predict", model_file, *arguments)
    assert status and expected in errors
    assert "Traceback" not in errors and not output


def test_evaluate(capfd, model_file, tunes_file):
    status, output, errors = run(capfd, "evaluate", model_file, "--data", tunes_file)
    assert status == 0, errors
    assert "copied bars" in output and "bits_per_character" in output


def test_bad_data(capfd, tmp_path):
    (tmp_path / "none.abc").write_text("no tunes\n")
    assert "found no X: field" in refuses(capfd, "train", "music", "--data", tmp_path / "none.abc")


def test_a_sound_that_cannot_be_written(capfd, tmp_path):
    from kseq.data.tunes.tune import Tune
    from kseq.data.tunes.waves import write_wav

    with pytest.raises(OSError):
        write_wav(tmp_path / "nodir" / "j.wav", Tune(TUNE.format(n=1, a="D")).notes)
    assert capfd.readouterr().err == ""
