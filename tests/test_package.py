"""The package as it is installed: light to import, silent, complete in its wheel."""

import os
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest

import kseq


def test_importing_kseq_loads_nothing_heavy(new_process):
    loaded = new_process("import kseq, sys; print(*sys.modules)").split()
    assert not {"tensorflow", "keras", "jax", "torch", "pandas", "matplotlib", "numpy"} & set(loaded)


def test_every_public_name_loads_and_is_documented():
    for name in kseq.__all__:
        assert getattr(kseq, name) is not None
    documented = [name for name in kseq.__all__ if name not in ("__version__", "Dense", "Embedding")]
    assert [name for name in documented if not getattr(kseq, name).__doc__] == []


def test_version_stands_in_one_piece(checkout):
    project = tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == kseq.__version__


def test_first_use_of_a_layer_is_silent():
    code = "from kseq import LSTM; import numpy as np; LSTM(2)(np.ones((1, 3, 4), 'float32'))"
    environment = {key: value for key, value in os.environ.items() if key != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_many_small_models_do_not_make_tensorflow_warn():
    code = """
from kseq import Dense
import keras, numpy as np
for number in range(6):
    keras.Sequential([keras.Input((3,)), Dense(1)]).predict_on_batch(np.ones((2, 3)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_failing_import_is_not_silenced(new_process):
    code = """
import os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
from kseq.backend.quiet import quiet_start
try:
    with quiet_start():
        os.write(2, b"why it failed")
        raise ImportError
except ImportError:
    pass
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr == "why it failed"


@pytest.fixture(scope="module")
def wheel(checkout, tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    # A copy of what git knows: a build must not leave folders in the checkout, nor pick up strays from it.
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (checkout / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((checkout / name).read_bytes())
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, source],
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


def test_wheel_holds_every_module_and_data_file(wheel, checkout):
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = {path.relative_to(checkout).as_posix() for path in (checkout / "kseq").rglob("*.py")}
    data = {f"kseq/_datasets/{path.name}" for path in (checkout / "datasets").iterdir()}
    assert modules | data <= names


def test_wheel_in_an_empty_environment(wheel, tmp_path):
    """`kseq` is its only top-level name, and the bundled data loads from outside the checkout."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "empty"], check=True)
    python = tmp_path / "empty" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            "--target",
            site,
            wheel,
        ],
        check=True,
    )
    installed = {entry.name for entry in Path(site).iterdir() if entry.suffix != ".dist-info"} - {"bin"}
    assert installed == {"kseq"}
    # What kseq depends on is borrowed from here; an editable kseq is not found this way.
    environment = {**os.environ, "PYTHONPATH": sysconfig.get_path("purelib")}
    code = (
        "import kseq, sys; reviews = kseq.load_reviews();"
        "print(kseq.__file__); print(len(reviews.frame)); print('tensorflow' in sys.modules)"
    )
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    location, rows, tensorflow_loaded = done.stdout.split("\n")[:3]
    assert location.startswith(str(site))
    assert int(rows) >= 1200
    assert tensorflow_loaded == "False"
