"""`kseq generate`: a text goes on, and appears as it is made."""

import shlex
from pathlib import Path

import click

from kseq.cli.options import COUNT, POSITIVE, PROBABILITY
from kseq.cli.verbs import kind_of

SAMPLERS = ("random", "greedy", "beam")
USED_BY = {  # options that not all samplers look at
    "temperature": ("--temperature", ("random",)),
    "top_k": ("--top-k", ("random",)),
    "top_p": ("--top-p", ("random",)),
    "repetition_penalty": ("--repetition-penalty", ("random", "greedy")),
    "num_beams": ("--beams", ("beam",)),
}
# Classes of saved models that `kseq predict` puts to work -> what they are.
OTHERS = {
    "SentimentModel": "a classifier, which writes no text",
    "TaggingModel": "a tagger, which writes no text",
    "TranslationModel": "a translator",
    "ForecastModel": "a model of series, which writes no text",
    "TrajectoryModel": "a model of trajectories, which writes no text",
}
SEED = click.IntRange(0, 2**63 - 1)


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--prompt", default="\n", help="The beginning of the text.  [default: a line break]")
@click.option("--length", type=COUNT, default=200, show_default=True, help="How many tokens to add, at most.")
@click.option("--sampler", type=click.Choice(SAMPLERS), default="random", show_default=True)
@click.option("--temperature", type=POSITIVE, default=1.0, show_default=True, help="Below 1 safer, above 1 wilder.")
@click.option("--top-k", type=COUNT, default=None, help="Draw from the k most probable tokens only.")
@click.option(
    "--top-p", type=PROBABILITY, default=None, help="Draw from the fewest tokens with this probability together."
)
@click.option("--repetition-penalty", type=POSITIVE, default=1.0, show_default=True, help="Above 1: fewer repetitions.")
@click.option("--beams", "num_beams", type=COUNT, default=4, show_default=True, help="With --sampler beam.")
@click.option("--stop", multiple=True, metavar="TEXT", help="End before this text; may be given several times.")
@click.option("--seed", type=SEED, default=None, help="The same seed gives the same text.")
@click.option("--overflow", type=click.Choice(["error", "window"]), default="window", show_default=True)
def generate(file, prompt, length, stop, **options):
    """Continue --prompt with the language model in FILE.

    With `window` a text longer than the model's context goes on, and its beginning is forgotten; `error` refuses it.
    """
    check_options(prompt, stop, options)
    if not Path(file).exists():
        raise click.UsageError(f"there is no model file {file}: expected a .keras file made by `kseq train text`.")
    other = OTHERS.get(kind_of(file, "generate"))
    if other:
        raise click.ClickException(f"{file} holds {other}; its command is: kseq predict {shlex.quote(file)}")
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


def check_options(prompt, stop, options):
    """Refuses, under the names that the shell has for them, options that would be refused or without effect later."""
    if not prompt:
        raise click.UsageError("--prompt is empty: leave --prompt out to begin with a line break.")
    if not all(stop):
        raise click.UsageError("--stop is empty: expected the text to end before, or no --stop.")
    source = click.get_current_context().get_parameter_source
    for name, (option, samplers) in USED_BY.items():
        is_given = source(name) is not click.core.ParameterSource.DEFAULT
        if is_given and options["sampler"] not in samplers:
            raise click.UsageError(
                f"{option} has no effect with --sampler {options['sampler']}: it goes with --sampler "
                f"{' or '.join(samplers)}."
            )
