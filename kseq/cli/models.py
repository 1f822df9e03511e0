"""`kseq demo`, `kseq train`, `kseq predict`, `kseq datasets`: models from the command line."""

import io
import shlex
import sys
from pathlib import Path

import click

from kseq.cli.runs import check_save_path, progress, stoppable
from kseq.cli.text import train_text

ARCHITECTURES = ("dense", "simple_rnn", "lstm", "gru", "transformer")


@click.command()
@click.option("--save", "folder", default=".", show_default=True, help="Folder for the model and the figure.")
@click.option("--epochs", type=click.IntRange(min=1), default=None, help="Stop after this many epochs.")
@click.option("--seed", type=int, default=0, show_default=True, help="Fixes weights, dropout and shuffling.")
def demo(folder, epochs, seed):
    """Train a sentiment classifier on the bundled reviews and show what it can and cannot do."""
    from kseq.demo import run_demo

    run_demo(folder, epochs=epochs, seed=seed, verbose=progress())


@click.group()
def train():
    """Train a model on a bundled data set or on your own files."""


train.add_command(train_text)


@train.command("sentiment")
@click.option(
    "--data",
    default=None,
    metavar="PATH|NAME",
    help="Your file or folder, or a name from `kseq datasets`.  [default: the bundled reviews]",
)
@click.option("--architecture", type=click.Choice(ARCHITECTURES), default="lstm", show_default=True)
@click.option("--bidirectional/--one-direction", default=False, help="Read the text both ways.")
@click.option("--units", type=click.IntRange(min=1), default=64, show_default=True, help="Width of the state.")
@click.option("--layers", "num_layers", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--tokens", type=click.Choice(["word", "character"]), default="word", show_default=True)
@click.option("--epochs", type=click.IntRange(min=1), default=20, show_default=True, help="At most; stops early.")
@click.option("--batch-size", type=click.IntRange(min=1), default=32, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--save", "path", default=None, metavar="FILE", help="Where to keep the run and the model (.keras).")
@click.option("--resume", is_flag=True, help="Go on with the run in --save that was stopped.")
@click.option("--overwrite", is_flag=True, help="Begin anew, though --save holds a finished model.")
def train_sentiment(
    data, architecture, bidirectional, units, num_layers, tokens, epochs, batch_size, seed, path, resume, overwrite
):
    """Train a classifier: CSV or TSV, labelled lines, a folder per class, a file per class.

    After Ctrl-C the same command with --resume goes on where it was.
    """
    check_save_path(path, resume, overwrite)
    from kseq.data import load_reviews

    reviews = load_reviews(data, seed=seed, batch_size=batch_size, tokens=tokens)
    if data is None:
        click.echo("no --data: the bundled reviews")
    click.echo(reviews.describe())
    from kseq.reports import score_table
    from kseq.tasks import build_sentiment_model
    from kseq.tasks import train as fit

    model = build_sentiment_model(
        reviews.vectorizer,
        architecture=architecture,
        bidirectional=bidirectional,
        units=units,
        num_layers=num_layers,
        seed=seed,
    )
    click.echo()
    with stoppable(path):
        fit(model, reviews, epochs=epochs, verbose=progress(), checkpoint=path, resume=resume)
    click.echo()
    click.echo(score_table(model, reviews))
    if path:
        click.echo(f'\nSaved {path}. Try: kseq predict {path} "Good, cheap food!"')


@click.command(context_settings={"ignore_unknown_options": True})  # a text may begin with a minus sign
@click.argument("file", metavar="FILE")
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
def predict(file, texts):
    """Classify each TEXT, or each line of standard input, with the model in FILE."""
    if not texts and sys.stdin.isatty():
        raise click.UsageError("expected texts after the model file, or lines on standard input.")
    if not Path(file).exists():
        raise click.UsageError(f"there is no model file {file}: expected a .keras file made by `kseq train --save`.")
    from kseq.tasks import load_model

    model = load_model(file)
    if hasattr(model, "generate"):
        raise click.ClickException(f"{file} holds a language model; its command is: kseq generate {shlex.quote(file)}")
    if not hasattr(model, "classify") or model.vectorizer is None:
        raise click.ClickException(
            f"{file}: this model holds no kseq vectorizer, so it cannot read text. Train one with `kseq train`."
        )
    count = unread = 0
    for batch in batches_of(texts or standard_input_lines(), 64):
        count += len(batch)
        unread += sum(not model.vectorizer.knows(text) for text in batch if text.strip())
        for text, answer in zip(batch, model.classify(batch), strict=True):
            # A blank line stays a blank line, so that answers stand beside their lines.
            click.echo(f"{answer.label}\t{answer.probability:.3f}\t{text}" if text.strip() else "")
    if not count:
        raise click.UsageError("standard input was empty; expected texts, one per line.")
    if unread:
        click.echo(f"kseq: {unread} of {count} texts hold no word that the model knows; it only guessed.", err=True)


@click.command()
def datasets():
    """List the data sets that `--data` knows by name."""
    from kseq.data.catalogue import CATALOGUE

    width = max(len(name) for kind in CATALOGUE for name in kind.names)
    for kind in CATALOGUE:
        click.echo(kind.title)
        for name, description in kind.names.items():
            click.echo(f"  {name:<{width}}  {description}")
        click.echo()
    click.echo("Or give the path of your own file or folder.")


def standard_input_lines():
    """The lines of standard input without their line ends; they end at LF or CRLF only."""
    reader = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", errors="replace", newline="\n")
    for line in reader:
        yield line.removesuffix("\n").removesuffix("\r")


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
