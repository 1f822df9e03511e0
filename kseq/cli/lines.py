"""Raw input of `kseq predict`: texts as arguments, or lines of standard input."""

import io
import sys

import click


def given_lines(texts, what="texts"):
    """The arguments, or the lines of standard input without their line ends (LF or CRLF only), one by one."""
    if texts:
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
