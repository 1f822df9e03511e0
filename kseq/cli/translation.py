"""`kseq train translation`, and what `kseq predict` and `kseq evaluate` do with its models."""

import click

from kseq.cli.lines import batches_of, given_lines, say_unknown, warnings_in_one_line
from kseq.cli.options import COUNT, FRACTION, POSITIVE, Number, held_out_options
from kseq.cli.runs import check_save_path, fit, run_options
from kseq.cli.verbs import loaded

ARCHITECTURES = ("seq2seq", "attention", "transformer")
SCORES = ("dot", "additive", "multiplicative")


@click.command("translation")
@click.option(
    "--data",
    default=None,
    metavar="PATH|NAME",
    help="Your pairs: two columns with a tab between, zip archives too; or a name from `kseq datasets`.  "
    "[default: the bundled English and Spanish]",
)
@click.option("--reverse", is_flag=True, help="Translate from the second column to the first one.")
@click.option("--max-words", type=COUNT, default=None, help="Longest sentences to keep.  [default: all]")
@click.option("--max-pairs", type=COUNT, default=None, help="Size of a random sample.  [default: all pairs]")
@click.option("--max-tokens", type=COUNT, default=None, help="Largest vocabulary of a language.  [default: 20,000]")
@click.option("--test-pairs", type=COUNT, default=None, help="Source sentences in the test split.  [default: a tenth]")
@click.option("--architecture", type=click.Choice(ARCHITECTURES), default="attention", show_default=True)
@click.option("--attention-score", type=click.Choice(SCORES), default="additive", show_default=True)
@click.option("--cell", type=click.Choice(["gru", "lstm"]), default="gru", show_default=True)
@click.option("--bidirectional/--one-direction", default=True, show_default=True, help="How the encoder reads.")
@click.option("--embedding-dim", type=COUNT, default=128, show_default=True, help="Width of a word vector.")
@click.option("--units", type=COUNT, default=192, show_default=True, help="Width of the recurrent states.")
@click.option("--layers", "num_layers", type=COUNT, default=None, help="On either side.  [default: 1; Transformer: 3]")
@click.option("--dropout", type=FRACTION, default=0.2, show_default=True)
@click.option("--learning-rate", type=POSITIVE, default=None, help="[default: what suits the architecture]")
@click.option("--epochs", type=COUNT, default=20, show_default=True, help="At most; stops early.")
@click.option("--batch-size", type=COUNT, default=64, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@run_options
def train_translation(
    data,
    reverse,
    max_words,
    max_pairs,
    max_tokens,
    test_pairs,
    epochs,
    batch_size,
    seed,
    path,
    resume,
    overwrite,
    **sizes,
):
    """Train a translator on pairs of sentences; it stops when BLEU on the validation split does.

    After Ctrl-C the same command with --resume goes on where it was.
    """
    check_save_path(path, resume, overwrite)
    from kseq.data import load_sentence_pairs

    pairs = load_sentence_pairs(
        data,
        max_words=max_words,
        max_pairs=max_pairs,
        max_tokens=max_tokens,
        test_pairs=test_pairs,
        reverse=reverse,
        seed=seed,
        batch_size=batch_size,
    )
    if data is None:
        click.echo("no --data: the bundled English and Spanish")
    click.echo(pairs.describe())
    from kseq.tasks import build_translation_model

    model = build_translation_model(pairs.vectorizer, seed=seed, **sizes)
    if sizes["architecture"] == "transformer":
        click.echo("The first batch takes longest, some ten seconds: the training step is built before it runs.")
    fit(model, pairs, epochs, path, resume)
    click.echo(table(model, pairs, "test"))
    if path:
        looks = " --alignment" if sizes["architecture"] != "seq2seq" else ""  # where there is attention
        click.echo(f"\nSaved {path}. Try: kseq predict {path} {sentence(pairs)}{looks}")


def sentence(pairs):
    """A sentence of the data, for the shell."""
    import shlex

    return shlex.quote(pairs.sources("test")[0])


@click.command(context_settings={"ignore_unknown_options": True})  # a sentence may begin with a minus sign
@click.option("--beam", type=COUNT, default=4, show_default=True, help="Beginnings that are kept; 1 is greedy.")
@click.option("--length-penalty", type=Number(0), default=1.0, show_default=True, help="0 favours short translations.")
@click.option("--alignment", is_flag=True, help="Show which source word each word looked at most.")
@click.argument("sentences", nargs=-1, metavar="[SENTENCE]...")
@click.pass_obj
def predict_command(file, sentences, beam, length_penalty, alignment):
    """Translate each SENTENCE, or each line of standard input."""
    lines = given_lines(sentences, "sentences")
    first = next(lines)  # nothing to do is said before TensorFlow starts
    import itertools

    model = loaded(file)
    words, unknown, pair = 0, [], model.vectorizer
    for batch in batches_of(itertools.chain([first], lines), 256):
        with warnings_in_one_line():
            translations = model.translate(batch, beam=beam, length_penalty=length_penalty, details=True)
        for one in translations:
            click.echo(one.text)  # a blank line stays a blank line
            if alignment:
                click.echo(shown(one))
        for one, ids in zip(translations, pair.source_rows(batch), strict=True):
            words += len(one.source_words)
            unknown += [word for word, i in zip(one.source_words, ids, strict=False) if i == pair.unknown_id]
    if unknown:
        say_unknown(unknown, words)


def shown(translation):
    """A line for each word: what it looked at, and how much."""
    if translation.alignment is None:
        return "  (a model without attention looks at no word)"
    width = max(map(len, translation.words), default=0)
    lines = []
    for word, weights in zip(translation.words, translation.alignment, strict=True):
        seen = sorted(range(len(weights)), key=lambda i: -weights[i])[:2]
        looked = ", ".join(f"{translation.source_words[i]} {weights[i]:.2f}" for i in seen)
        lines.append(f"  {word:<{width}}  {looked}")
    return "\n".join(lines)


@click.command()
@held_out_options("the bundled English and Spanish")
@click.option("--reverse", is_flag=True, help="As in the training.")
@click.option("--max-words", type=COUNT, default=None, help="As in the training.")
@click.option("--max-pairs", type=COUNT, default=None, help="As in the training.")
@click.option("--test-pairs", type=COUNT, default=None, help="As in the training.")
@click.pass_obj
def evaluate_command(file, data, split, seed, **choice):
    """BLEU, chrF and exact match on held-out sentences, beside translators without a network."""
    from kseq.data import load_sentence_pairs

    model = loaded(file)
    pairs = load_sentence_pairs(data, seed=seed, vectorizer=model.vectorizer, **choice)
    with warnings_in_one_line():
        click.echo(table(model, pairs, split))


def table(model, pairs, split):
    """The scores of a split, as text."""
    from kseq.reports import table_of_scores
    from kseq.tasks.scoring import beside_baselines

    formats = {"BLEU": ".1f", "chrF": ".1f", "exact match": ".1%"}
    title = f"{pairs.name}, {split}: {len(pairs.sources(split)):,} source sentences"
    return table_of_scores(beside_baselines(model, pairs, split), title, formats)
