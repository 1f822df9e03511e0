"""`kseq train tagging`, `kseq predict`, `kseq evaluate` with taggers."""

import pytest

from tests.tasks.test_tagging import tagged_file  # noqa: F401  a fixture
from tests.test_cli import refuses, run

SMALL = ["--units", 8, "--embedding-dim", 8]


def test_train_predict_evaluate(capfd, tagged_file, tmp_path):  # noqa: F811
    path = tmp_path / "tagger.keras"
    status, output, errors = run(
        capfd, "train", "tagging", "--data", tagged_file, *SMALL, "--epochs", 2, "--batch-size", 8, "--save", path
    )
    assert (status, errors) == (0, "")
    for expected in ("tagged: 60 tagged sentences", "word/TAG lines", "most frequent tag per word", "this model ("):
        assert expected in output
    assert f"Saved {path}. Try: kseq predict {path} " in output

    status, output, errors = run(capfd, "predict", path, "The cat sings.", "", "Anna runs")
    lines = output.splitlines()
    assert (status, errors, len(lines), lines[1]) == (0, "", 3, "")
    assert [piece.rpartition("/")[0] for piece in lines[0].split()] == ["The", "cat", "sings", "."]
    assert (
        "3 of 6 words are new to the model: zzz, yyy; it"
        in run(capfd, "predict", path, "The cat sings", "zzz yyy zzz")[2]
    )
    assert f"tagged.txt is a file; its lines: kseq predict {path} < " in refuses(capfd, "predict", path, tagged_file)
    long = run(capfd, "predict", path, "the cat runs . " * 9)[2]
    assert long == (
        "kseq: a sentence has 36 words, the longest one in the training of this model 4: expect little of it, or cut "
        "it into sentences\n"
    )

    status, output, errors = run(capfd, "evaluate", path, "--data", tagged_file, "--split", "train")
    assert (status, errors) == (0, "")
    for expected in ("Accuracy on the train split", "precision", "NOUN", "unknown-word accuracy"):
        assert expected in output
    assert run(capfd, "evaluate", path, "--data", tagged_file)[2] == ""
    _, _, errors = run(capfd, "evaluate", path, "--data", tagged_file, "--seed", 7)
    assert errors.count("\n") == 1
    assert errors.startswith("kseq: the model was trained on about ")


def test_help_answers_without_tensorflow(new_process):
    code = """
import sys
from kseq.cli import main
try:
    main(["train", "tagging", "--help"])
except SystemExit as end:
    assert not end.code
assert not {"tensorflow", "keras", "pandas", "matplotlib"} & set(sys.modules)
"""
    assert "--one-direction" in new_process(code)


def test_bad_files_and_options_are_refused_in_one_line(capfd, tmp_path):
    path = tmp_path / "bad.conllu"
    path.write_text("1\tI\ti\tPRON\tX\t_\t_\t_\t_\n")
    status, output, errors = run(capfd, "train", "tagging", "--data", path)
    assert status and not output
    assert errors == f"kseq: {path}: line 1: expected 10 columns with tabs between them, found 9\n"
    assert "--tag-column" in refuses(capfd, "train", "tagging", "--tag-column", 0)


@pytest.mark.parametrize("name", ["en", "ambiguous"])
def test_datasets_lists_them(capfd, name):
    assert f"  {name} " in run(capfd, "datasets")[1]


def test_arguments_have_the_names_of_the_shell(capfd, tmp_path):
    path = tmp_path / "own.conllu"
    path.write_text("".join(f"1\tdog{n}\t_\t_\tNN\t_\t_\t_\t_\t_\n\n" for n in range(20)))
    assert "another column? (--tag-column 5)" in run(capfd, "train", "tagging", "--data", path)[2]
    path = tmp_path / "swapped.tsv"
    path.write_text("".join(f"DET\tthe\nNOUN\tdog{n}\n\n" for n in range(60)))
    errors = run(capfd, "train", "tagging", "--data", path)[2]
    assert errors.endswith("are word and tag swapped? (--word-column 2 --tag-column 1)\n")
    errors = run(capfd, "train", "tagging", "--data", path, "--tag-column", 5)[2]
    assert "expected 5 columns or more (--tag-column), found 2" in errors
