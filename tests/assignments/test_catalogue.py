"""Starting an assignment; finding the file to check."""

import re

import pytest

from kseq.assignments import ASSIGNMENTS, check, start
from kseq.assignments.catalogue import find_file


def test_start_writes_the_starter(tmp_path):
    file = start("recurrent-forward", tmp_path / "new" / "folder")
    assert file == tmp_path / "new" / "folder" / "recurrent_forward.py"
    assert file.read_bytes() == ASSIGNMENTS["recurrent-forward"].starter.read_bytes()


def test_start_never_overwrites(tmp_path):
    file = start("recurrent-forward", tmp_path)
    file.write_text("my work")
    with pytest.raises(FileExistsError, match="is there already and was not touched"):
        start("recurrent-forward", tmp_path)
    assert file.read_text() == "my work"


def test_a_misspelt_name():
    with pytest.raises(ValueError, match=r"did you mean recurrent-forward\?"):
        start("recurent_forward")


class TestFindFile:
    @pytest.fixture
    def here(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "other.py").write_text("print('hello')\n")
        return tmp_path

    def test_in_the_current_folder(self, here):
        file = start("recurrent-forward").rename("mine.py")
        assert find_file() == find_file("recurrent-forward") == (file, ASSIGNMENTS["recurrent-forward"])

    def test_in_another_folder(self, here):
        assert find_file(start("recurrent-forward", "there").parent)[0].name == "recurrent_forward.py"

    @pytest.mark.parametrize("ending", ["\n", "\r\n"])
    def test_by_its_functions_when_the_mark_is_gone(self, here, ending):
        file = start("recurrent-forward")
        lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("# kseq")]
        file.write_bytes(ending.join(lines).encode())
        assert find_file()[1].name == "recurrent-forward"

    def test_several(self, here):
        for name in ("a.py", "b.py"):
            start("recurrent-forward").rename(name)
        with pytest.raises(ValueError, match=r"say which: a\.py, b\.py"):
            find_file()

    def test_none(self, here):
        with pytest.raises(ValueError, match=r"this folder holds no assignment\. Begin one: kseq assignment start"):
            find_file()

    @pytest.mark.parametrize("name", ["other.py", "nowhere.py", "notes.txt"])
    def test_something_else(self, here, name):
        (here / "notes.txt").write_text("# kseq assignment: recurrent-forward")
        with pytest.raises(ValueError, match=name):
            find_file(name)

    def test_an_assignment_of_a_newer_version(self, here):
        (here / "future.py").write_text("# kseq assignment: attention\n")
        with pytest.raises(ValueError, match="names are recurrent-forward"):
            find_file("future.py")


def test_the_same_seed_gives_the_same_report(tmp_path):
    file = start("recurrent-forward", tmp_path)
    text = re.sub(r"raise NotImplementedError\(\".*\)", "return np.zeros(3)", file.read_text("utf-8"))
    file.write_text(text, encoding="utf-8")
    assert str(check(file, seed=7)) == str(check(file, seed=7)) != str(check(file, seed=8))
