"""`load_tunes`: files as they come, splits that do not leak, batches, errors that name the line."""

import numpy as np
import pytest

from kseq.data import DataError, load_tunes
from kseq.data.reviews import bundled_path
from kseq.data.tunes.composer import tunes_file, write_tunes
from kseq.data.tunes.scores import tune_scores
from kseq.data.tunes.text import body_text
from kseq.data.tunes.tune import Tune

TUNE = "X:{n}\nT:Nr {n}\nM:4/4\nL:1/8\nK:G\n{note}2AB cdef|gfed cBAG|{note}2AB cdef|g4 {note}4|]\n"


def tunes_text(count=12, ending="\n"):
    text = "\n".join(TUNE.format(n=n, note="CDEFGABcdefga"[n % 13]) for n in range(1, count + 1))
    return text.replace("\n", ending)


@pytest.fixture(scope="module")
def bundled():
    return load_tunes()


def write(tmp_path, text, name="mine.abc"):
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_the_bundled_file_is_what_the_composer_writes():
    assert bundled_path("tunes.abc").read_text("utf-8") == tunes_file()


def test_bundled_tunes_are_many_and_good(bundled):
    frame = bundled.frame
    assert len(frame) == 280
    assert frame.is_good.all()
    assert set(frame.rhythm) == {"reel", "jig", "slip jig", "hornpipe", "polka", "waltz", "slide"}
    assert frame.rhythm.value_counts().min() >= 20
    assert frame.key.nunique() == 16
    assert frame.title.nunique() == 280
    assert frame.bars.min() >= 16
    bodies = {body_text(tune.elements) for tune in bundled._tunes}
    assert len(bodies) == 280


def test_composed_tunes_make_sense(bundled):
    """Not noise: they move in small steps, come to rest on the tonic, and their bars come again."""
    steps, rests, again = [], [], []
    for tune in bundled._tunes:
        pitches = [note.pitch for note in tune.notes]
        steps += list(np.abs(np.diff(pitches)))
        rests.append(pitches[-1] % 12 == tune.key.tonic)
        texts = [bar.text for bar in tune.bars]
        again.append(1 - len(set(texts)) / len(texts))
    assert np.mean(np.array(steps) <= 4) > 0.75
    assert np.mean(rests) > 0.9
    assert np.mean(again) > 0.15


def test_a_seed_writes_the_same_tunes_and_another_one_others():
    assert write_tunes(5, 7) == write_tunes(8, 7)[:5]
    assert write_tunes(5, 7) != write_tunes(5, 8)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_ends(tmp_path, ending):
    tunes = load_tunes(write(tmp_path, tunes_text(ending=ending)))
    assert sum(len(tunes.tunes(split)) for split in ("train", "validation", "test")) == 12
    assert not tunes.skipped
    assert all(tune.is_good for tune in tunes.tunes("train"))


def test_exclamation_marks_are_line_breaks_or_decorations():
    tune = Tune("X:1\nM:4/4\nL:1/8\nK:C\nC8|D8|!\n!trill!E8|F8|!E8|F8|\n")
    assert tune.is_good
    assert body_text(tune.elements) == "C8|D8|\nE8|F8|\nE8|F8|"
    assert tune.left_out == {"decorations": 1}


def test_comments_text_and_shared_fields(tmp_path):
    text = "% a comment\nM:4/4\nL:1/8\n\nSome words about the tunes.\n\n" + tunes_text(4).replace("M:4/4\nL:1/8\n", "")
    tunes = load_tunes(write(tmp_path, text.replace("|]", "|] % the end")))
    assert {tune.metre_name for split in ("train", "test") for tune in tunes.tunes(split)} == {"4/4"}
    assert all(tune.is_good for tune in tunes.tunes("train"))
    assert "mine.abc: 1 line of text outside the tunes" in tunes.notes


