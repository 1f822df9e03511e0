"""`kseq scale`: every question answered, every bad input one line."""

import json
import re

import pytest
from click.testing import CliRunner

from kseq.cli import commands, main
from kseq.cli.amounts import Amount, Share
from kseq.cli.answers import WIDTH
from kseq.cli.scale import EXAMPLES, QUESTIONS, SECTIONS
from kseq.cli.scale import scale as command

CONFIG = {
    "model_type": "llama",
    "hidden_size": 2048,
    "intermediate_size": 5632,
    "num_attention_heads": 32,
    "num_key_value_heads": 4,
    "num_hidden_layers": 22,
    "vocab_size": 32000,
    "max_position_embeddings": 2048,
    "rms_norm_eps": 1e-5,
    "tie_word_embeddings": False,
}


def answer(capfd, *arguments):
    """Standard output of `kseq scale …`, which must succeed, in the width of a terminal."""
    main(["scale", *map(str, arguments)])
    output, errors = capfd.readouterr()
    assert errors == ""
    assert max(map(len, output.splitlines())) <= WIDTH
    return output


def values(capfd, *arguments):
    """The values of `kseq scale … --json`, by their labels."""
    return json.loads(answer_as_json(capfd, *arguments))["values"]


def answer_as_json(capfd, *arguments):
    main(["scale", *map(str, arguments), "--json"])
    return capfd.readouterr().out


def refuses(capfd, *arguments):
    """The one line on standard error of a command that must end with status 2."""
    with pytest.raises(SystemExit) as end:
        main(["scale", *map(str, arguments)])
    output, errors = capfd.readouterr()
    assert end.value.code == 2
    assert output == ""
    assert errors.startswith("kseq: ")
    assert errors.count("\n") == 1
    assert len(errors) < 700
    return errors


@pytest.mark.parametrize("arguments", [["--help"], ["gpt3-175b"], ["1.3B", "--gpus", "8"], ["--list"]])
def test_starts_without_what_is_slow(new_process, arguments):
    code = f"""
import sys
from kseq.cli import main
try:
    main({["scale", *arguments]!r})
except SystemExit as end:
    assert not end.code
assert not {{"tensorflow", "keras", "pandas", "matplotlib", "numpy"}} & set(sys.modules)
"""
    assert "1.3B" in new_process(code) or arguments != ["--help"]


def test_help_shows_every_option_under_a_heading(capfd):
    output = CliRunner().invoke(commands, ["scale", "--help"], terminal_width=WIDTH).output
    assert output.partition("Other options:")[2].split() == ["-h,", "--help", "Show", "this", "message", "and", "exit."]
    known = {one.name for one in command.params if one.name != "models"}
    assert {name for names in SECTIONS.values() for name in names} == known


@pytest.mark.parametrize("line", [line for line, _ in EXAMPLES])
def test_examples_of_the_help_run(capfd, line):
    assert answer(capfd, *line.split()[2:])


def test_overview(capfd):
    output = answer(capfd, "gpt3-175b")
    assert output.startswith("gpt3-175b has 174,604,259,328 parameters: 325.23 GiB in 16 bits")
    assert "12,228" in output  # the deck's width beside the paper's
    assert "9.00 GiB  2,048 tokens" in output
    assert "published: 17" in output


def test_the_question_of_the_issue(capfd):
    """Can I train a 1.3 B model on 8 A100s, how long, how much, what would it emit, and does it fit?"""
    output = answer(capfd, "1.3B", "--gpus", 8, "--gpu", "a100")
    sentence = " ".join(output.partition("\n\n")[0].split())
    assert re.match(
        r"It fits: gpt3-xl on 8 × a100-80gb needs [\d.]+ GiB of 80.00 GiB on each. Trained on 26.31 B tokens it takes "
        r"about [\d.]+ days, \$[\d,]+, and emits [\d.,]+ kg CO2e. → There is room for \d+ sequences",
        sentence,
    )
    for heading in ("Does it fit?", "How long?", "How much?", "What does it emit?"):
        assert f"\n{heading}\n" in output


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("model", ["gpt2", "gpt3-175b", "llama2-70b"])
def test_every_question_as_table_json_and_derivation(capfd, question, model):
    assert answer(capfd, model, "--question", question)
    entry = json.loads(answer_as_json(capfd, model, "--question", question))
    assert (entry["model"], entry["question"]) == (model, question)
    assert entry["answer"]
    every = entry["values"]
    for value in (
        every.values() if isinstance(every, dict) else [row["parameters"] for row in every if "parameters" in row]
    ):
        assert isinstance(value["value"], int | float | bool)  # as numbers, whatever people read
        assert isinstance(value["value"], bool) or "unit" in value or value["value"] < 1e6
    assert not [row for row in entry["values"] if question == "optimal" and not {"law", "recommended"} <= set(row)]
    derivations = answer(capfd, model, "--question", question, "--explain")
    assert "─ " + model in derivations
    assert "[1] " in derivations


