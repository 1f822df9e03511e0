"""Raw input of `kseq predict`: texts as arguments, or lines of standard input."""

import contextlib
import io
import shlex
import sys
import warnings
from pathlib import Path

import click

SHOWN = 8  # unknown words that are named


def given_lines(texts, what="texts"):
    """The arguments, or the lines of standard input without their line ends (LF or CRLF only), one by one.

    An argument that is the name of a file is refused: nobody means its name.
    """
    if texts:
        for text in texts:
            if is_file(text):
                command = click.get_current_context().info_name
                raise click.UsageError(f"{text} is a file; its lines: {command} < {shlex.quote(text)}")
        yield from texts
        return
    if sys.stdin.isatty():
        raise click.UsageError(f"expected {what} after the model file, or lines on standard input.")
    count = 0
    for count, line in enumerate(  # noqa: B007  the number of lines is asked for below
        io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", errors="replace", newline="\n"), 1
    ):
        yield line.removesuffix("\n").removesuffix("\r")
    if not count:
        raise click.UsageError(f"standard input was empty; expected {what}, one per line.")


def is_file(text):
    """Whether a text is the path of a file."""
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # too long for a path, or with a NUL
        return False


@contextlib.contextmanager
def warnings_in_one_line():
    """Within it, what Python warns of is a line of its own on standard error, without the place in the code."""

    def show(message, *_):
        click.echo(f"kseq: {' '.join(str(message).split())}", err=True)

    with warnings.catch_warnings():
        warnings.simplefilter("default", UserWarning)
        warnings.showwarning = show
        yield


def say_unknown(words, of, consequence=""):
    """Says on standard error which words are new to the model.

    Args:
        words: the words that it does not know, in their order.
        of: number of all words.
        consequence: what follows, behind a semicolon.
    """
    different = list(dict.fromkeys(words))
    shown = ", ".join(different[:SHOWN])
    shown += f" and {len(different) - SHOWN:,} more" if len(different) > SHOWN else ""
    are = "is" if len(words) == 1 else "are"
    click.echo(
        f"kseq: {len(words):,} of {of:,} words {are} new to the model: {shown}{consequence and '; '}{consequence}.",
        err=True,
    )


def batches_of(items, size):
    """Lists of up to `size` items, as they come."""
    batch = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
