"""`kseq predict` and `kseq evaluate`: what a saved model can do decides which options there are.

The file says which kind of model it holds; the command of that kind, in its own module of `kseq.cli`, does the rest:

    kseq predict tagger.keras --help        the options for taggers
"""

import importlib
import json
import shlex
import zipfile
from pathlib import Path

import click

# Class of the saved model -> module of `kseq.cli` with `predict_command` and `evaluate_command`.
MODULES = {
    "SentimentModel": "sentiment",
    "TextModel": "text",
    "NextWordModel": "next_word",
    "ForecastModel": "forecast",
    "TrajectoryModel": "trajectory",
    "TaggingModel": "tagging",
    "MusicModel": "music",
    "TranslationModel": "translation",
}
NO_VECTORIZER = "{}: this model holds no kseq vectorizer, so it cannot read raw input. Train one with `kseq train`."
FORWARDED = {"ignore_unknown_options": True, "allow_interspersed_args": False}


@click.command(context_settings=FORWARDED)
@click.argument("file", metavar="FILE")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[INPUT]... [OPTION]...")
@click.pass_context
def predict(context, file, arguments):
    """Put a model to work on raw input: texts, sentences, series, tunes.

    Texts are arguments, or lines of standard input. `kseq predict FILE --help` shows what the model in FILE can do.
    """
    forward(context, "predict", file, arguments)


@click.command(context_settings=FORWARDED)
@click.argument("file", metavar="FILE")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[OPTION]...")
@click.pass_context
def evaluate(context, file, arguments):
    """Score a model on held-out data, beside naive baselines.

    `kseq evaluate FILE --help` shows the options for the model in FILE. The test split is the one of `kseq train` with
    the same --data and --seed.
    """
    forward(context, "evaluate", file, arguments)


def forward(context, verb, file, arguments):
    """Runs the command `verb` of the kind of model that the file holds, with the path as its object."""
    kind = kind_of(file, verb)
    if kind not in MODULES:
        raise click.ClickException(NO_VECTORIZER.format(file))
    command = getattr(importlib.import_module(f"kseq.cli.{MODULES[kind]}"), f"{verb}_command")
    settings = {"help_option_names": context.help_option_names, "max_content_width": context.max_content_width}
    name = f"kseq {verb} {shlex.quote(file)}"
    with command.make_context(name, list(arguments), obj=file, **settings) as inner:
        command.invoke(inner)


def loaded(file):
    """The model in a file, for a command that gives it raw input."""
    from kseq.tasks import load_model

    model = load_model(file)
    if getattr(model, "vectorizer", None) is None:
        raise click.ClickException(NO_VECTORIZER.format(file))
    return model


def kind_of(file, verb):
    """The class name of a saved model, read without Keras."""
    if file.startswith("-"):
        raise click.UsageError(f"expected a model file first, then options. Received: {file}")
    if not Path(file).exists():
        raise click.UsageError(f"there is no model file {file}: expected a .keras file made by `kseq train --save`.")
    try:
        with zipfile.ZipFile(file) as archive:
            return str(json.loads(archive.read("config.json")).get("class_name"))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, AttributeError, EOFError):
        from kseq.tasks import load_model

        load_model(file)  # its error says what is wrong with the file
        return None
