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
        (["--prompt", "a", "--top-k", "99"], "`top_k` must be an integer from 1 to 31"),
    ],
)
def test_one_line_says_what_is_wrong(file, capsys, arguments, message):
    with pytest.raises(SystemExit) as stop:
        main(["generate", str(file), *arguments])
    shown = capsys.readouterr()
    assert stop.value.code == 2 and shown.out == ""
    assert shown.err.count("\n") == 1 and message in shown.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--prompt", ""], "leave --prompt out to begin with a line break"),
        (["--stop", ""], "--stop is empty"),
        (["--length", "0"], "'--length': 0 is not in the range x>=1"),
        (["--temperature", "0"], "'--temperature': 0.0 is not in the range x>0"),
        (["--temperature", "nan"], "'--temperature': nan is not a finite number"),
        (["--temperature", "inf"], "'--temperature'"),
        (["--temperature", "hot"], "'--temperature'"),
        (["--top-k", "0"], "'--top-k'"),
        (["--top-p", "0"], "'--top-p'"),
        (["--top-p", "1.5"], "'--top-p'"),
        (["--repetition-penalty", "-1"], "'--repetition-penalty'"),
        (["--sampler", "beam", "--beams", "0"], "'--beams'"),
        (["--seed", "-1"], "'--seed'"),
        (["--beams", "3"], "--beams has no effect with --sampler random: it goes with --sampler beam."),
        (["--sampler", "greedy", "--top-k", "3"], "--top-k has no effect with --sampler greedy"),
        (["--sampler", "beam", "--repetition-penalty", "2"], "it goes with --sampler random or greedy."),
    ],
)
def test_options_are_looked_at_before_the_file(capsys, arguments, message):
    with pytest.raises(SystemExit) as stop:
        main(["generate", "nowhere.keras", *arguments])
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
