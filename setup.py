"""Packaging of kseq; the settings of the tools are in `pyproject.toml`.

The checkout keeps the bundled data in `datasets/`, where people look for it. Installed, the same folder is
`kseq/_datasets`: a top-level package called `datasets` would hide another library of that name. So with the tutorials.
"""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["kseq", "kseq.*"]), "kseq._datasets", "kseq._tutorials"],
    package_dir={"kseq._datasets": "datasets", "kseq._tutorials": "tutorials"},
    package_data={
        "kseq._datasets": ["*.csv", "*.txt", "*.tsv", "*.conllu", "*.abc", "*.md"],
        "kseq._tutorials": ["*.py", "*.md"],
    },
)
