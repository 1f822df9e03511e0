"""`kseq train text`: a language model of the bundled texts or of your own files."""

import shlex

import click

from kseq.cli.lines import warnings_in_one_line
from kseq.cli.options import COUNT, FRACTION, POSITIVE, held_out_options
from kseq.cli.runs import check_save_path, fit, run_options
from kseq.cli.verbs import loaded

ARCHITECTURES = ("simple_rnn", "lstm", "gru", "transformer")
SIZES = {  # options that not all architectures have
    "units": ("--units", ("simple_rnn", "lstm", "gru")),
    "num_heads": ("--heads", ("transformer",)),
}
EPOCHS, PARTS = 20, 10  # without and with --steps
CONTEXT_LENGTH = 64


@click.command("text")
@click.option(
    "--data",
    default=None,
    metavar="PATH|NAME",
    help="Your file or folder, or a name from `kseq datasets`.  [default: the bundled texts]",
)
@click.option("--glob", default=None, metavar="PATTERN", help='Which files of a folder to read, such as "*.py".')
@click.option("--tokens", type=click.Choice(["character", "word", "subword"]), default="character", show_default=True)
@click.option("--architecture", type=click.Choice(ARCHITECTURES), default="lstm", show_default=True)
@click.option(
    "--context-length", type=COUNT, default=CONTEXT_LENGTH, show_default=True, help="Tokens that are read at once."
)
@click.option("--embedding-dim", type=COUNT, default=128, show_default=True, help="Width of a token's vector.")
@click.option(
    "--embeddings", type=click.Path(exists=True, dir_okay=False), default=None, metavar="FILE",
    help="Word vectors to begin with (--tokens word): GloVe, word2vec or fastText, as text.",
)  # fmt: skip
@click.option("--units", type=COUNT, default=None, help="Width of the recurrent state.  [default: 256]")
@click.option(
    "--layers", "num_layers", type=COUNT, default=None, help="On top of each other.  [default: 1; transformer: 4]"
)
@click.option("--heads", "num_heads", type=COUNT, default=None, help="Of the transformer's attention.  [default: 4]")
@click.option("--dropout", type=FRACTION, default=0.0, show_default=True, help="For small texts: 0.1 to 0.3.")
@click.option("--stateful", is_flag=True, help="Carry the states from batch to batch: the text as streams.")
@click.option("--epochs", type=COUNT, default=None, help="At most; stops early.  [default: 20; with --steps: 10]")
@click.option("--steps", type=COUNT, default=None, help="Batches in all epochs together, however long the text is.")
@click.option("--batch-size", type=COUNT, default=32, show_default=True)
@click.option("--learning-rate", type=POSITIVE, default=None, help="Its peak.  [default: by architecture]")
@click.option("--seed", type=int, default=0, show_default=True)
@run_options
def train_text(data, glob, tokens, context_length, epochs, steps, batch_size, seed, path, resume, overwrite, **options):
    """Train a language model: any text, or a folder of such files.

    After Ctrl-C the same command with --resume goes on where it was.
    """
    options = {name: value for name, value in options.items() if value is not None}
    for name, (option, architectures) in SIZES.items():
        if name in options and options["architecture"] not in architectures:
            raise click.UsageError(f"{option} goes with --architecture {' or '.join(architectures)} only.")
    if options["stateful"]:
        if options["architecture"] == "transformer" or steps:
            raise click.UsageError("--stateful goes with recurrent architectures, and not with --steps.")
        options["batch_size"] = batch_size
    check_save_path(path, resume, overwrite)
    epochs, batches = plan(epochs, steps)
    from kseq.data import load_text

    text = load_text(
        data,
        glob=glob,
        tokens=tokens,
        context_length=context_length,
        batch_size=batch_size,
        seed=seed,
        steps_per_epoch=batches,
        stateful=options["stateful"],
    )
    if data is None:
        click.echo("no --data: the bundled texts")
    click.echo(text.describe())
    from kseq.reports import text_score_table
    from kseq.tasks import build_text_model

    model = build_text_model(text.vectorizer, context_length=context_length, seed=seed, **options)
    fit(model, text, epochs, path, resume)
    click.echo(text_score_table(model, text))
    if path:
        click.echo(f"\nSaved {path}. Try: {shlex.join(['kseq', 'generate', path, *beginning(text)])}")


def plan(epochs, steps):
    """The number of epochs and of batches in each; `None`: as many as go once through the text."""
    if steps is None:
        return epochs or EPOCHS, None
    epochs = min(epochs or PARTS, steps)
    return epochs, -(-steps // epochs)


def beginning(text):
    """`--prompt` and two words of the text that the model can read, if there are any."""
    for line in text.text("train")[:10_000].splitlines():
        prompt = " ".join(line.split()[:2])
        if prompt and prompt.isprintable() and text.vectorizer.unknown_id not in text.vectorizer.ids(prompt):
            return "--prompt", prompt
    return ()


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@click.pass_obj
def predict_command(file, texts):
    """Language models write: use `kseq generate`."""
    raise click.ClickException(f"{file} holds a language model; its command is: kseq generate {shlex.quote(file)}")


@click.command()
@held_out_options("the bundled texts")
@click.option("--glob", default=None, metavar="PATTERN", help='Which files of a folder to read, such as "*.py".')
@click.pass_obj
def evaluate_command(file, data, split, seed, glob):
    """Loss, perplexity and bits per character on held-out text, beside models that count."""
    from kseq.data import load_text

    model = loaded(file)
    streams = {"stateful": True, "batch_size": model.streams} if model.streams else {}
    length = model.context_length or CONTEXT_LENGTH
    text = load_text(data, glob=glob, seed=seed, vectorizer=model.vectorizer, context_length=length, **streams)
    from kseq.data.seen_sentences import warn
    from kseq.data.unknown_input import remark_on_unknown_text
    from kseq.reports import text_score_table

    with warnings_in_one_line():
        warn(remark_on_unknown_text(text, split))
        click.echo(text_score_table(model, text, split))
