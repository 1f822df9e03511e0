"""`kseq train forecast`, and what `kseq predict` and `kseq evaluate` do with its models."""

import shlex

import click

from kseq.cli.options import COUNT, FRACTION, POSITIVE
from kseq.cli.runs import check_save_path, progress, stoppable
from kseq.cli.verbs import loaded

ARCHITECTURES = ("dense", "simple_rnn", "lstm", "gru", "transformer")
PATIENCE = 10  # epochs are short: a series has few windows
SHARES = {"inside 80 %": ".0%", "inside 95 %": ".0%"}
LEAST = click.IntRange(min=0)


def data_options(command):
    """The options that say what is read."""
    options = (
        click.option(
            "--data",
            default=None,
            metavar="PATH|NAME",
            help="Your CSV file, or a name from `kseq datasets`.  [default: the airline passengers]",
        ),
        click.option(
            "--column", "columns", multiple=True, help="A column to forecast; may be repeated. [default: all]"
        ),
        click.option("--test-size", type=LEAST, default=None, help="Steps at the end for the test.  [default: 15 %]"),
        click.option("--validation-size", type=LEAST, default=None, help="Steps before them.  [default: 15 %]"),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command("forecast")
@data_options
@click.option("--regressor", "regressors", multiple=True, help="A column known in advance; may be repeated.")
@click.option("--period", type=COUNT, default=None, help="Steps in a season.  [default: found from the dates]")
@click.option("--context-length", type=COUNT, default=None, help="Steps that are read.  [default: by the season]")
@click.option("--horizon", type=COUNT, default=1, show_default=True, help="Steps forecast at once.")
@click.option("--architecture", type=click.Choice(ARCHITECTURES), default="lstm", show_default=True)
@click.option("--units", type=COUNT, default=32, show_default=True, help="Width of the state or hidden layer.")
@click.option("--layers", "num_layers", type=COUNT, default=1, show_default=True)
@click.option("--dropout", type=FRACTION, default=0.0, show_default=True)
@click.option("--learning-rate", type=POSITIVE, default=1e-3, show_default=True)
@click.option("--epochs", type=COUNT, default=100, show_default=True, help="At most; stops early.")
@click.option("--batch-size", type=COUNT, default=32, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--save", "path", default=None, metavar="FILE", help="Where to keep the run and the model (.keras).")
@click.option("--resume", is_flag=True, help="Go on with the run in --save that was stopped.")
@click.option("--overwrite", is_flag=True, help="Begin anew, though --save holds a finished model.")
def train_forecast(
    data,
    columns,
    test_size,
    validation_size,
    regressors,
    period,
    context_length,
    horizon,
    epochs,
    batch_size,
    seed,
    path,
    resume,
    overwrite,
    **options,
):
    """Train a forecaster: a CSV file with a column of dates and columns of numbers.

    After Ctrl-C the same command with --resume goes on where it was.
    """
    check_save_path(path, resume, overwrite)
    from kseq.data import load_series

    series = load_series(
        data,
        columns=list(columns) or None,
        regressors=list(regressors) or None,
        period=period,
        context_length=context_length,
        horizon=horizon,
        test_size=test_size,
        validation_size=validation_size,
        batch_size=batch_size,
        seed=seed,
    )
    if data is None:
        click.echo("no --data: the bundled airline passengers")
    click.echo(series.describe())
    from kseq.tasks import build_forecast_model
    from kseq.tasks import train as fit

    model = build_forecast_model(series.vectorizer, seed=seed, **options)
    click.echo()
    with stoppable(path):
        fit(model, series, epochs=epochs, patience=PATIENCE, verbose=progress(), checkpoint=path, resume=resume)
    click.echo()
    click.echo(scores(model, series, "test"))
    if path:
        words = ["kseq", "predict", path, "--data", data or "airline", "--steps", "12"]
        click.echo(f"\nSaved {path}. Try: {shlex.join(words)}")


def scores(model, series, split):
    """The table of the model beside the naive forecasts."""
    from kseq.reports import table_of_scores
    from kseq.tasks.scoring import beside_baselines

    ahead = model.vectorizer.horizon
    steps = "1 step" if ahead == 1 else f"{ahead} steps"
    title = (
        f"Forecasts of {steps} from every moment of the {split} split of {series.name}; MASE and MAE: lower is better"
    )
    return table_of_scores(beside_baselines(model, series, split), title, SHARES)


@click.command(context_settings={"ignore_unknown_options": True})  # a number may begin with a minus sign
@click.argument("values", nargs=-1, metavar="[VALUE]...")
@click.option("--data", default=None, metavar="PATH|NAME", help="Series to continue, instead of values.")
@click.option("--column", "columns", multiple=True, help="A column to forecast; may be repeated.  [default: all]")
@click.option("--steps", type=COUNT, default=None, help="How many steps.  [default: the horizon of the model]")
@click.option("--plot", "picture", default=None, metavar="FILE", help="Draw the fan of the first series (.png, .svg).")
@click.pass_obj
def predict_command(file, values, data, columns, steps, picture):
    """Forecast what follows the VALUES, the latest last, or the series in --data, with intervals."""
    if bool(values) == (data is not None):
        raise click.UsageError("expected either numbers after the model file, or --data.")
    try:
        values = [float(value.replace(",", ".")) for value in values]
    except ValueError as error:
        raise click.UsageError(f"expected numbers: {error}.") from None
    model = loaded(file)
    if data is None:
        histories = [values]
    else:
        from kseq.data.series import read_histories

        histories = read_histories(data, list(columns) or None, model.vectorizer)
    for number, history in enumerate(histories):
        try:
            table = model.forecast(history, steps)
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        if len(histories) > 1:
            click.echo(f"{history.name}")
        click.echo(table.round(3).to_string())
        if picture and not number:
            from kseq.plot import forecast_fan

            forecast_fan(getattr(history, "values", history), table).figure.savefig(picture)


@click.command()
@data_options
@click.option("--split", type=click.Choice(["train", "validation", "test"]), default="test", show_default=True)
@click.pass_obj
def evaluate_command(file, data, columns, test_size, validation_size, split):
    """MASE, MAE and how often the truth lies inside the intervals, beside naive forecasts."""
    from kseq.data import load_series

    model = loaded(file)
    series = load_series(
        data,
        columns=list(columns) or None,
        test_size=test_size,
        validation_size=validation_size,
        vectorizer=model.vectorizer,
    )
    click.echo(scores(model, series, split))
