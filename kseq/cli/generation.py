"""`kseq generate`: a text goes on, and appears as it is made."""

from pathlib import Path

import click

SAMPLERS = ("random", "greedy", "beam")


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--prompt", default="\n", help="The beginning of the text.  [default: a line break]")
@click.option(
    "--length", type=click.IntRange(min=1), default=200, show_default=True, help="How many tokens to add, at most."
)
@click.option("--sampler", type=click.Choice(SAMPLERS), default="random", show_default=True)
@click.option("--temperature", type=float, default=1.0, show_default=True, help="Below 1 safer, above 1 wilder.")
@click.option("--top-k", type=int, default=None, help="Draw from the k most probable tokens only.")
@click.option("--top-p", type=float, default=None, help="Draw from the fewest tokens with this probability together.")
@click.option("--repetition-penalty", type=float, default=1.0, show_default=True, help="Above 1: fewer repetitions.")
@click.option("--beams", "num_beams", type=int, default=4, show_default=True, help="With --sampler beam.")
@click.option("--stop", multiple=True, metavar="TEXT", help="End before this text; may be given several times.")
@click.option("--seed", type=int, default=None, help="The same seed gives the same text.")
@click.option("--overflow", type=click.Choice(["error", "window"]), default="window", show_default=True)
def generate(file, prompt, length, stop, **options):
    """Continue --prompt with the language model in FILE.

    With `window` a text longer than the model's context goes on, and its beginning is forgotten.
    """
    if not Path(file).exists():
        raise click.UsageError(f"there is no model file {file}: expected a .keras file made by `kseq train text`.")
    from kseq.generation import generate as continue_text
    from kseq.tasks import load_model

    model = load_model(file)
    shows_at_once = options["sampler"] == "beam"
    if not shows_at_once:
        del options["num_beams"]
    shown = []

    def show(text):
        if not shown:  # only now is it sure that the prompt can be read
            click.echo(prompt.lstrip("\n"), nl=False)
        shown.append(text)
        click.echo(text, nl=False)

    callback = None if shows_at_once else show
    text = continue_text(
        model, prompt, length, stop=stop or None, callback=callback, include_prompt=shows_at_once, **options
    )
    click.echo(text.lstrip("\n") if shows_at_once else "" if shown else prompt.lstrip("\n"))
