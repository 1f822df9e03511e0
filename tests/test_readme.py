"""What README and docs promise: their examples run, their commands exist, their links lead somewhere."""

import re
import shlex

import click
import pytest

from kseq.cli import commands


@pytest.fixture(scope="module")
def readme(checkout):
    return (checkout / "README.md").read_text("utf-8")


def blocks(text, language=""):
    """The contents of the fenced blocks of that language."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    return [content for named, content in found if named == language]


def test_the_two_commands_stand_first(readme):
    assert blocks(readme)[:2] == ["pip install . && kseq demo\n", 'pip install -e ".[test]" && pytest\n']


@pytest.mark.slow
def test_python_examples_run(readme, new_process, tmp_path):
    first, *others = blocks(readme, "python")
    assert len([line for line in first.splitlines() if line.strip()]) <= 10
    printed = new_process("".join([first, *others]), cwd=tmp_path)  # one after the other, as a reader would
    assert "Classification(label='" in printed
    assert "[not]" in printed  # the word in its context, from the trace
    for file in ("sentiment.keras", "gates.png", "gradients.png", "unrolled.png"):
        assert (tmp_path / file).exists()


def test_command_lines_are_understood(readme):
    lines = [line for block in blocks(readme) for line in block.splitlines() if line.startswith("kseq ")]
    assert len(lines) >= 4
    for line in lines:
        arguments = shlex.split(line.split(" < ")[0])[1:]
        context = click.Context(commands)
        group = commands
        while isinstance(group, click.Group):
            name, group, arguments = group.resolve_command(context, arguments)
            assert name is not None
        group.make_context(name, arguments)  # parses, does not run


@pytest.mark.slow
def test_examples_of_the_docs_run(checkout, new_process, tmp_path):
    pages = sorted((checkout / "docs").glob("*.md"))
    examples = ["".join(blocks(page.read_text("utf-8"), "python")) for page in pages]
    assert len(list(filter(None, examples))) >= 2
    # One process for all: starting TensorFlow is the slow part. `exec` gives each page its own names.
    code = "import sys\nfor example in sys.argv[1:]: exec(example, {})"
    new_process(code, *examples, cwd=tmp_path)


def test_links_lead_somewhere(checkout):
    for page in [checkout / "README.md", *(checkout / "docs").glob("*.md"), *(checkout / "datasets").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
