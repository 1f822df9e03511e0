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
