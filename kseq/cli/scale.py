"""`kseq scale`: what a model costs, on the command line. Nothing is imported before the options are read."""

import click

from kseq.cli.amounts import Amount, Share
from kseq.cli.sections import Sectioned

QUESTIONS = ("memory", "time", "cost", "carbon", "optimal", "inference", "parameters")
OPTIMIZERS = ("adam", "adamw", "sgd", "momentum", "adafactor", "adam8bit")
SIZE = Amount(10**9, whole=True)
DEVICES = Amount(10**7, whole=True)
SECTIONS = {
    "What is asked": ("question", "compare", "explain", "as_json", "published", "list_names"),
    "The training": ("tokens", "flops", "batch", "context", "optimizer", "precision", "recompute", "dropout"),
    "The machines": ("gpus", "gpu", "utilisation", "zero", "tensor", "pipeline"),
    "Electricity and money": ("region", "price"),
    "A model by its sizes, or other sizes of a named one": (
        "layers", "width", "heads", "kv_heads", "head_width", "feed_forward", "vocabulary", "encoder_layers", "style",
    ),
}  # fmt: skip
EXAMPLES = (
    ("kseq scale gpt3-175b", "How many parameters, FLOPs and bytes?"),
    ("kseq scale 1.3B --gpus 8 --gpu a100-80gb", "Does it fit, how long, how much, what does it emit?"),
    ("kseq scale llama-7b --gpus 1024 --gpu a100 --tokens 1T --region france", "The same, of my own run:"),
    ("kseq scale llama2-70b --question inference --context 4096", "What does using it take?"),
    ("kseq scale --flops 1e22 --question optimal", "Which size for my compute?"),
    ("kseq scale --compare gpt2 gpt3-175b llama3.1-405b", "Several models, side by side:"),
    ("kseq scale --layers 24 --width 2048 --heads 16 --explain", "A model of my own, with each formula:"),
)
RUN = (
    "tokens", "gpus", "gpu", "utilisation", "zero", "tensor", "pipeline", "region", "price", "recompute", "batch",
    "dropout",
)  # fmt: skip


