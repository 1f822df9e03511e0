"""`kseq train tagging`, and what `kseq predict` and `kseq evaluate` do with its models."""

import contextlib
import itertools
import re

import click

from kseq.cli.lines import batches_of, given_lines, say_unknown, warnings_in_one_line
from kseq.cli.options import COUNT, FRACTION, held_out_options
from kseq.cli.runs import check_save_path, fit, run_options
from kseq.cli.verbs import loaded
from kseq.data.errors import DataError

ARCHITECTURES = ("simple_rnn", "lstm", "gru", "transformer")
COLUMN_HELP = "Number of the column with the {}, from 1.  [default: {} in CoNLL-U, {} in other columns]"


@click.command("tagging")
@click.option(
    "--data",
    default=None,
    metavar="PATH|NAME",
    help="Your file or folder, or a name from `kseq datasets`.  [default: the bundled English sentences]",
)
@click.option("--word-column", type=COUNT, default=None, help=COLUMN_HELP.format("words", 2, 1))
@click.option("--tag-column", type=COUNT, default=None, help=COLUMN_HELP.format("tags", 4, 2))
@click.option("--architecture", type=click.Choice(ARCHITECTURES), default="lstm", show_default=True)
@click.option("--bidirectional/--one-direction", default=True, show_default=True, help="Whether later words count.")
@click.option("--characters/--no-characters", default=True, show_default=True, help="Whether spelling is read, too.")
@click.option("--embedding-dim", type=COUNT, default=64, show_default=True, help="Width of a word vector.")
@click.option("--units", type=COUNT, default=64, show_default=True, help="Width of the state, per direction.")
@click.option("--layers", "num_layers", type=COUNT, default=1, show_default=True)
@click.option("--embeddings", default=None, metavar="FILE", help="Word vectors: a GloVe, word2vec or fastText file.")
@click.option("--dropout", type=FRACTION, default=None, help="[default: 0.3; 0.1 for transformer]")
@click.option("--epochs", type=COUNT, default=30, show_default=True, help="At most; stops early.")
@click.option("--batch-size", type=COUNT, default=32, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@run_options
def train_tagging(data, word_column, tag_column, epochs, batch_size, seed, path, resume, overwrite, **settings):
    """Train a tagger: CoNLL-U, columns of words and tags, or lines of word/TAG.

    After Ctrl-C the same command with --resume goes on where it was.
    """
    check_save_path(path, resume, overwrite)
    from kseq.data import load_tagged_sentences

    columns = {"word_column": word_column, "tag_column": tag_column}
    with names_of_the_shell():
        sentences = load_tagged_sentences(data, seed=seed, batch_size=batch_size, **columns)
    if data is None:
        click.echo("no --data: the bundled English sentences")
    click.echo(in_shell(sentences.describe()))
    from kseq.tasks import build_tagging_model

    model = build_tagging_model(sentences.vectorizer, seed=seed, **settings)
    fit(model, sentences, epochs, path, resume)
    click.echo(tagging_table(model, sentences))
    if path:
        click.echo(f'\nSaved {path}. Try: kseq predict {path} "Pass me the orange marker"')


@click.command(context_settings={"ignore_unknown_options": True})  # a sentence may begin with a minus sign
@click.argument("texts", nargs=-1, metavar="[SENTENCE]...")
@click.pass_obj
def predict_command(file, texts):
    """Tag the words of each SENTENCE, or of each line of standard input: word/TAG word/TAG …"""
    lines = given_lines(texts, "sentences")
    first = next(lines)  # nothing to do is said before TensorFlow starts
    model = loaded(file)
    words, unknown, strange = 0, [], False
    for batch in batches_of(itertools.chain([first], lines), 64):
        with warnings_in_one_line():
            tagged = model.tag(batch)
        for row, ids in zip(tagged, model.vectorizer.encode_rows(batch), strict=True):
            # A blank line stays a blank line, so that answers stand beside their lines.
            click.echo(" ".join(f"{word.word}/{word.tag}" for word in row))
            new = [word.word for word, number in zip(row, ids, strict=True) if number == model.vectorizer.unknown_id]
            words, unknown, strange = words + len(row), unknown + new, strange or len(new) * 2 > len(row)
    if strange:  # a sentence of which it knew less than half
        say_unknown(unknown, words, "it went by spelling and neighbours")


@click.command()
@held_out_options("the bundled English sentences")
@click.option("--word-column", type=COUNT, default=None, help=COLUMN_HELP.format("words", 2, 1))
@click.option("--tag-column", type=COUNT, default=None, help=COLUMN_HELP.format("tags", 4, 2))
@click.pass_obj
def evaluate_command(file, data, split, seed, word_column, tag_column):
    """The accuracy on held-out sentences, beside the naive baselines, and the F1 of each tag."""
    from kseq.data import load_tagged_sentences

    model = loaded(file)
    columns = {"word_column": word_column, "tag_column": tag_column}
    with names_of_the_shell():
        sentences = load_tagged_sentences(data, seed=seed, vectorizer=model.vectorizer, **columns)
    from kseq.tasks.tagging_report import report_text, tag_report

    with warnings_in_one_line():
        click.echo(tagging_table(model, sentences, split))
    click.echo()
    click.echo(report_text(tag_report(model, sentences, split)))


@contextlib.contextmanager
def names_of_the_shell():
    """Within it, errors that name arguments of Python name the options of the shell."""
    try:
        yield
    except DataError as error:
        raise click.ClickException(in_shell(str(error))) from None


def in_shell(text):
    """`(tag_column=5)` becomes `(--tag-column 5)`."""
    text = re.sub(r"\b(word|tag)_column=(\d+)(?:, (?=word|tag))?", r"--\1-column \2 ", text).replace(" )", ")")
    return re.sub(r"\((word|tag)_column\)", r"(--\1-column)", text)


def tagging_table(model, sentences, split="test"):
    """The scores of a tagger beside the baselines, as text."""
    from kseq.reports import table_of_scores
    from kseq.tasks.scoring import beside_baselines

    words = sum(map(len, sentences.sentences(split)))
    if not words:
        raise click.ClickException(f"the {split} split of {sentences.name} is empty.")
    table = beside_baselines(model, sentences, split)
    title = f"Accuracy on the {split} split ({words:,} words, {sentences.unknown(split).mean():.1%} of them unknown)"
    return table_of_scores(table, title, dict.fromkeys(table.columns, ".1%"))
