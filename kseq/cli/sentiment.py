"""`kseq train sentiment`, and what `kseq predict` and `kseq evaluate` do with its models."""

import itertools

import click

from kseq.cli.lines import batches_of, given_lines, warnings_in_one_line
from kseq.cli.options import held_out_options
from kseq.cli.runs import check_save_path, fit, run_options
from kseq.cli.verbs import loaded

ARCHITECTURES = ("dense", "simple_rnn", "lstm", "gru", "transformer")


@click.command("sentiment")
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
@click.option(
    "--embeddings", type=click.Path(exists=True, dir_okay=False), default=None, metavar="FILE",
    help="Word vectors to begin with: GloVe, word2vec or fastText, as text.",
)  # fmt: skip
@click.option("--epochs", type=click.IntRange(min=1), default=20, show_default=True, help="At most; stops early.")
@click.option("--batch-size", type=click.IntRange(min=1), default=32, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@run_options
def train_sentiment(
    data,
    architecture,
    bidirectional,
    units,
    num_layers,
    tokens,
    embeddings,
    epochs,
    batch_size,
    seed,
    path,
    resume,
    overwrite,
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

    model = build_sentiment_model(
        reviews.vectorizer,
        architecture=architecture,
        bidirectional=bidirectional,
        units=units,
        num_layers=num_layers,
        embeddings=embeddings,
        seed=seed,
    )
    fit(model, reviews, epochs, path, resume)
    click.echo(score_table(model, reviews))
    if path:
        click.echo(f'\nSaved {path}. Try: kseq predict {path} "Good, cheap food!"')


@click.command(context_settings={"ignore_unknown_options": True})  # a text may begin with a minus sign
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@click.pass_obj
def predict_command(file, texts):
    """Classify each TEXT, or each line of standard input."""
    lines = given_lines(texts)
    first = next(lines)  # nothing to do is said before TensorFlow starts
    model = loaded(file)
    count = unread = 0
    for batch in batches_of(itertools.chain([first], lines), 64):
        count += len(batch)
        unread += sum(not model.vectorizer.knows(text) for text in batch if text.strip())
        for text, answer in zip(batch, model.classify(batch), strict=True):
            # A blank line stays a blank line, so that answers stand beside their lines.
            click.echo(f"{answer.label}\t{answer.probability:.3f}\t{text}" if text.strip() else "")
    if unread:
        from kseq.data.unknown_input import without_known_words

        click.echo(f"kseq: {without_known_words(unread, count)}; it only guessed.", err=True)


@click.command()
@held_out_options("the bundled reviews")
@click.pass_obj
def evaluate_command(file, data, split, seed):
    """The accuracy on held-out texts, beside the naive baselines."""
    from kseq.data import load_reviews

    model = loaded(file)
    reviews = load_reviews(data, seed=seed, vectorizer=model.vectorizer, max_length=model.vectorizer.max_length)
    if reviews.vectorizer.labels != model.vectorizer.labels:
        ours, theirs = (", ".join(map(repr, one.vectorizer.labels)) for one in (model, reviews))
        raise click.ClickException(f"{reviews.name}: expected the labels of the model, {ours}; found {theirs}.")
    from kseq.data.seen_sentences import warn
    from kseq.data.unknown_input import remark_on_unknown, unknown_share
    from kseq.reports import score_table

    with warnings_in_one_line():
        share = unknown_share(model.vectorizer, reviews.texts(split))
        warn(remark_on_unknown(share, f"{split} tokens", "is it another language"))
        click.echo(score_table(model, reviews, split))
