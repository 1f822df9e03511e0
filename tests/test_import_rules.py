"""The house rules that a machine can check: imports only go down a floor, and ruff has nothing to say."""

import subprocess
import sys

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports


def test_import_rules_hold(checkout, monkeypatch):
    monkeypatch.chdir(checkout)
    assert lint_imports(no_cache=True) == EXIT_STATUS_SUCCESS


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]])
def test_ruff_has_nothing_to_say(checkout, arguments):
    done = subprocess.run([sys.executable, "-m", "ruff", *arguments, "."], cwd=checkout, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
