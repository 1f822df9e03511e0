"""From what a student's function answered to a verdict that says what to do next."""

import itertools
import re
from dataclasses import dataclass, field

import numpy as np

TOLERANCE = 1e-6  # so near must two numbers be: the order of a sum may differ, the formula may not
MISTAKES_AT_ONCE = 2  # so many mistakes are looked for together
PRINTED_LINES = 5  # so many lines of what the code printed are shown


@dataclass
class Verdict:
    """What is said about one function.

    Attributes:
        name: Of the function.
        of: The points it is worth.
        status: "right", "wrong" or "not written".
        lines: What is wrong and what to look at, line by line.
        mistakes: The short names of the mistakes that were recognised.
        stand_ins: The right functions that it called in place of the student's own.
    """

    name: str
    of: int
    status: str
    lines: list[str] = field(default_factory=list)
    mistakes: tuple[str, ...] = ()
    stand_ins: tuple[str, ...] = ()

    @property
    def passed(self):
        """Whether there is nothing left to do."""
        return self.status == "right"

    @property
    def points(self):
        """All of its points, or none."""
        return self.of if self.passed else 0


def judge(exercise, calls, outcome):
    """The `Verdict` on the `Outcome` of an exercise."""
    verdict = Verdict(exercise.name, exercise.points, "wrong", stand_ins=tuple(outcome.stand_ins))
    if outcome.ended or outcome.loading:
        verdict.lines = [outcome.ended] if outcome.ended else error_lines(outcome.loading)
    elif (complaint := signature_complaint(exercise, outcome.signature)) is not None:
        verdict.lines = [complaint]
    elif all(record.get("error", {}).get("type") == "NotImplementedError" for record in outcome.calls):
        verdict.status, verdict.lines = "not written", [f"It computes {exercise.formula}."]
    else:
        _judge_answers(verdict, exercise, calls, outcome)
    if verdict.status == "wrong" and outcome.printed.strip():
        lines = outcome.printed.strip().splitlines()
        verdict.lines.append("It printed:" if len(lines) <= PRINTED_LINES else "It printed, to begin with:")
        verdict.lines += [f"  | {line[:100]}" for line in lines[:PRINTED_LINES]]
    return verdict


def _judge_answers(verdict, exercise, calls, outcome):
    """Compares call by call; the first that is wrong is shown."""
    expected = [exercise.right(**call) for call in calls]
    for call, right, record, answer in zip(calls, expected, outcome.calls, outcome.answers, strict=True):
        lines = complaints(exercise, right, record, answer)
        if lines:
            lines += further_lines(exercise, call, record)
            verdict.mistakes = recognise(exercise, calls, outcome.answers)
            verdict.lines = [call_line(exercise, call, calls), *lines]
            if verdict.mistakes:
                clauses = " and ".join(exercise.mistakes[name] for name in verdict.mistakes)
                verdict.lines.append(f"Your numbers are what comes out when {clauses}.")
            elif not same_each_time(calls, outcome.answers):
                verdict.lines.append(
                    "Called twice with the same arguments, it answers differently: something is left over from earlier "
                    "calls, or random. Use only the arguments."
                )
            return
    verdict.status = "right"


def complaints(exercise, right, record, answer):
    """What is wrong with one answer, line by line; nothing if it is right."""
    if "error" in record:
        return error_lines(record["error"])
    expected = f"an array {shape_text(right.shape)} = ({', '.join(exercise.axes)})"
    if "shape" not in record:
        if record["type"] == "NoneType":
            return [f"It returned None; expected {expected}. Is there a `return`?"]
        length = f" of {record['length']}" if "length" in record else ""
        return [f"It returned a {record['type']}{length}; expected {expected}."]
    shape = tuple(record["shape"])
    if shape != right.shape:
        return [f"It returned an array {shape_text(shape)}; expected {expected}."]
    if record["dtype"] != str(right.dtype):
        return [f"It returned numbers of dtype {record['dtype']}; expected {right.dtype}, as the arguments have."]
    wrong = ~(np.abs(answer - right) <= TOLERANCE)  # this way round, NaN is wrong too
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        named = ", ".join(f"{axis} {i}" for axis, i in zip(exercise.axes, place, strict=True))
        return [
            f"The shape is right: {shape_text(shape)}. {wrong.sum()} of {wrong.size} numbers are wrong.",
            f"The first wrong one, at [{named}]: yours {answer[place]:.6g}, expected {right[place]:.6g}.",
        ]
    return ["The numbers are right."] if record["changed"] else []