@pytest.mark.parametrize(
    ("broken", "line", "reason"),
    [
        ("X:9\nT:Nothing\nM:4/4\nK:G\n", 1, "an empty tune"),
        ("X:9\nM:4/4\nL:1/8\nABcd|\n", 4, "K: field"),
        ("X:9\nM:4/4\n", 1, "expected a K: field"),
        ("X:9\nM:4/4\nK:G\nABcd|\nAB&d|\n", 5, "found '&d|'"),
        ("X:9\nM:four\nK:G\nABcd|\n", 3, "expected a metre such as"),
        ("X:9\nM:4/4\nK:Q\nABcd|\n", 3, "expected a key such as"),
    ],
)
def test_broken_tunes_are_counted_with_their_line(tmp_path, broken, line, reason):
    path = write(tmp_path, broken + "\n" + tunes_text(5))
    tunes = load_tunes(path)
    assert len(tunes.frame) == 5
    ((where, why),) = tunes.skipped
    assert where == f"{path}: line {line}"
    assert reason in why
    assert "skipped: 1 tune" in tunes.describe() and why in tunes.describe()
    alone = write(tmp_path, broken, "alone.abc")
    with pytest.raises(DataError, match=r"^[^\n]*line \d+: [^\n]*$"):
        load_tunes(alone)


