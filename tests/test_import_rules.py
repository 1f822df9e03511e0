"""The rooms' rules: an import only goes down a floor, and only backend/ imports an array library."""

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports


def test_import_rules_hold(checkout, monkeypatch):
    monkeypatch.chdir(checkout)
    assert lint_imports(no_cache=True) == EXIT_STATUS_SUCCESS