@click.command(cls=Sectioned, sections=SECTIONS, examples=EXAMPLES)
@click.argument("models", nargs=-1, metavar="[MODEL]...")
@click.option("--question", type=click.Choice(QUESTIONS), default=None, help="Answer this alone, in detail.")
@click.option("--compare", is_flag=True, help="The same rows of several MODELs, side by side.")
@click.option("--explain", is_flag=True, help="Each number's formula, inputs and sources, as on a blackboard.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with formulas and sources.")
@click.option("--published", is_flag=True, help="Published numbers beside computed ones, of MODEL or of all.")
@click.option("--list", "list_names", is_flag=True, help="All names: models, accelerators, regions.")
@click.option("--tokens", type=Amount(1e18), default=None, help="Tokens of the training: 300e9, 300B.  [default: 20 for each parameter of a causal language model]")  # fmt: skip  # noqa: E501
@click.option("--flops", type=Amount(1e33), default=None, help="Compute to spend, for --question optimal: 1e22.")
@click.option("--batch", type=SIZE, default=None, help="Sequences that a device reads at once.  [default: 1]")
@click.option("--context", type=SIZE, default=None, help="Tokens of a sequence.  [default: the model's own]")
@click.option("--optimizer", type=click.Choice(OPTIMIZERS), default=None, help="[default: adamw]")
@click.option("--precision", type=click.Choice(["mixed", "float32"]), default=None, help="[default: mixed, 16 bits with 32-bit master weights]")  # fmt: skip  # noqa: E501
@click.option("--recompute", type=click.Choice(["none", "selective", "flash", "full"]), default=None, help="What is computed twice to save memory: weights of attention (flash: by FlashAttention, which never stores them; selective: by a layer at a time) or whole layers.  [default: flash]")  # fmt: skip  # noqa: E501
@click.option("--dropout/--no-dropout", default=None, help="Whether its masks take memory.  [default: as the model was trained: GPT-2 with, LLaMA without]")  # fmt: skip  # noqa: E501
@click.option("--gpus", type=DEVICES, default=None, help="Number of devices.  [default: 8]")
@click.option("--gpu", default=None, metavar="NAME", help="Kind of device: a100-80gb, h100, v100, …  [default: a100-80gb]")  # fmt: skip  # noqa: E501
@click.option("--utilisation", type=Share(), default=None, help="Share of the peak that is reached: 0.4 or 40%.  [default: the range of published runs]")  # fmt: skip  # noqa: E501
@click.option("--zero", type=click.IntRange(0, 3), default=None, help="Stage of ZeRO: what the devices share.  [default: the lowest that fits]")  # fmt: skip  # noqa: E501
@click.option("--tensor", type=DEVICES, default=None, help="Devices that share each layer.  [default: 1]")
@click.option("--pipeline", type=DEVICES, default=None, help="Devices that share the layers among them.  [default: 1]")
@click.option("--region", default=None, metavar="NAME", help="Where the electricity comes from: france, iowa, …  [default: the world, as a range]")  # fmt: skip  # noqa: E501
@click.option("--price", type=Amount(1e6), default=None, help="USD for an hour of one device.  [default: list prices, as a range, where known]")  # fmt: skip  # noqa: E501
@click.option("--layers", type=SIZE, default=None, help="Blocks of the decoder, or of the only stack.")
@click.option("--width", type=SIZE, default=None, help="Width of the model.")
@click.option("--heads", type=SIZE, default=None, help="Heads of attention.  [default: of width 64]")
@click.option("--kv-heads", type=SIZE, default=None, help="Heads of keys and values, if fewer.")
@click.option("--head-width", type=SIZE, default=None, help="Width of a head, if it is not width / heads.")
@click.option("--feed-forward", type=SIZE, default=None, help="Width inside the feed-forward layers.  [default: 4 · width]")  # fmt: skip  # noqa: E501
@click.option("--vocabulary", type=SIZE, default=None, help="Tokens of the vocabulary.  [default: 50,257]")
@click.option("--encoder-layers", type=SIZE, default=None, help="Blocks of an encoder before the decoder.")
@click.option("--style", type=click.Choice(["gpt", "llama"]), default=None, help="llama: gated, rotary, no biases, nothing tied.  [default: gpt]")  # fmt: skip  # noqa: E501
def scale(models, question, compare, explain, as_json, published, list_names, style, **options):
    """What a model costs: parameters, FLOPs, memory, time, money, carbon, with formulas and sources.

    MODEL is a published name (gpt3-175b, llama-7b, vit-b/16; see --list), a size (1.3B: a model in GPT-3's
    proportions), a saved Keras model (model.keras), a Hugging Face config.json or its folder (with a slash: ./mine),
    or none, with --layers and --width. Names win over files. Numbers may be written 300e9, 300B, 1.4T, 128k.

    Training is in mixed precision with AdamW where no option says otherwise; in Python, memory() alone counts 32 bits
    and Adam.
    """
    if (list_names or published) and (question or compare or explain):
        raise click.UsageError("--list and --published stand alone, or with --json.")
    if options["flops"] is not None and question != "optimal":
        raise click.UsageError("--flops goes with --question optimal; a training run is given by --tokens.")
    if list_names:
        from kseq.cli.scale_lists import names

        click.echo(names(as_json))
        return
    if published:
        from kseq.cli.scale_lists import published_table

        click.echo(published_table(models, as_json))
        return
    from kseq.cli.answers import as_json as to_json
    from kseq.cli.answers import side_by_side
    from kseq.cli.scale_words import in_options
    from kseq.scale import ScaleError

    try:
        answers = list(answered(models, question, style, options))
    except ScaleError as error:
        raise click.UsageError(in_options(str(error))) from error
    if as_json:
        click.echo(to_json(answers))
    elif compare or len(answers) > 1:
        click.echo(side_by_side(answers))
    else:
        click.echo(answers[0].as_text())
    if explain and not as_json:
        for answer in answers:
            click.echo(f"\n{'─' * 20} {answer.model}\n\n{answer.explained()}")
    elif not as_json and len(answers) == 1 and answers[0].question == "overview":
        click.echo("\nNext: --gpus 8 --gpu a100-80gb (a training run); --question memory|cost|carbon|…; --explain")


def answered(models, question, style, options):
    """The answer of each model to the question."""
    from kseq.cli.scale_asked import Asked
    from kseq.cli.scale_models import FIELDS, facts_of, file_of, model_of
    from kseq.cli.scale_questions import QUESTIONS as FUNCTIONS
    from kseq.cli.scale_questions import unknown

    sizes = {name: options.pop(name) for name in FIELDS}
    sizes = {name: value for name, value in sizes.items() if value is not None}
    if not question:
        question = "run" if any(options[name] is not None for name in RUN) else "overview"
    if question == "optimal" and not models and not sizes:
        if (options["flops"] is None) == (options["tokens"] is None):
            raise click.UsageError("--question optimal expects a MODEL, --flops, or --tokens.")
        yield FUNCTIONS["optimal"](Asked(None, **options))
        return
    if not models and not sizes:
        raise click.UsageError("missing MODEL: a name, a size or a file. Try: kseq scale gpt2, or kseq scale --help.")
    for text in models or (None,):
        if len(models) > 1 and (facts := facts_of(text)):
            yield unknown(text, facts)
            continue
        config = model_of(text, sizes, style, options["context"])
        answer = FUNCTIONS[question](Asked(config, **options))
        answer.origin = str(file_of(text) or "")
        yield answer
