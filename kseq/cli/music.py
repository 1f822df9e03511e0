"""`kseq train music`, and what `kseq predict` and `kseq evaluate` do with its models: tunes in ABC notation."""

from pathlib import Path

import click

from kseq.cli.lines import warnings_in_one_line
from kseq.cli.options import COUNT, FRACTION, POSITIVE, held_out_options
from kseq.cli.runs import check_save_path, fit, run_options
from kseq.cli.verbs import loaded

ARCHITECTURES = ("lstm", "gru", "transformer")
EPOCHS, BATCH_SIZE = 20, 8
FORMATS = dict.fromkeys(("good tunes", "full bars", "in key", "copied bars", "copied phrases"), ".1%")


@click.command("music")
@click.option(
    "--data",
    default=None,
    metavar="PATH|NAME",
    help="Your ABC file or folder, or a name from `kseq datasets`.  [default: the bundled tunes]",
)
@click.option("--architecture", type=click.Choice(ARCHITECTURES), default="lstm", show_default=True)
@click.option(
    "--embedding-dim", type=COUNT, default=None, help="Width of a token's vector.  [default: 64; transformer: 192]"
)
@click.option("--units", type=COUNT, default=256, show_default=True, help="Width of the recurrent state.")
@click.option(
    "--layers", "num_layers", type=COUNT, default=None, help="On top of each other.  [default: 1; transformer: 4]"
)
@click.option("--dropout", type=FRACTION, default=0.3, show_default=True)
@click.option("--epochs", type=COUNT, default=EPOCHS, show_default=True, help="At most; stops early.")
@click.option("--batch-size", type=COUNT, default=BATCH_SIZE, show_default=True, help="Tunes in a batch.")
@click.option("--learning-rate", type=POSITIVE, default=None, help="Its peak.  [default: by architecture]")
@click.option("--seed", type=int, default=0, show_default=True)
@run_options
def train_music(data, epochs, batch_size, seed, path, resume, overwrite, **options):
    """Train a composer: an ABC file with many tunes, or a folder of such files.

    After Ctrl-C the same command with --resume goes on where it was.
    """
    check_save_path(path, resume, overwrite)
    from kseq.data import load_tunes

    tunes = load_tunes(data, seed=seed, batch_size=batch_size)
    if data is None:
        click.echo("no --data: the bundled tunes")
    click.echo(tunes.describe())
    from kseq.tasks import build_music_model

    model = build_music_model(tunes.vectorizer, seed=seed, **options)
    fit(model, tunes, epochs, path, resume)
    click.echo(music_table(model, tunes, "test"))
    if path:
        click.echo(f"\nSaved {path}. Try: kseq predict {path} --midi tune.mid")


@click.command()
@click.option("--count", type=COUNT, default=1, show_default=True, help="How many tunes.")
@click.option(
    "--prompt", default=None, metavar="FILE|ABC", help="A file, or ABC itself: a header, or a tune's beginning."
)
@click.option("--key", default=None, help="Such as D, Em or Ador.")
@click.option("--metre", default=None, help="Such as 6/8.")
@click.option("--rhythm", default=None, help="Such as reel, if the training tunes say it.")
@click.option("--temperature", type=POSITIVE, default=None, help="Below 1 safer, above 1 wilder.  [default: 0.7]")
@click.option(
    "--attempts", type=COUNT, default=1, show_default=True, help="Write a tune that is not good anew so often."
)
@click.option("--midi", default=None, metavar="FILE", help="Write the tune as MIDI; several: tune-1.mid, tune-2.mid, …")
@click.option("--wav", default=None, metavar="FILE", help="The same as sound.")
@click.option("--seed", type=click.IntRange(min=0), default=None, help="Fixes the tunes.")
@click.pass_obj
def predict_command(file, count, prompt, key, metre, rhythm, temperature, attempts, midi, wav, seed):
    """Compose tunes in ABC notation."""
    header = {name: value for name, value in (("key", key), ("metre", metre), ("rhythm", rhythm)) if value}
    if prompt is not None and header:
        raise click.UsageError("--prompt holds the header; --key, --metre and --rhythm are for tunes without one.")
    if prompt is not None:
        prompt = prompt_text(prompt)
    model = loaded(file)
    options = {} if temperature is None else {"temperature": temperature}
    try:
        tunes = model.compose(prompt or header or None, count=count, seed=seed, attempts=attempts, **options)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    silent, bad = [], 0
    for number, tune in enumerate(tunes, 1):
        click.echo(f"{tune.abc}\n")
        bad += bool(tune.problems)
        if tune.problems:
            click.echo(f"kseq: tune {number}: {tune.problems[0]}", err=True)
        for path, save in ((midi, tune.save_midi), (wav, tune.save_wav)):
            if path is None:
                continue
            target = Path(path)
            target = target if count == 1 else target.with_stem(f"{target.stem}-{number}")
            if not tune.notes:
                silent.append(str(target))
                continue
            try:
                save(target)
            except OSError as error:
                raise click.ClickException(f"{target}: cannot be written ({error.strerror})") from None
    if bad and attempts == 1:
        click.echo(
            f"kseq: {bad} of {count} {'tune is' if count == 1 else 'tunes are'} not good; "
            "--attempts 5 writes such a tune anew, up to five times.",
            err=True,
        )
    if silent:
        raise click.ClickException(f"not written, as the tune cannot be played: {', '.join(silent)}")


def prompt_text(prompt):
    """The text of a file of that name, or what was given, with `\\n` for line breaks."""
    if len(prompt) < 200 and "\n" not in prompt and Path(prompt).is_file():
        from kseq.data.texts.files import read_plain_text

        return read_plain_text(prompt, "a header or the beginning of a tune")[0]
    return prompt.replace("\\n", "\n")


@click.command()
@held_out_options("the bundled tunes")
@click.pass_obj
def evaluate_command(file, data, split, seed):
    """Good tunes, copied bars and bits per character, beside an n-gram and real tunes."""
    from kseq.data import load_tunes

    model = loaded(file)
    tunes = load_tunes(data, seed=seed, vectorizer=model.vectorizer)
    with warnings_in_one_line():
        click.echo(music_table(model, tunes, split))


def music_table(model, tunes, split):
    """Scores beside the baselines, as text."""
    from kseq.data.errors import counted
    from kseq.reports import table_of_scores
    from kseq.tasks.scoring import beside_baselines

    of = counted(len(tunes.tunes(split)), "tune")
    title = f"100 tunes written by each; bits per character on the {split} split ({of})"
    table = beside_baselines(model, tunes, split).drop(columns="perplexity", errors="ignore")
    return table_of_scores(table, title, FORMATS)