def test_questions_give_the_numbers_of_the_library(capfd):
    from kseq.scale import kv_cache, memory, parameters, plan_training

    found = values(capfd, "llama2-70b", "--question", "inference", "--context", 4096)
    assert found["kv_cache"]["value"] == kv_cache("llama2-70b", tokens=4096) == 1.25 * 2**30
    found = values(capfd, "gpt3-xl", "--question", "memory")
    assert found["together"]["value"] == pytest.approx(plan_training("gpt3-xl").memory.training)
    assert found["training_in_32_bits"]["value"] == memory("gpt3-xl").training
    found = values(capfd, "gpt3-xl", "--question", "parameters")
    assert found["all"]["value"] == parameters("gpt3-xl")
    assert sum(part["value"] for name, part in found.items() if name != "all") == parameters("gpt3-xl")
    found = values(capfd, "gpt3-xl", "--question", "time", "--tokens", "300B", "--gpus", "64")
    assert found["tokens"]["value"] == 300_000_000_000
    assert found["time"]["low"] < found["time"]["value"] < found["time"]["high"]


def test_optimal_from_compute_tokens_or_a_model(capfd):
    assert "are best spent on 9.0" in answer(capfd, "--flops", "1e22", "--question", "optimal")
    assert "best trained on" in answer(capfd, "gpt3-175b", "--question", "optimal")
    assert "feed a model of" in answer(capfd, "--tokens", "1.4T", "--question", "optimal")
    assert "expected loss" in answer(capfd, "gpt3-175b", "--question", "optimal", "--tokens", "300B")
    assert "--flops" in refuses(capfd, "--question", "optimal")
    assert "--question optimal" in refuses(capfd, "gpt2", "--flops", "1e22")


def test_several_models_side_by_side(capfd):
    output = answer(capfd, "--compare", "gpt2", "gpt3-175b", "gpt-4")
    head, _, first = output.splitlines()[:3]
    assert head.split() == ["gpt2", "gpt3-175b", "gpt-4"]
    assert first.split() == ["parameters", "124,439,808", "174,604,259,328", "not", "published"]
    assert output == answer(capfd, "gpt2", "gpt3-175b", "gpt-4")
    assert len(json.loads(answer_as_json(capfd, "gpt2", "gpt2-xl"))) == 2
    many = answer(capfd, "--compare", *["gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl", "bert-base", "vit-b/16"])
    assert many.count("feed-forward width") == 2  # two blocks


def test_your_own_sizes(capfd):
    own = answer(capfd, "--layers", 24, "--width", 2048, "--heads", 16)
    assert "1,315,723,264 parameters" in own  # GPT-3 XL
    assert "--vocabulary 50257" in own
    llama = ("--style", "llama", "--layers", 32, "--width", 4096, "--heads", 32, "--vocabulary", 32000)
    assert "6,738,415,616 parameters" in answer(capfd, *llama)
    assert "68,976,648,192" in answer(
        capfd, *llama, "--layers", 80, "--width", 8192, "--heads", 64, "--kv-heads", 8, "--feed-forward", 28672
    )
    changed = answer(capfd, "gpt2", "--vocabulary", 1000)
    assert changed.startswith("gpt2, changed has ")
    assert "vocabulary_size=1000" in changed


