"""What all rooms' tests share."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_data():
    """The folder with real public files, from KSEQ_REAL_DATA."""
    folder = os.environ.get("KSEQ_REAL_DATA")
    if not folder:
        pytest.skip("KSEQ_REAL_DATA is not set")
    return Path(folder)


@pytest.fixture(scope="session")
def checkout():
    """The folder with setup.py."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def new_process():
    """Runs Python code in a process of its own; gives its standard output, fails if it fails."""

    def run(code, *arguments, cwd=None, env=None):
        done = subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=cwd,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", **(env or {})},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Two processes share the tests by files, for what the tests of a file share is slow to make; tutorials singly."""
    from xdist.scheduler import LoadFileScheduling

    class FilesAndTutorials(LoadFileScheduling):
        def _split_scope(self, nodeid):
            return nodeid if "tutorials/" in nodeid else super()._split_scope(nodeid)

    return FilesAndTutorials(config, log)


def pytest_collection_modifyitems(items):
    """Tutorials first: they take longest, and at the end one process would wait for the other."""
    items.sort(key=lambda item: "tutorials" not in item.path.parts)
