"""Packaging of kseq; the settings of the tools are in `pyproject.toml`.

The checkout keeps the bundled data in `datasets/`, where people look for it. Installed, the same folder is
`kseq/_datasets`: a top-level package called `datasets` would hide another library of that name.
"""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["kseq", "kseq.*"]), "kseq._datasets"],
    package_dir={"kseq._datasets": "datasets"},
    package_data={"kseq._datasets": ["*.csv", "*.md"]},
)
