"""`kseq train trajectory`, and what `kseq predict` and `kseq evaluate` do with its models."""

import shlex

import click

from kseq.cli.forecast import ARCHITECTURES
from kseq.cli.options import COUNT, FRACTION, POSITIVE, held_out_options
from kseq.cli.runs import check_save_path, fit, run_options
from kseq.cli.verbs import loaded

COLUMNS = click.option(
    "--column",
    "columns",
    multiple=True,
    help="A column of positions, two or three of them.  [default: x, y and z, or those of the training]",
)


@click.command("trajectory")
@click.option(
    "--data",
    default=None,
    metavar="PATH|NAME",
    help="Your CSV file, or a name from `kseq datasets`.  [default: bouncing balls]",
)
@COLUMNS
@click.option("--context-length", type=COUNT, default=8, show_default=True, help="Positions that are read.")
@click.option("--horizon", type=COUNT, default=5, show_default=True, help="Positions forecast at once.")
@click.option("--architecture", type=click.Choice(ARCHITECTURES), default="lstm", show_default=True)
@click.option("--units", type=COUNT, default=64, show_default=True, help="Width of the state or hidden layer.")
@click.option("--layers", "num_layers", type=COUNT, default=1, show_default=True)
@click.option("--dropout", type=FRACTION, default=0.0, show_default=True)
@click.option("--learning-rate", type=POSITIVE, default=2e-3, show_default=True)
@click.option("--epochs", type=COUNT, default=10, show_default=True, help="At most; stops early.")
@click.option("--batch-size", type=COUNT, default=64, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@run_options
def train_trajectory(
    data, columns, context_length, horizon, epochs, batch_size, seed, path, resume, overwrite, **options
):
    """Train a model of paths: a CSV file with columns x, y, t and track.

    After Ctrl-C the same command with --resume goes on where it was.
    """
    check_save_path(path, resume, overwrite)
    from kseq.data import load_trajectories

    sizes = {"context_length": context_length, "horizon": horizon, "batch_size": batch_size}
    paths = load_trajectories(data, columns=two_or_three(columns), seed=seed, **sizes)
    if data is None:
        click.echo("no --data: bouncing balls")
    click.echo(paths.describe())
    from kseq.tasks import build_trajectory_model

    model = build_trajectory_model(paths.vectorizer, seed=seed, **options)
    fit(model, paths, epochs, path, resume)
    if len(paths.windows("test")):
        click.echo(scores(model, paths, "test"))
    else:
        click.echo("Nothing for the test, so no scores.")
    if path:
        words = ["kseq", "predict", path, *([] if data is None else ["--data", data]), "--steps", "10"]
        click.echo(f"\nSaved {path}. Try: {shlex.join(words)}")


def two_or_three(columns):
    """The names of the columns, `None` without; refused before TensorFlow starts."""
    if columns and (len(columns) not in (2, 3) or len(set(columns)) < len(columns)):
        raise click.UsageError(f"expected --column two or three times, one for each axis. Received: {list(columns)}")
    return list(columns) or None


def scores(model, paths, split):
    """The table of the model beside what needs no network."""
    from kseq.reports import table_of_scores
    from kseq.tasks.scoring import beside_baselines

    title = f"Mean distance to the truth over {model.vectorizer.horizon} steps, {split} split of {paths.name}"
    return table_of_scores(beside_baselines(model, paths, split), title, {"error": ".4f"})


@click.command()
@click.option("--data", default=None, metavar="PATH|NAME", help="Paths to continue.  [default: bouncing balls]")
@COLUMNS
@click.option("--steps", type=COUNT, default=None, help="How many positions.  [default: the horizon of the model]")
@click.option("--tracks", type=COUNT, default=None, help="How many of the paths.  [default: all]")
@click.pass_obj
def predict_command(file, data, columns, steps, tracks):
    """Continue the paths in --data: prints CSV, `track,step,x,y` (or the names of the columns)."""
    from kseq.data.trajectories.loader import read_tracks

    columns = two_or_three(columns)
    model = loaded(file)
    known = model.vectorizer.columns
    found = read_tracks(data, columns=columns, usual=known)
    click.echo("track,step," + ",".join(columns or known or "xyz"[: model.vectorizer.num_values]))
    for name, path in list(found.items())[:tracks]:
        try:
            said = model.continue_path(path, steps)
        except ValueError as error:
            raise click.ClickException(f"{name}: {error}") from None
        for step, position in enumerate(said, 1):
            click.echo(f"{name},{step}," + ",".join(f"{number:.4f}" for number in position))
    if tracks and len(found) > tracks:
        click.echo(f"kseq: {len(found) - tracks} more tracks; --tracks shows them.", err=True)


@click.command()
@held_out_options("bouncing balls")
@COLUMNS
@click.pass_obj
def evaluate_command(file, data, split, seed, columns):
    """The mean distance to the truth on held-out paths, beside standing still and going straight on."""
    from kseq.data import load_trajectories

    columns = two_or_three(columns)
    model = loaded(file)
    paths = load_trajectories(data, columns=columns, seed=seed, vectorizer=model.vectorizer)
    click.echo(scores(model, paths, split))
