"""What an assignment is made of."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Exercise:
    """One function to write, and all that is needed to check it.

    Attributes:
        right: The right function, with the name and the parameters that the student's must have.
        formula: What it computes, in the course's symbols; shown while the function is not written.
        points: What it is worth.
        axes: The names of the axes of what it returns, such as `("batch", "unit")`.
        make_calls: From a NumPy random generator to a list of calls, each a dictionary parameter → array. The student's
            function gets them in this order, in one process. Sizes differ from each other, so that no two axes can be
            mixed up unseen; one call comes twice, so that what is left over from earlier calls shows.
        mistakes: Short name → what went wrong, to be read after "Your numbers are what comes out when".
        mistaken: From the list of calls and a set of these names to the answers with these mistakes; `None` for an
            answer that cannot be computed.
        hint: From a call and the two shapes that could not be broadcast in it to a line that helps, or `None` where the
            shapes do not say enough.
    """

    right: Callable
    formula: str
    points: int
    axes: tuple[str, ...]
    make_calls: Callable
    mistakes: dict[str, str]
    mistaken: Callable
    hint: Callable | None = None

    @property
    def name(self):
        """The name of the function."""
        return self.right.__name__

    @property
    def parameters(self):
        """The names of its parameters, in order."""
        return list(inspect.signature(self.right).parameters)


@dataclass(frozen=True)
class Assignment:
    """A file to complete.

    Attributes:
        name: As in `kseq assignment start NAME`; the starter holds the line `# kseq assignment: NAME`.
        title: One line for the list.
        exercises: In the order in which they should be written; a later one may call an earlier one.
        starter: The path of the file that the student gets.
    """

    name: str
    title: str
    exercises: tuple[Exercise, ...]
    starter: Path

    @property
    def file_name(self):
        """The name of the student's file: a Python name, so that it can be imported."""
        return self.name.replace("-", "_") + ".py"
