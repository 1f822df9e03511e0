"""`kseq train next_word`, and what `kseq predict` and `kseq evaluate` do with its models."""

import itertools
import warnings

import click

from kseq.cli.lines import batches_of, given_lines, warnings_in_one_line
from kseq.cli.options import COUNT, FRACTION, POSITIVE, held_out_options
from kseq.cli.runs import check_save_path, fit, run_options
from kseq.cli.verbs import loaded

ARCHITECTURES = ("simple_rnn", "lstm", "gru", "transformer")
SIZES = {  # options that not all architectures have
    "units": ("--units", ("simple_rnn", "lstm", "gru")),
    "num_heads": ("--heads", ("transformer",)),
}
CONTEXT_LENGTH = 16
FORMATS = {"top-1 accuracy": ".1%", "top-5 accuracy": ".1%", "perplexity": ",.1f", "order": ".0f"}


@click.command("next_word")
@click.option(
    "--data",
    default=None,
    metavar="PATH|NAME",
    help="Your file or folder, or a name from `kseq datasets`.  [default: the bundled texts]",
)
@click.option("--glob", default=None, metavar="PATTERN", help='Which files of a folder to read, such as "*.txt".')
@click.option("--architecture", type=click.Choice(ARCHITECTURES), default="lstm", show_default=True)
@click.option("--context-length", type=COUNT, default=CONTEXT_LENGTH, show_default=True, help="Words before, at most.")
@click.option("--embedding-dim", type=COUNT, default=None, help="Width of a word vector.  [default: 64]")
@click.option(
    "--embeddings", type=click.Path(exists=True, dir_okay=False), default=None, metavar="FILE",
    help="Word vectors to begin with: GloVe, word2vec or fastText, as text.",
)  # fmt: skip
@click.option("--units", type=COUNT, default=None, help="Width of the recurrent state.  [default: 128]")
@click.option("--layers", "num_layers", type=COUNT, default=None, help="[default: 1; transformer: 2]")
@click.option("--heads", "num_heads", type=COUNT, default=None, help="Of the transformer's attention.  [default: 4]")
@click.option("--dropout", type=FRACTION, default=0.3, show_default=True)
@click.option("--epochs", type=COUNT, default=20, show_default=True, help="At most; stops early.")
@click.option("--batch-size", type=COUNT, default=32, show_default=True)
@click.option("--learning-rate", type=POSITIVE, default=None, help="[default: by architecture]")
@click.option("--seed", type=int, default=0, show_default=True)
@run_options
def train_next_word(data, glob, context_length, epochs, batch_size, seed, path, resume, overwrite, **options):
    """Train a model that says which word comes next: any text, or a folder of such files.

    After Ctrl-C the same command with --resume goes on where it was.
    """
    options = {name: value for name, value in options.items() if value is not None}
    for name, (option, architectures) in SIZES.items():
        if name in options and options["architecture"] not in architectures:
            raise click.UsageError(f"{option} goes with --architecture {' or '.join(architectures)} only.")
    check_save_path(path, resume, overwrite)
    from kseq.data import load_next_words

    words = load_next_words(data, glob=glob, context_length=context_length, batch_size=batch_size, seed=seed)
    if data is None:
        click.echo("no --data: the bundled texts")
    click.echo(words.describe())
    from kseq.tasks import build_next_word_model

    model = build_next_word_model(words.vectorizer, context_length=context_length, seed=seed, **options)
    fit(model, words, epochs, path, resume)
    show_scores(model, words, "test")
    if path:
        click.echo(f'\nSaved {path}. Try: kseq predict {path} "This morning I took my"')


def show_scores(model, words, split):
    """The scores beside the baselines."""
    from kseq.reports import table_of_scores
    from kseq.tasks.scoring import beside_baselines

    table = beside_baselines(model, words, split).drop(columns="order", errors="ignore")
    title = f"Next word on the {split} split ({len(words.places(split)):,} known words asked for)"
    click.echo(table_of_scores(table, title, FORMATS))
    unknown = 1 - words.known_share(split)
    click.echo(f"  Unknown next words ({unknown:.1%}) count as wrong answers; the perplexity is that of the others.")


@click.command(context_settings={"ignore_unknown_options": True})  # a text may begin with a minus sign
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@click.option("--k", type=COUNT, default=5, show_default=True, help="How many words are offered.")
@click.pass_obj
def predict_command(file, texts, k):
    """The most probable next words after each TEXT, or each line of standard input."""
    lines = given_lines(texts)
    first = next(lines)  # nothing to do is said before TensorFlow starts
    model = loaded(file)
    count = unread = 0
    for batch in batches_of(itertools.chain([first], lines), 64):
        count += len(batch)
        unread += sum(not model.vectorizer.knows(text) for text in batch if text.strip())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # guesses are counted, and said at the end
            answers = iter(model.complete([text for text in batch if text.strip()], k=k))
        for text in batch:
            # A blank line stays a blank line, so that answers stand beside their lines.
            answer = next(answers) if text.strip() else ()
            click.echo("\t".join([text] * bool(answer) + [f"{one.word} {one.probability:.3f}" for one in answer]))
    if unread:
        from kseq.data.unknown_input import without_known_words

        click.echo(f"kseq: {without_known_words(unread, count)}; it only guessed.", err=True)


@click.command()
@held_out_options("the bundled texts")
@click.option("--glob", default=None, metavar="PATTERN", help='Which files of a folder to read, such as "*.txt".')
@click.pass_obj
def evaluate_command(file, data, split, seed, glob):
    """Top-1 and top-5 accuracy and perplexity on held-out text, beside models that count."""
    from kseq.data import load_next_words

    model = loaded(file)
    length = model.context_length or CONTEXT_LENGTH
    words = load_next_words(data, glob=glob, seed=seed, vectorizer=model.vectorizer, context_length=length)
    with warnings_in_one_line():
        show_scores(model, words, split)