def further_lines(exercise, call, record):
    """What else there is to say of a call that was wrong: an argument was changed; why shapes did not fit."""
    if record.get("changed"):
        names = ", ".join(record["changed"])
        return [f"It changes its argument {names}: make a new array, the caller may need both."]
    message = record.get("error", {}).get("message", "")
    if exercise.hint is None or "broadcast" not in message:
        return []
    shapes = [tuple(map(int, re.findall(r"\d+", shape))) for shape in re.findall(r"\(([\d, ]+)\)", message)]
    hint = exercise.hint(call, shapes)
    return [] if hint is None else [hint]


def recognise(exercise, calls, answers):
    """The fewest mistakes that explain every number of the student's answers; empty where none do."""
    given = [i for i, answer in enumerate(answers) if answer is not None]
    for count in range(1, MISTAKES_AT_ONCE + 1):
        for made in itertools.combinations(exercise.mistakes, count):
            computed = exercise.mistaken(calls, frozenset(made))
            if given and all(same(answers[i], computed[i]) for i in given):
                return made
    return ()


def same(answer, other):
    """Whether two answers hold the same numbers, in the same shape; NaN equals NaN."""
    if other is None or answer.shape != other.shape:
        return False
    return bool(np.allclose(answer, other, rtol=0, atol=TOLERANCE, equal_nan=True))


def same_each_time(calls, answers):
    """Whether calls with the same arguments got the same answers."""
    pairs = itertools.combinations(range(len(calls)), 2)
    return all(
        same(answers[i], answers[j])
        for i, j in pairs
        if calls[i] is calls[j] and answers[i] is not None and answers[j] is not None
    )


def signature_complaint(exercise, signature):
    """What is wrong with the function's parameters, or `None`."""
    expected = ", ".join(exercise.parameters)
    if signature["missing"]:
        return f"There is no function `{exercise.name}({expected})` in the file. Was it renamed?"
    count = len(exercise.parameters)
    if signature["names"][:count] == exercise.parameters and signature["needed"] <= count:
        return None
    return f"It must take ({expected}), in this order. Yours takes ({signature['shown']})."


def error_lines(error):
    """An exception, with the student's own lines that led to it."""
    lines = [f"{error['type']}: {error['message']}".rstrip(": ")]
    if error["type"] == "SystemExit":
        lines = ["It ends the program; a function must return:"]
    for number, function, text in error["lines"]:
        inside = f", in `{function}`" if function not in (None, "<module>") else ""
        lines.append(f"  line {number}{inside}: {text}" if text else f"  line {number}{inside}")
    last = error["lines"][-1][2] if error["lines"] else ""
    if error["type"] == "ValueError" and "*" in last and "broadcast" in error["message"]:
        lines.append("`*` multiplies number by number; the product of matrices is `@`.")
    return lines


def call_line(exercise, call, calls):
    """The call that went wrong, with the shapes of its arguments."""
    shapes = ", ".join(f"{name} {shape_text(value.shape)}" for name, value in call.items())
    number = next(i for i, other in enumerate(calls, 1) if other is call)
    return f"Call {number} of {len(calls)}, {exercise.name}({shapes}):"


def shape_text(shape):
    """`(3, 5, 2)`."""
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
