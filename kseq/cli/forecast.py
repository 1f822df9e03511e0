"""`kseq train forecast`, and what `kseq predict` and `kseq evaluate` do with its models."""

import shlex

import click

from kseq.cli.options import COUNT, FRACTION, POSITIVE
from kseq.cli.runs import check_save_path, fit, run_options
from kseq.cli.verbs import loaded

ARCHITECTURES = ("dense", "simple_rnn", "lstm", "gru", "transformer")
PATIENCE = 10  # epochs are short: a series has few windows
SHARES = {"inside 80 %": ".0%", "inside 95 %": ".0%"}
MOST = 20  # series whose scores are shown one by one
LEAST = click.IntRange(min=0)
DAY_FIRST = click.option(
    "--day-first/--month-first",
    "dayfirst",
    default=None,
    help="Whether 01/02/2024 is in February.  [default: found from how the dates follow each other]",
)


def data_options(usual):
    """The options that say what is read; `usual` says how much is held out."""
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
        DAY_FIRST,
        click.option(
            "--test-size", type=LEAST, default=None, help=f"Steps at the end for the test.  [default: {usual}]"
        ),
        click.option("--validation-size", type=LEAST, default=None, help=f"Steps before them.  [default: {usual}]"),
    )

    def add(command):
        for option in reversed(options):
            command = option(command)
        return command

    return add


