"""Exercises that check themselves: a file to complete, and a check that says what to do next.

>>> from kseq.assignments import ASSIGNMENTS, check, start
>>> start("recurrent-forward")  # writes recurrent_forward.py
>>> print(check("recurrent_forward.py"))

An assignment is a folder here with two files, listed in `catalogue.py`:

- `starter.py` is what the student gets: a docstring, the line `# kseq assignment: its-name`, functions that raise
  `NotImplementedError`, an example to run by itself.
- `checks.py` says how each function is checked: an `ASSIGNMENT` made of `Exercise`s (`exercises.py` explains their
  fields), the right answers from `kseq.scratch`, and the mistakes that students make, computed too: a mistake is named
  only where the student's numbers equal it.

The solution is not here but in `tests/assignments`, where a test makes sure that the starter fails, that the solution
passes, and that each mistake can be told from the right answer and from the others.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "catalogue": ["ASSIGNMENTS", "start"],
        "checking": ["Report", "check"],
        "exercises": ["Assignment", "Exercise"],
    },
)
