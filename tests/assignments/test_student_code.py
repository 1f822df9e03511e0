"""Student code as it comes: it must never hang, crash or fool the check, and the answer must help."""

import numpy as np
import pytest

from kseq.assignments import check
from kseq.assignments.judging import error_lines, judge
from kseq.assignments.running import run
from kseq.assignments.student_process import load
from tests.assignments.conftest import exercise_of, judged


def verdict_on(file, name, **limits):
    """The verdict on one function, run as a check runs it."""
    exercise = exercise_of(name)
    calls = exercise.make_calls(np.random.default_rng(0))
    return judge(exercise, calls, run(file, exercise, calls, **limits))


def line_of(file, text):
    """The number of the first line that holds the text."""
    return next(n for n, line in enumerate(file.read_text("utf-8").splitlines(), 1) if text in line)


class TestWhatComesBack:
    """Each is seen before the numbers are."""

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ("    np.tanh(X_t @ W_X + A @ W_A + b_A)", "It returned None; expected an array ("),
            ("    return list(np.tanh(X_t @ W_X))", "It returned a list of "),
            ("    return A, A", "It returned a tuple of 2; "),
            ("    return 1.0", "It returned a float; "),
            ("    return np.tanh(X_t @ W_X + A @ W_A + b_A).T", "It returned an array ("),
            ("    return np.tanh(X_t @ W_X + A @ W_A + b_A).sum()", "It returned a float64; "),
            ("    return np.tanh(X_t @ W_X + A @ W_A + b_A).astype('float32')", "dtype float32; expected float64"),
            ("    return np.array([['a'] * A.shape[1]] * len(A))", "dtype <U1; expected float64"),
            ("    return np.full(A.shape, None)", "dtype object; expected float64"),
            ("    return np.zeros((10_000, 1_000))", "It returned an array (10000, 1000); expected"),
            ("    return np.full(A.shape, np.nan)", "yours nan, expected"),
        ],
    )
    def test_it_is_described(self, student, body, said):
        verdict = judged(student(step=body), exercise_of("step"))
        assert verdict.status == "wrong"
        assert any(said in line for line in verdict.lines[1:3])
        assert verdict.lines[0].startswith("Call 1 of 4, step(X_t (")

    def test_a_squeezed_batch_of_one(self, student):
        verdict = judged(student(step="    return np.tanh(X_t @ W_X + A @ W_A + b_A).squeeze()"), exercise_of("step"))
        assert verdict.lines[0].startswith("Call 4 of 4, step(X_t (1, ")

    def test_arguments_must_stay_as_they_are(self, student):
        body = "    A[:] = np.tanh(X_t @ W_X + A @ W_A + b_A)\n    return A"
        verdict = judged(student(step=body), exercise_of("step"))
        assert verdict.lines[1] == "The numbers are right."
        assert verdict.lines[2].startswith("It changes its argument A: make a new array")

    @pytest.mark.parametrize("ending", ["", ".T"])
    def test_it_is_said_where_the_numbers_are_wrong_too(self, student, ending):
        body = (
            f"    X *= 1.5\n    A = np.zeros((len(X), len(b_A)))\n    return np.stack([A] * X.shape[1], axis=1){ending}"
        )
        verdict = judged(student(forward=body), exercise_of("forward"))
        assert not verdict.passed
        assert any(line.startswith("It changes its argument X: make a new array") for line in verdict.lines)

    @pytest.mark.parametrize(
        ("definition", "said"),
        [
            (
                "def step(x, h, W_X, W_A, b_A):\n    return h",
                "It must take (X_t, A, W_X, W_A, b_A), in this order. Yours",
            ),
            ("def step(A, X_t, W_X, W_A, b_A):\n    return A", "Yours takes (A, X_t, W_X, W_A, b_A)."),
            ("def step(X_t, A):\n    return A", "Yours takes (X_t, A)."),
            ("def step(X_t, A, W_X, W_A, b_A, more):\n    return A", "Yours takes (X_t, A, W_X, W_A, b_A, more)."),
            ("def stepp(X_t, A, W_X, W_A, b_A):\n    return A", "There is no function `step(X_t, A, W_X, W_A, b_A)`"),
            ("A = 1\nstep = 3", "There is no function `step("),
        ],
    )
    def test_names_must_be_kept(self, student, definition, said):
        verdict = verdict_on(student(step=definition), "step")
        assert len(verdict.lines) == 1
        assert said in verdict.lines[0]


