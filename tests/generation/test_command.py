"""`kseq generate`, and models that were saved: the same text in a new process."""

import pytest

import kseq
from kseq.cli import main
from kseq.generation import generate
from kseq.tasks.text import TextModel
from tests.generation.models import recurrent


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    plain = recurrent("GRU")
    path = tmp_path_factory.mktemp("models") / "verse.keras"
    TextModel(plain.input, plain.output).save(path)
    return path


def test_the_text_is_that_of_generate(file, capsys):
    main(["generate", str(file), "--prompt", "roses are", "--length", "30", "--seed", "4", "--top-k", "5"])
    expected = generate(kseq.load_model(file), "roses are", 30, seed=4, top_k=5)
    assert capsys.readouterr().out == expected + "\n"


def test_greedy_beams_and_stop(file, capsys):
    model = kseq.load_model(file)
    main(["generate", str(file), "--prompt", "roses", "--length", "6", "--sampler", "greedy"])
    assert capsys.readouterr().out == generate(model, "roses", 6, sampler="greedy") + "\n"
    main(["generate", str(file), "--prompt", "roses", "--length", "6", "--sampler", "beam", "--beams", "2"])
    assert capsys.readouterr().out == generate(model, "roses", 6, sampler="beam", num_beams=2) + "\n"
    first = generate(model, "roses", 1, sampler="greedy", include_prompt=False)
    main(["generate", str(file), "--prompt", "roses", "--sampler", "greedy", "--stop", first])
    assert capsys.readouterr().out == "roses\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--prompt", "€"], "`prompt` holds what the model's vocabulary does not: '€'"),
        (["--prompt", ""], "`prompt` is empty"),
        (["--prompt", "a", "--temperature", "0"], "`temperature` must be a number above 0"),
        (["--prompt", "a", "--length", "0"], "--length"),
    ],
)
def test_one_line_says_what_is_wrong(file, capsys, arguments, message):
    with pytest.raises(SystemExit) as stop:
        main(["generate", str(file), *arguments])
    shown = capsys.readouterr()
    assert stop.value.code == 2 and shown.out == ""
    assert shown.err.count("\n") == 1 and message in shown.err


def test_a_missing_file_is_named(capsys):
    with pytest.raises(SystemExit):
        main(["generate", "nowhere.keras"])
    assert "there is no model file nowhere.keras" in capsys.readouterr().err


@pytest.mark.backend
def test_a_new_process_writes_the_same(file, new_process):
    code = (
        "import sys, kseq; print(kseq.load_model(sys.argv[1]).generate('roses', 25, seed=9, temperature=0.8), end='')"
    )
    expected = kseq.load_model(file).generate("roses", 25, seed=9, temperature=0.8)
    assert new_process(code, file) == expected
