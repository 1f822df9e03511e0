"""`kseq demo`: the whole path on the bundled reviews, from raw text to a saved model, in about a minute."""

from pathlib import Path

import click

# What the course's slides ask a classifier (S3, S5): short, and half of it in Russian.
COURSE_SENTENCES = (
    "Neat plot. Great acting.",
    "Good, cheap food!",
    "Было сложно, мне понравилось",
    "Будет сложно, вам понравится",
)


def run_demo(folder=".", epochs=None, seed=0, verbose="auto"):
    """Trains, scores, looks at mistakes, classifies the course's sentences, saves model and figure.

    Args:
        folder: Folder for `sentiment.keras` and `sentiment.png`; made if it is missing.
        epochs: At most this many epochs. Default: until validation stops improving.
        seed: Fixes weights, dropout and shuffling.
        verbose: As in `fit`.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)

    from kseq.data import load_reviews

    heading("1. The data: labelled reviews (S3), words turned into ids (T1, T2)")
    reviews = load_reviews("all", seed=seed)
    click.echo(reviews.describe())

    from kseq.reports import confusion_table, mistakes, score_table
    from kseq.tasks import build_sentiment_model, train, worst_examples

    heading("2. The model: an LSTM reads word after word (G1), in both directions (G4)")
    model = build_sentiment_model(reviews.vectorizer, architecture="lstm", bidirectional=True, seed=seed)
    history = train(model, reviews, epochs=epochs or 20, verbose=verbose)

    heading("3. The score, beside naive baselines on the same texts")
    click.echo(score_table(model, reviews))
    click.echo()
    click.echo(confusion_table(model, reviews).to_string())

    heading("4. What it got most confidently wrong")
    click.echo(mistakes(worst_examples(model, reviews.test, count=5)))

    heading("5. Where word order decides: the contrast set, the same words in another order (S8)")
    contrast = load_reviews("contrast", seed=seed)
    for text, label in zip(contrast.texts("train")[:2], ("positive", "negative"), strict=True):
        click.echo(f"  {label}: {text}")
    click.echo()
    click.echo("  (training a second model, silently)")
    ordered = build_sentiment_model(contrast.vectorizer, architecture="lstm", bidirectional=True, seed=seed)
    ordered_history = train(ordered, contrast, epochs=epochs or 8, verbose=0)
    click.echo(score_table(ordered, contrast))

    heading("6. The course's sentences, read by the first model")
    for text, answer in zip(COURSE_SENTENCES, model.classify(COURSE_SENTENCES), strict=True):
        click.echo(f"  {text:<32} → {answer.label} ({answer.probability:.0%})")

    heading("7. Saved")
    model_file, figure_file = folder / "sentiment.keras", folder / "sentiment.png"
    model.save(model_file)
    draw({"natural reviews": (history, reviews), "contrast set": (ordered_history, contrast)}, figure_file)
    click.echo(f"  {model_file}   model and vocabulary in one file")
    click.echo(f"  {figure_file}     accuracy over the epochs, beside the baselines")

    heading("Try next")
    click.echo(f'  kseq predict {model_file} "I wanted to love it." "Not bad at all!"')
    click.echo("  kseq train sentiment --data contrast --architecture simple_rnn")
    click.echo("  kseq train sentiment --data YOUR_FILE.csv --save mine.keras")


def draw(runs, path):
    """Saves the training curves of several runs, one below the other, with their baselines.

    Args:
        runs: Dictionary of title → `(history, dataset)`.
        path: File of the figure; the ending says which kind.
    """
    from matplotlib.figure import Figure

    from kseq.plot import training_curves

    figure = Figure(figsize=(8, 3.6 * len(runs)), layout="constrained")
    for axes, (title, (history, dataset)) in zip(figure.subplots(len(runs)), runs.items(), strict=True):
        baselines = {name: row["accuracy"] for name, row in dataset.baselines("validation").iterrows()}
        training_curves(history.history, ax=axes, baselines=baselines)
        axes.set_title(title)
        axes.set_ylim(0.45, 1.02)
    figure.savefig(path, dpi=150)


def heading(text):
    """A line that starts a section."""
    click.echo()
    click.secho(text, bold=True)