class TestExceptions:
    def test_the_students_own_line_is_shown(self, student):
        file = student(step="    return np.tanh(X_t @ W_X + A @ W_AA + b_A)")
        lines = judged(file, exercise_of("step")).lines
        assert lines[1] == "NameError: name 'W_AA' is not defined"
        number = line_of(file, "W_AA")
        assert lines[2] == f"  line {number}, in `step`: return np.tanh(X_t @ W_X + A @ W_AA + b_A)"

    def test_the_line_of_ones_own_file_not_of_numpy(self, student):
        file = student(step="    return np.stack([X_t, A])")
        lines = judged(file, exercise_of("step")).lines
        assert "np.stack([X_t, A])" in lines[2]

    def test_the_way_from_function_to_function(self, student):
        file = student(forward="    return step(X[0], X[:, 0], W_X, W_A, b_A)")
        lines = judged(file, exercise_of("forward")).lines
        assert lines[2].endswith("in `forward`: return step(X[0], X[:, 0], W_X, W_A, b_A)")
        assert lines[3].startswith(f"  line {line_of(file, 'np.tanh(X_t')}, in `step`: ")

    def test_star_and_at(self, student):
        lines = judged(student(step="    return np.tanh(X_t * W_X + A @ W_A + b_A)"), exercise_of("step")).lines
        assert lines[-1] == "`*` multiplies number by number; the product of matrices is `@`."

    @pytest.mark.parametrize("seed", range(5))
    @pytest.mark.parametrize(
        "loop", ["for t in range(X.shape[1]):\n        X_t = X[t]", "for X_t in X:\n        pass"], ids=["X[t]", "in X"]
    )
    def test_a_loop_over_the_batch(self, student, loop, seed):
        body = (
            f"    A = np.zeros((len(X), len(b_A)))\n    {loop}\n        A = step(X_t, A, W_X, W_A, b_A)\n    return A"
        )
        lines = judged(student(forward=body), exercise_of("forward"), seed).lines
        assert "could not be broadcast" in lines[1]
        assert "X[t] is the t-th example, all its steps; X[:, t] is the t-th step of all examples." in lines[-1]

    @pytest.mark.parametrize("seed", range(5))
    @pytest.mark.parametrize(("largest", "total"), [("-1, keepdims=True", "-1"), ("-1", "-1, keepdims=True")])
    def test_an_axis_that_is_lost(self, student, largest, total, seed):
        body = f"    z = A @ W_Y + b_Y\n    e = np.exp(z - z.max({largest}))\n    return e / e.sum({total})"
        lines = judged(student(output=body), exercise_of("output"), seed).lines
        assert lines[-1].startswith("A sum or maximum over axis -1 loses that axis; with `keepdims=True` it stays")

    def test_shapes_that_say_nothing_get_no_hint(self, student):
        body = "    return np.ones((len(A) + 9, 4)) + np.ones((len(A) + 10, 4))"
        for name in ("forward", "output"):
            text = body.replace("A", "X") if name == "forward" else body
            lines = judged(student(**{name: text}), exercise_of(name)).lines
            assert "could not be broadcast" in lines[1] and len(lines) == 3

    def test_endless_recursion(self, student):
        lines = judged(student(step="    return step(X_t, A, W_X, W_A, b_A)"), exercise_of("step")).lines
        assert lines[1].startswith("RecursionError")

    def test_an_exception_that_cannot_be_shown(self, student):
        body = "    class Odd(Exception):\n        def __str__(self):\n            raise TypeError\n    raise Odd"
        assert judged(student(step=body), exercise_of("step")).lines[1] == "Odd"

    def test_leaving_the_program(self, student):
        file = student(step="    import sys\n    sys.exit(0)")
        lines = verdict_on(file, "step").lines
        assert lines[1].startswith("It ends the program")
        assert lines[2] == f"  line {line_of(file, 'sys.exit')}, in `step`: sys.exit(0)"

    def test_leaving_the_program_at_once(self, student):
        verdict = verdict_on(student(step="    import os\n    os._exit(0)"), "step")
        assert verdict.lines == ["`step` ended the whole program (status 0): it must return"]

    def test_asking_for_input(self, student):
        assert verdict_on(student(step="    return input()"), "step").lines[1].startswith("EOFError")


