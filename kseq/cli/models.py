"""`kseq demo`, `kseq train`, `kseq datasets`."""

import click

from kseq.cli.forecast import train_forecast
from kseq.cli.music import train_music
from kseq.cli.next_word import train_next_word
from kseq.cli.runs import progress
from kseq.cli.sentiment import train_sentiment
from kseq.cli.tagging import train_tagging
from kseq.cli.text import train_text
from kseq.cli.trajectory import train_trajectory
from kseq.cli.translation import train_translation


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


for command in (
    train_sentiment,
    train_text,
    train_next_word,
    train_tagging,
    train_music,
    train_forecast,
    train_trajectory,
    train_translation,
):
    train.add_command(command)


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