def test_hugging_face_config(capfd, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    assert "1,100,048,384 parameters" in answer(capfd, tmp_path / "config.json")
    assert answer(capfd, tmp_path) == answer(capfd, tmp_path / "config.json")
    (tmp_path / "config.json").write_text(json.dumps({**CONFIG, "model_type": "lama"}))
    assert "'llama'" in refuses(capfd, tmp_path / "config.json")
    (tmp_path / "config.json").write_text("{")
    assert "config.json" in refuses(capfd, tmp_path / "config.json")


@pytest.mark.slow
def test_keras_model(capfd, tmp_path):
    import keras

    model = keras.Sequential([keras.Input((50, 8)), keras.layers.LSTM(16), keras.layers.Dense(1)])
    model.save(tmp_path / "mine.keras")
    capfd.readouterr()  # what TensorFlow says when it starts
    count = model.count_params()
    overview = answer(capfd, tmp_path / "mine.keras")
    assert overview.startswith(f"Read from {tmp_path}") or "mine.keras" in overview.partition("\n\n")[0]
    assert f"{count:,} parameters" in overview
    assert "FLOPs of a step" in overview
    assert "8·T·" in overview and "In the formulas: T steps" in overview  # what their symbols mean
    for question in ("memory", "parameters"):
        assert answer(capfd, tmp_path / "mine.keras", "--question", question)
    for question in ("time", "cost", "carbon"):  # 20 tokens for each parameter is no rule for it
        assert "say how many tokens (--tokens)" in refuses(capfd, tmp_path / "mine.keras", "--question", question)
        assert answer(capfd, tmp_path / "mine.keras", "--question", question, "--tokens", "1e6")
    assert "write token by token" in refuses(capfd, tmp_path / "mine.keras", "--question", "inference")
    assert "--layers" in refuses(capfd, tmp_path / "mine.keras", "--layers", 3)


@pytest.mark.slow
def test_keras_model_without_a_sequence_or_with_layers_of_ones_own(capfd, tmp_path):
    import keras

    class Mine(keras.layers.Layer):
        pass

    image, own = tmp_path / "image.keras", tmp_path / "own.keras"
    keras.Sequential([keras.Input((9, 9, 1)), keras.layers.Flatten(), keras.layers.Dense(2)]).save(image)
    keras.Sequential([keras.Input((8,)), Mine()]).save(own)
    capfd.readouterr()
    assert "FLOPs of an example" in answer(capfd, image)
    assert "--context must be left out" in refuses(capfd, image, "--context", 64)
    assert "needs Mine, a layer or function of your own" in refuses(capfd, own)


def test_names_win_over_folders_and_what_was_read_is_said(capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("llama-7b", "mine"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "config.json").write_text(json.dumps(CONFIG))
    assert answer(capfd, "llama-7b").startswith("llama-7b has 6,738,415,616 parameters")
    for text in ("./llama-7b", "llama-7b/", "llama-7b/config.json", "mine/", "./mine"):
        assert re.match(r"Read from (llama-7b|mine)/config.json\.\nllama has 1,100,048,384", answer(capfd, text))
    assert "written './mine'" in refuses(capfd, "mine")
    assert json.loads(answer_as_json(capfd, "./mine"))["read_from"] == "mine/config.json"
    assert "mine: " not in answer(capfd, "--compare", "gpt2", "llama-7b")
    assert "read from mine/config.json" in answer(capfd, "--compare", "gpt2", "./mine")


def test_what_does_not_fit_is_answered_with_its_remedy(capfd):
    arguments = ("gpt3-6.7b", "--gpus", 8, "--gpu", "a100-40gb", "--recompute", "none", "--batch", 4)
    output = answer(capfd, *arguments)
    found = re.match(r"Not as it stands; with (--[^:]+) it fits: ", " ".join(output.split()))
    entry = json.loads(answer_as_json(capfd, *arguments))
    assert entry["values"]["fits"]["value"] is False
    assert entry["values"]["together"]["unit"] == "bytes"
    done = json.loads(answer_as_json(capfd, *arguments, *found[1].split()))
    assert done["values"]["fits"]["value"] is True
    for row in ("time", "price", "emissions"):  # of the remedy, not of what does not fit
        assert entry["values"][row]["value"] == done["values"][row]["value"]
    for question in ("time", "cost", "carbon"):
        assert "as asked it does not fit" in " ".join(answer(capfd, *arguments, "--question", question).split())


def test_no_price_of_a_laptop_at_a_data_centres(capfd):
    for gpu in ("laptop-cpu", "t4", "rtx-4090", "tpu-v4"):
        assert f"No price known for {gpu}: give --price" in refuses(capfd, "gpt2", "--gpu", gpu, "--question", "cost")
        assert "No price known" in answer(capfd, "gpt2", "--gpu", gpu)
        assert "$" not in answer(capfd, "gpt2", "--gpu", gpu)
    assert "$" in answer(capfd, "gpt2", "--gpu", "t4", "--price", 0.5, "--question", "cost")
    assert values(capfd, "gpt2", "--gpu", "t4")["price"]["value"] is None


@pytest.mark.parametrize("model", ["bert-base", "vit-b/16", "t5-small", "transformer-base"])
def test_chinchillas_rule_is_for_language_models(capfd, model):
    assert "say how many tokens (--tokens)" in refuses(capfd, model, "--question", "time")
    assert "is for causal language models" in refuses(capfd, model, "--question", "optimal")
    output = answer(capfd, model, "--gpus", 1)
    assert output.startswith("It fits")
    assert "20 for each parameter is a rule for causal language models" in " ".join(output.split())
    assert "takes about" in answer(capfd, model, "--question", "time", "--tokens", "1B")


def test_optimal_as_json_is_a_list_of_laws(capfd):
    entry = json.loads(answer_as_json(capfd, "--flops", "5.76e23", "--question", "optimal"))
    laws = entry["values"]
    assert [law["recommended"] for law in laws] == [True, False, False, False, False]
    assert "approach 1" in laws[0]["law"] and "approach 1" in entry["answer"]
    assert f"{laws[0]['parameters']['value'] / 1e9:.4g} B parameters" in entry["answer"]
    assert ["expected_loss" in law for law in laws] == [False, False, True, True, True]


def test_absurd_sizes_are_remarked_on(capfd):
    assert "is too little" in refuses(capfd, "--flops", 1, "--question", "optimal")
    assert "lie outside of that" in " ".join(answer(capfd, "--flops", "1e28", "--question", "optimal").split())
    huge = ("--layers", "1e8", "--width", "1e8", "--heads", 1000)
    assert "Beyond all that was ever published" in answer(capfd, *huge)
    assert "less than one sequence" in answer(capfd, "gpt2", "--tokens", 20)
    assert "Beyond" not in answer(capfd, "gpt3-175b")


def test_the_region_and_its_source_are_said(capfd):
    output = " ".join(answer(capfd, "gpt2", "--gpus", 8, "--region", "paris").split())
    assert "Google Cloud europe-west9: Google Cloud, region-carbon-" in output
    assert "--region paris is read as gcp europe-west9" in output
    assert "Did you mean 'paris'" in refuses(capfd, "gpt2", "--gpus", 8, "--region", "paaris")
    for spelt in ("DE", "Deutschland", "deu"):
        assert "germany: Ember" in " ".join(answer(capfd, "gpt2", "--gpus", 8, "--region", spelt).split())
    assert "world: Ember" in " ".join(answer(capfd, "gpt2", "--gpus", 8).split())
    assert "Only the training itself: no failed runs" in output


def test_derivations_go_down_to_what_is_given(capfd):
    output = answer(capfd, "gpt3-175b", "--gpus", 1024, "--explain").partition("─ gpt3-175b")[2]
    explained = set(re.findall(r"^ +(\w+) = ", output, re.MULTILINE))
    used = set(re.findall(r"(?<![\w.])[^\W\d]\w*", " ".join(re.findall(r"= ([^=\n]*·[^=\n]*)", output))))
    assert {"V", "d", "L", "H", "a", "B"} <= explained
    assert used & {"V", "d", "d_ff", "L", "H", "G", "k", "T", "B", "b", "N", "D", "C", "n", "P", "u"} <= explained
    cited = set(re.findall(r"\[(\d+)\]", output.partition("\n[1] ")[0]))
    assert cited == set(re.findall(r"^\[(\d+)\]", output, re.MULTILINE))
    for line in re.findall(r"^ *(\w+ = .*parameters of .*)$", output, re.MULTILINE):
        assert output.count(line) == 1


def test_list_and_published(capfd):
    listed = answer(capfd, "--list")
    for name in ("gpt3-175b", "vit-b/16", "a100-80gb", "france", "claude"):
        assert name in listed
    assert "gpt2" in json.loads(answer_as_json(capfd, "--list"))["models"]
    published = answer(capfd, "--published")
    assert re.match(r"\d+ of \d+ published numbers agree", published)
    assert "12,228" in published or "12228" in published
    assert "gpt3-13b" in answer(capfd, "gpt3-13b", "--published")
    assert all(row["source"] for row in json.loads(answer_as_json(capfd, "--published")))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "missing MODEL"),
        (["gpt3-175"], "Did you mean 'gpt3-175b'"),
        (["gpt4"], "not published"),
        (["nothing.keras"], "no file nothing.keras"),
        (["nothing.json"], "no file nothing.json"),
        (["1B", "--layers", "0"], "out of range"),
        (["3K"], "A size must lie between 10 M and 10 T parameters"),
        (["1000T"], "A size must lie between 10 M and 10 T parameters"),
        (["nano"], "--vocabulary must be given for 'nano': it depends on the text. Received: none"),
        (["--layers", "24"], "missing --width"),
        (["--layers", "24", "--width", "2000"], "--heads"),
        (["--layers", "24", "--width", "2048", "--heads", "7"], "--heads must divide --width 2048"),
        (["--layers", "2.5", "--width", "64"], "not a whole number"),
        (["gpt2", "--gpus", "-3"], "'-3' is out of range"),
        (["gpt2", "--gpus", "0"], "'0' is out of range"),
        (["gpt2", "--gpus", "1e9"], "out of range"),
        (["gpt2", "--gpus", "eight"], "is not a number"),
        (["gpt2", "--tokens", "nan"], "is not a number"),
        (["gpt2", "--tokens", "1e400"], "out of range"),
        (["gpt2", "--tokens", "-5"], "out of range"),
        (["gpt2", "--utilisation", "nan"], "expected one such as 0.4 or 40%"),
        (["gpt2", "--utilisation", "1.5"], "not in the range"),
        (["gpt2", "--utilisation", "40"], "Did you mean 40%?"),
        (["gpt2", "--utilisation", "0%"], "not in the range"),
        (["lama-7b"], "Did you mean 'llama-7b' or 'llama2-7b' or 'llama3-70b' or 'llama2-70b'?"),
        (["llama 3"], "Did you mean 'llama3-8b' or 'llama3-70b'?"),
        (["codex"], "of its sizes only the number of parameters is known here"),
        (["gpt2", "--price", "inf"], "is not a number"),
        (["gpt2", "--gpu", "a1000"], "Did you mean 'a100"),
        (["gpt2", "--region", "frence"], "Did you mean 'france'"),
        (["gpt2", "--gpus", "8", "--tensor", "3"], "must divide --gpus 8"),
        (["gpt2", "--gpus", "14", "--tensor", "7"], "--tensor must divide --heads 12"),
        (["gpt2", "--gpus", "13", "--pipeline", "13"], "--pipeline must be at most the 12 layers"),
        (["vit-b/16", "--question", "inference"], "write token by token"),
        (["gpt2", "--published", "--question", "time"], "--published"),
        (["gpt2", "--question", "price"], "is not one of"),
    ],
)
def test_bad_input_is_one_line(capfd, arguments, message):
    assert message in refuses(capfd, *arguments)


@pytest.mark.parametrize(
    ("text", "number"),
    [("300", 300), ("300e9", 3e11), ("300B", 3e11), ("1.4T", 1.4e12), ("128k", 128_000), ("5_0", 50), ("1,0", 10)],
)  # fmt: skip
def test_amounts(text, number):
    assert Amount(1e18).convert(text, None, None) == pytest.approx(number)


@pytest.mark.parametrize(("text", "share"), [("0.4", 0.4), ("40%", 0.4), (" 40 % ", 0.4), ("1", 1), ("100%", 1)])
def test_shares(text, share):
    assert Share().convert(text, None, None) == pytest.approx(share)
