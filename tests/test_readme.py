"""The README's promises: its examples run, its commands exist."""

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
    (example,) = blocks(readme, "python")
    assert len([line for line in example.splitlines() if line.strip()]) <= 10
    printed = new_process(example, cwd=tmp_path)
    assert "Classification(label='" in printed
    assert (tmp_path / "sentiment.keras").exists()


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


def test_links_lead_somewhere(readme, checkout):
    for target in re.findall(r"\]\(([^)#:]+)\)", readme):
        assert (checkout / target).exists(), target