class TestLimits:
    def test_a_loop_without_end(self, student):
        file = student(forward="    t = 0\n    while t < X.shape[1]:\n        A = X[:, t]\n    return A")
        (line,) = verdict_on(file, "forward", call_seconds=1).lines
        assert line.startswith("`forward` did not end within 1 seconds; it was at line ")
        assert any(f"line {line_of(file, text)}: " in line for text in ("while t <", "A = X[:, t]\n"[:-1]))

    def test_a_loop_that_catches_everything(self, student):
        body = "    while True:\n        try:\n            1 / 0\n        except BaseException:\n            pass"
        assert "did not end within 1 seconds" in verdict_on(student(step=body), "step", call_seconds=1).lines[0]

    def test_a_file_that_never_loads(self, student):
        file = student()
        file.write_text(file.read_text("utf-8") + "\n\nwhile True:\n    pass\n", encoding="utf-8")
        verdict = verdict_on(file, "step", load_seconds=1)
        assert verdict.lines[0].startswith("loading the file did not end within 1 seconds; it was at line ")

    def test_a_flood_of_prints(self, student):
        body = "    for i in range(200_000):\n        print('number', i)\n    return A"
        lines = verdict_on(student(step=body), "step").lines
        assert lines[-6:-4] == ["It printed, to begin with:", "  | number 0"]
        assert len(lines) < 12

    def test_prints_do_not_disturb_what_is_right(self, student):
        body = "    print('Σ', X_t.shape)\n    return np.tanh(X_t @ W_X + A @ W_A + b_A)"
        verdict = verdict_on(student(step=body), "step")
        assert (verdict.status, verdict.lines) == ("right", [])

    def test_threads_that_are_left_behind(self, student):
        body = "    import threading, time\n    threading.Thread(target=time.sleep, args=(60,)).start()\n    return A"
        assert verdict_on(student(step=body), "step").lines[0].startswith("Call 1 of 4")


class TestFooling:
    """The verdict is not made where the student's code runs."""

    def test_replacing_the_comparison(self, student):
        body = "    np.allclose = np.array_equal = lambda *a, **k: True\n    return np.zeros_like(A)"
        assert not verdict_on(student(step=body), "step").passed

    def test_modules_that_lie_beside_the_file(self, student):
        file = student()
        for name in ("numpy", "json", "kseq", "io"):
            (file.parent / f"{name}.py").write_text("raise SystemExit\n")
        assert check(file).passed


class TestOneMistakeCountsOnce:
    def test_a_function_that_calls_a_wrong_one(self, student):
        report = check(student(step="    return np.tanh(X_t @ W_X + A @ W_A)"))
        assert [verdict.status for verdict in report.verdicts] == ["wrong", "right", "right"]
        assert (report.points, report.of) == (3, 5)
        assert "right  forward (2 points, checked with a right `step`)" in str(report)


class TestFilesThatDoNotLoad:
    @pytest.mark.parametrize(
        ("ending", "said"),
        [
            ("def broken(:\n", "SyntaxError: invalid syntax"),
            ("if True:\nstray = 1\n", "IndentationError: expected an indented block"),
            ("import nowhere_to_be_found\n", "ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
            ("raise SystemExit\n", "It ends the program; a function must return:"),
        ],
    )
    def test_it_is_said_once(self, student, ending, said):
        file = student()
        file.write_text(file.read_text("utf-8") + "\n\n" + ending, encoding="utf-8")
        report = check(file)
        assert (report.passed, report.points, report.of) == (False, 0, 5)
        assert str(report).count(said) == 1
        assert f"line {line_of(file, ending.splitlines()[-1])}" in report.problem[-1]

    @pytest.mark.parametrize(
        ("code", "shown"),
        [
            ("def f():\n    a = 1\n\n      b = 2\n", ["|    a = 1", "|      b = 2"]),
            ("if True:\n    a = 1\n  b = 2\n", ["|    a = 1", "|  b = 2"]),
            ("if True:\n        a = 1\n\tb = 2\n", ["|        a = 1", "|→   b = 2"]),
            ("if True:\nb = 2\n", ["|if True:", "|b = 2"]),
            ("if True:\n", ["|if True:"]),
        ],
    )
    def test_wrong_indentation_can_be_seen(self, student, code, shown):
        file = student()
        file.write_text(code, encoding="utf-8")
        _, problem = load(file)
        assert problem["type"] in ("IndentationError", "TabError")
        assert [text for _, _, text in problem["lines"]] == shown
        lines = error_lines(problem)[1:]
        assert [line.split(": ", 1)[1] for line in lines] == shown

    def test_a_file_that_is_no_text(self, student):
        file = student()
        file.write_bytes(file.read_bytes() + b"\x00\xff")
        assert check(file).problem

    def test_helpers_beside_the_file_are_found(self, student):
        file = student(step="    from helper import one_step\n    return one_step(X_t, A, W_X, W_A, b_A)")
        code = "import numpy as np\n\n\ndef one_step(X, A, W, U, b):\n    return np.tanh(X @ W + A @ U + b)\n"
        (file.parent / "helper.py").write_text(code)
        assert check(file).passed
        (file.parent / "helper.py").write_text("def one_step(:")
        lines = verdict_on(file, "step").lines
        assert "(in helper.py)" in lines[1]