def test_equal_numbers_are_noted(tmp_path):
    tunes = load_tunes(write(tmp_path, tunes_text(4) + "\n" + tunes_text(6)))
    assert len(tunes.frame) == 10
    assert any("4 numbers X: given more than once, such as X:1 in the lines 1, " in note for note in tunes.notes)
    assert any("4 tunes equal to another one" in note for note in tunes.notes)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "found an empty file"),
        (b"Just words.\n", "found no X: field"),
        (b"\x89PNG\0\0", "binary"),
    ],
)
def test_files_without_tunes(tmp_path, content, expected):
    path = write(tmp_path, content)
    with pytest.raises(DataError, match=expected) as error:
        load_tunes(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


def test_names_and_folders(tmp_path):
    with pytest.raises(DataError, match="did you mean 'tunes'"):
        load_tunes("tune")
    with pytest.raises(DataError, match=r"expected files that end in \.abc, found none"):
        load_tunes(tmp_path)
    write(tmp_path, tunes_text(3), "a.abc")
    write(tmp_path, tunes_text(3), "b.ABC")
    write(tmp_path, b"\0\0binary", "c.abc")
    tunes = load_tunes(tmp_path)
    assert len(tunes.frame) == 6
    assert len(tunes.skipped) == 1 and "c.abc" in tunes.skipped[0][0]


def test_equal_tunes_share_a_split(tmp_path):
    copies = tunes_text(10) + "\n" + tunes_text(10).replace("T:Nr", "T:Again") + "\n" + tunes_text(10)
    for seed in range(5):
        frame = load_tunes(write(tmp_path, copies), seed=seed).frame
        body = frame.abc.str.split("K:G").str[1]
        assert (frame.groupby(body).split.nunique() == 1).all()
        assert (frame.split == "test").any() and (frame.split == "validation").any()


def test_batches_are_whole_tunes_shifted_by_one(bundled):
    arrays = bundled.arrays("validation", batch_size=4)
    ids, targets, weights = next(iter(arrays))
    assert ids.shape == targets.shape == weights.shape
    for row, target, weight in zip(ids, targets, weights, strict=True):
        size = int((weight > 0).sum())
        assert (row[1:size] == target[: size - 1]).all()
        assert (row[size:] == 0).all() and (target[size:] == 0).all()
        text = bundled.vectorizer.decode([[*row[:size], target[size - 1]]])[0]
        assert text.startswith("X:1\n") and text.endswith("\n\n")


def test_the_same_seed_gives_the_same_batches():
    first, second = (load_tunes(seed=3).arrays("train") for _ in "12")
    for one, other in zip(first, second, strict=True):
        assert all((a == b).all() for a, b in zip(one, other, strict=True))


def test_long_tunes_are_cut_and_counted(tmp_path):
    tunes = load_tunes(write(tmp_path, tunes_text(6)), max_length=20)
    assert max(map(len, tunes.rows("train"))) == 20
    assert "6 tunes cut at max_length=20 tokens" in tunes.notes


def test_scores_know_copies_from_new_tunes(bundled):
    train = bundled.tunes("train")
    same = tune_scores(train[:5], train)
    assert same["copied bars"] == same["copied phrases"] == same["good tunes"] == same["full bars"] == 1
    new = tune_scores([Tune(abc) for abc in write_tunes(20, 99)], train)
    assert new["copied phrases"] < 0.05 and new["copied bars"] < 0.5
    broken = tune_scores([Tune("X:1\nK:C\n&"), Tune("X:1\nM:4/4\nK:C\nC8|D8|E7|F8|")], train)
    assert broken["good tunes"] == 0
    assert broken["full bars"] == 0.75


def test_baselines(bundled):
    table = bundled.baselines("validation")
    assert list(table.index) == ["held-out tunes", "n-gram"]
    assert table.loc["held-out tunes", "good tunes"] == 1
    assert table.loc["n-gram", "good tunes"] < 0.5
    assert 0.5 < table.loc["n-gram", "bits_per_character"] < 3


@pytest.mark.real_data
def test_irish_tunes(real_data):
    tunes = load_tunes(real_data / "music" / "irish.abc")
    assert len(tunes.frame) + len(tunes.skipped) == 804
    assert len(tunes.skipped) == 5
    assert tunes.frame.is_good.mean() > 0.97
    assert sum("more than once" in note for note in tunes.notes) == 1


def test_lengths_of_wrong_bars_are_plain_numbers():
    tune = Tune("X:1\nM:4/4\nL:1/8\nK:C\nC8|C8|C15/2|C8|C3/4|C8|]")
    assert tune.problems == [
        "bar 3: 7.5 eighths where a full bar has 8 eighths",
        "bar 5: 0.75 eighths where a full bar has 8 eighths",
    ]


def test_splits_that_get_nothing_are_noted(tmp_path):
    tunes = load_tunes(write(tmp_path, tunes_text(2)))
    assert tunes.notes == [
        "nothing for validation and test: 2 tunes (2 different ones), and one at least must be for training",
        "ATTENTION: only 2 tunes to train on: hardly anything can be learned",
    ]
    assert tunes.notes[0] in str(tunes.describe())
    alone = load_tunes(write(tmp_path, tunes_text(2)), validation_fraction=0, test_fraction=0).notes
    assert alone == tunes.notes[1:]
    assert load_tunes(write(tmp_path, tunes_text(3))).notes == [
        "ATTENTION: only 1 tune to train on: hardly anything can be learned",
        "ATTENTION: only 1 tune in the validation split: the best epoch is chosen by chance",
        "ATTENTION: only 1 tune in the test split: scores say little",
    ]


def test_the_n_gram_writes_no_header_line_in_the_music(bundled):
    from kseq.data.tunes.baselines import NGramComposer

    for tune in NGramComposer(bundled).compose(5, seed=0):
        music = tune.abc.split("\nK:", 1)[1].split("\n", 1)[1]
        assert not any(f"\n{letter}:" in music for letter in "XMLRK")


def test_rhythms_of_held_out_tunes_are_noted(tmp_path):
    text = tunes_text(3)
    for n, rhythm in enumerate(("reel", "jig", "polka"), 1):
        text = text.replace(f"X:{n}\n", f"X:{n}\nR:{rhythm}\n")
    tunes = load_tunes(write(tmp_path, text))
    (known,) = {tune.rhythm for tune in tunes.tunes("train")}
    held_out = ", ".join(sorted({"reel", "jig", "polka"} - {known}))
    assert f"2 rhythms in held-out tunes only, unknown to a model: {held_out}" in tunes.notes
    from kseq.data.tunes.prompts import PromptError, prompt_texts

    with pytest.raises(
        PromptError, match=f"expected as rhythm only {known}: what the training tunes have .one that is in"
    ):
        prompt_texts({"rhythm": held_out.split(", ")[0]}, tunes.vectorizer, 1, 0)
    report = str(tunes.describe())
    assert "       1 tune  " in report and "1 tunes" not in report


def test_what_is_left_out_is_counted_in_words():
    from kseq.data.tunes.abc_music import _LEFT_OUT
    from kseq.data.tunes.report import ONE, left_out

    assert set(_LEFT_OUT.values()) <= set(ONE)
    assert left_out(1, "groups of grace notes") == "1 group of grace notes"
    assert left_out(2, "slur signs") == "2 slur signs"


def test_windows_1252_is_read_and_said(tmp_path):
    path = write(tmp_path, tunes_text(12).replace("T:Nr 1\n", "T:Café\n"))
    path.write_bytes(path.read_text("utf-8").encode("cp1252"))
    tunes = load_tunes(path)
    assert f"{path.name} is not valid UTF-8 and was read as Windows-1252" in tunes.notes
    assert any(
        tune.fields.get("T") == "Café" for split in ("train", "validation", "test") for tune in tunes.tunes(split)
    )