@click.command("forecast")
@data_options("15 %")
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
@run_options
def train_forecast(
    data,
    columns,
    dayfirst,
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
        dayfirst=dayfirst,
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

    model = build_forecast_model(series.vectorizer, seed=seed, **options)
    fit(model, series, epochs, path, resume, patience=PATIENCE)
    if len(series.windows("test")):
        click.echo(scores(model, series, "test"))
    else:
        click.echo("Nothing for the test, so no scores.")
    if path:
        options = [word for name in columns for word in ("--column", name)]
        options += [] if dayfirst is None else ["--day-first" if dayfirst else "--month-first"]
        click.echo(f"\nSaved {path}. {next_step(path, data or 'airline', series, options)}")


def next_step(path, data, series, options):
    """What to do with a model: a command that works, or what must be done first."""
    known = list(series.vectorizer.regressors)
    ahead = min(len(one.future) if one.future is not None else 0 for one in series.series) if known else 12
    words = ["kseq", "predict", path, "--data", data, "--steps", str(min(12, ahead) or 12), *options]
    if ahead:
        return f"Try: {shlex.join(words)}"
    names = " and ".join(known)
    return (
        f"A forecast needs {names} of the steps to come: add rows to {data} below the last one, one for each step, "
        f"with a date and {names} and nothing else. Then: {shlex.join(words)}"
    )


def scores(model, series, split):
    """The table of the model beside the naive forecasts."""
    from kseq.reports import table_of_scores
    from kseq.tasks.scoring import beside_baselines

    ahead = model.vectorizer.horizon
    steps = "1 step" if ahead == 1 else f"{ahead} steps"
    title = (
        f"Forecasts of {steps} from every moment of the {split} split of {series.name}; MASE and MAE: lower is better"
    )
    text = table_of_scores(beside_baselines(model, series, split), title, SHARES)
    if len(series.series) == 1:
        return text
    table = model.scores_by_series(series, split)
    title = f"Each of the {len(table)} series on its own"
    if len(table) > MOST:
        table, title = table.sort_values("MASE", ascending=False)[:MOST], f"{title}: the {MOST} with the highest MASE"
    return f"{text}\n\n{table_of_scores(table, title, SHARES)}"


def check_values(scaler, name):
    """Refuses values on the command line where only a file can bring what the model needs."""
    names = ", ".join(scaler.scales)
    if len(scaler.scales) > 1 and name not in scaler.scales:
        found = "none" if name is None else name
        raise click.UsageError(f"expected --column with the series that the values are of: {names}. Received: {found}")
    if scaler.regressors:
        raise click.UsageError(f"this model reads {', '.join(scaler.regressors)}, too: expected --data FILE.")
    if scaler.harmonics:
        raise click.UsageError("this model goes by the time of the year: expected --data FILE with dates.")


def in_shell(message, data):
    """An error of `forecast` in the words of the shell."""
    if message.startswith("`regressors`"):
        expected = message.removeprefix("`regressors` must be ").split(", of shape")[0]
        return (
            f"{data}: expected {expected} after the last value: add rows with a date and what is known in advance, "
            "and nothing else, or take fewer --steps"
        )
    return message.replace("`history`", data or "the values")


def draw(history, table, name):
    """The figure of a forecast."""
    from kseq.plot import forecast_fan

    values, dates, name = getattr(history, "values", history), None, getattr(history, "name", name)
    if hasattr(history, "calendar") and history.calendar.kind != "step":
        dates = history.dates
    return forecast_fan(values, table, dates=dates, title=name, label=name or "value").figure


@click.command(context_settings={"ignore_unknown_options": True})  # a number may begin with a minus sign
@click.argument("values", nargs=-1, metavar="[VALUE]...")
@click.option("--data", default=None, metavar="PATH|NAME", help="Series to continue, instead of values.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    help="A column to forecast; may be repeated.  [default: all]; for VALUES the series that they are of.",
)
@DAY_FIRST
@click.option("--steps", type=COUNT, default=None, help="How many steps.  [default: the horizon of the model]")
@click.option("--plot", "picture", default=None, metavar="FILE", help="Draw the fan of the first series (.png, .svg).")
@click.pass_obj
def predict_command(file, values, data, columns, dayfirst, steps, picture):
    """Forecast what follows the VALUES, the latest last, or the series in --data, with intervals."""
    if bool(values) == (data is not None):
        raise click.UsageError("expected either numbers after the model file, or --data.")
    try:
        values = [float(value.replace(",", ".")) for value in values]
    except ValueError as error:
        raise click.UsageError(f"expected numbers: {error}.") from None
    model = loaded(file)
    name = columns[0] if columns else None
    if data is None:
        check_values(model.vectorizer, name)
        histories = [values]
    else:
        from kseq.data.series.loader import read_histories

        histories, notes = read_histories(data, list(columns) or None, model.vectorizer, dayfirst)
        for note in notes:
            if note.startswith(("ATTENTION", "regressor")):  # what is read otherwise than it may have been meant
                click.echo(f"kseq: {note}", err=True)
    for number, history in enumerate(histories):
        try:
            table = model.forecast(history, steps, series=name if data is None else None)
        except ValueError as error:
            raise click.ClickException(in_shell(str(error), data)) from None
        if len(histories) > 1:
            click.echo(f"{history.name}")
        click.echo(table.round(3).to_string())
        if picture and not number:
            draw(history, table, name).savefig(picture)


@click.command()
@data_options("as in training")
@click.option("--split", type=click.Choice(["train", "validation", "test"]), default="test", show_default=True)
@click.pass_obj
def evaluate_command(file, data, columns, dayfirst, test_size, validation_size, split):
    """MASE, MAE and how often the truth lies inside the intervals, beside naive forecasts."""
    from kseq.data import load_series
    from kseq.data.series.seen import check_unseen

    model = loaded(file)
    series = load_series(
        data,
        columns=list(columns) or None,
        dayfirst=dayfirst,
        test_size=test_size,
        validation_size=validation_size,
        vectorizer=model.vectorizer,
    )
    try:
        check_unseen(model.vectorizer, series, split)
    except ValueError as error:
        hint = "leave out --test-size and --validation-size, and the split is that of the training"
        given = test_size is not None or validation_size is not None
        raise click.ClickException(str(error).split(". Load it", 1)[0] + (f"; {hint}" if given else "")) from None
    click.echo(scores(model, series, split))
