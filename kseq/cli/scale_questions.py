"""What can be asked of a model: each question makes an `Answer` out of `kseq.scale`."""

import math

from kseq.cli.answers import Answer, Row
from kseq.cli.scale_asked import GPU
from kseq.cli.scale_rows import (
    HALF,
    STAGES,
    activation_options,
    beyond_all,
    beyond_the_laws,
    notes_of,
    optimum_rows,
    published,
    roofline_rows,
    run_notes,
    shape,
    states,
)
from kseq.cli.scale_runs import carbon, cost, run, time
from kseq.scale import (
    ScaleError,
    accelerator,
    activation_memory,
    compute_optimal,
    expected_loss,
    flops_per_token,
    given,
    in_gib,
    kv_cache,
    memory,
    parameter_parts,
    parameters,
    show,
)
from kseq.scale.advising import room
from kseq.scale.planning import is_language_model
from kseq.scale.units import in_letters

PHASES = {"prefill": "Reading the prompts (prefill)", "decode": "Writing one more token of each (decode)"}
EXTRAPOLATED = (
    "The laws are of Transformer language models of 70 M to 16 B parameters that read 5 B to 500 B tokens; elsewhere "
    "they are continued and disagree, as the rows show. Losses can be compared within one fit only."
)
RECOMMENDED = 1  # of Chinchilla's approaches: 20 tokens for each parameter, as the model itself had
LAWS = {
    "Hoffmann et al. 2022, approach 1": {"approach": 1},
    "Hoffmann et al. 2022, approach 2": {"approach": 2},
    "Hoffmann et al. 2022, approach 3, constants of the TeX source": {"approach": 3, "constants": "unrounded"},
    "The same, constants as printed": {"approach": 3, "constants": "rounded"},
    "Besiroglu et al. 2024, approach 3 fitted anew": {"approach": 3, "constants": "refit"},
}


def overview(asked):
    """Sizes, parameters, FLOPs and memory of a model, without a word on machines."""
    count = parameters(asked.config)
    weights = memory(asked.config, dtype=HALF).weights
    rows = [Row("parameters", count, published(asked)), *shape(asked), "What it takes"]
    forward = flops_per_token(asked.config, context=asked.context, direction="forward")
    both = flops_per_token(asked.config, context=asked.context)
    rows += [
        Row(f"FLOPs of {asked.unit}, forward", forward, text=asked.flops_shown(forward)),
        Row(f"FLOPs of {asked.unit}, training", both, "forward and backward", asked.flops_shown(both)),
        Row("weights in 16 bits", weights, "to use it"),
        Row("training, mixed precision", states(asked), "weights, gradients, AdamW; activations come on top"),
    ]
    if asked.writes:
        rows.append(Row("KV cache of a token", kv_cache(asked.config), "in 16 bits"))
        rows.append(
            Row("KV cache of the context", kv_cache(asked.config, tokens=asked.length), f"{asked.length:,} tokens")
        )
    sentence = (
        f"{asked.name} has {count:,.0f} parameters: {in_gib(weights)} in 16 bits to use it, "
        f"{in_gib(states(asked))} and the activations to train it."
    )
    if asked.is_architecture:
        return Answer("overview", asked.name, sentence, rows, notes=[beyond_all(count), *notes_of(asked)])
    return Answer("overview", asked.name, sentence, rows, table=asked.config)  # it prints its own notes


def parts(asked):
    """Where the parameters are."""
    count = parameters(asked.config)
    split = parameter_parts(asked.config) if asked.is_architecture else asked.config.parameter_parts()
    found = {name: value for name, value in split.items() if value}
    rows = [Row(name.replace("_", " "), value, f"{float(value) / float(count):6.2%}") for name, value in found.items()]
    rows.append(Row("all", count, published(asked)))
    largest = max(found, key=found.get)
    sentence = (
        f"{asked.name} has {count:,.0f} parameters; most are in {largest.replace('_', ' ')} "
        f"({float(found[largest]) / float(count):.0%})."
    )
    return Answer("parameters", asked.name, sentence, rows, notes=notes_of(asked))


def memory_question(asked):
    """What training takes on each device, and in which ways it would take less."""
    plan = asked.plan
    used, device = plan.memory, plan.gpu
    rows = [
        f"On each of {plan.machines}",
        Row("weights", used.weights),
        Row("gradients", used.gradients),
        Row("optimizer", used.optimizer, asked.optimizer or "adamw"),
        Row("activations", used.activations, f"{asked.batch or 1} × {asked.length:,} tokens at once"),
        Row("together", used.training, f"ZeRO stage {plan.zero}: {STAGES[plan.zero]}" if plan.gpus > 1 else ""),
        Row("the device has", given(device.memory, "bytes", name=f"memory of {device.name}")),
    ]
    if asked.is_architecture:
        rows.append("Activations of these sequences, recomputing")
        for kind in ("none", "selective", "flash", "full"):
            rows.append(Row(kind, activation_memory(asked.config, **activation_options(asked, kind))))
    rows += [
        "The whole model, without activations",
        Row("weights in 16 bits", memory(asked.config, dtype=HALF).weights),
    ]
    rows.append(Row("training in mixed precision", states(asked), asked.optimizer or "adamw"))
    full = memory(asked.config, optimizer=asked.optimizer or "adamw").training
    rows.append(Row("training in 32 bits", full, asked.optimizer or "adamw"))
    sentence, advice = plan.verdict, plan.advice
    if asked.remedy:
        needed = in_gib(asked.better.plan.memory.training)
        sentence, advice = f"{sentence} With {asked.remedy} it fits: {needed}.", advice[1:]
    return Answer("memory", asked.name, sentence, rows, advice, run_notes(asked), remedy=plan.remedy)


def optimal(asked):
    """Which size and how much text go together: for a model, for an amount of compute, or for a number of tokens."""
    if asked.flops:
        known, model = {"flops": asked.flops}, "any model"
    elif asked.config is None:
        known, model = {"tokens": asked.tokens}, "any model"
    elif is_language_model(asked.config):
        known, model = {"parameters": float(parameters(asked.config))}, asked.name
    else:
        raise ScaleError(
            f"--question optimal is for causal language models, to which its laws were fitted. Received: {asked.name}"
        )
    best = compute_optimal(**known, approach=RECOMMENDED)
    if min(best.parameters, best.tokens) < 1:
        kind, amount = next(iter(known.items()))
        raise ScaleError(f"--{kind} {amount:g} is too little: by the laws it is less than one parameter or one token.")
    rows, laws = [], []
    for text, options in LAWS.items():
        found = compute_optimal(**known, **options)
        recommended = options == {"approach": RECOMMENDED}
        rows += [f"{text}{' (taken above)' if recommended else ''}", *optimum_rows(found)]
        laws.append({"law": text, "recommended": recommended} | {row.key: row.as_dict() for row in optimum_rows(found)})
    size, data = in_letters(best.parameters), in_letters(best.tokens)
    sentence = {
        "flops": f"{show(asked.flops or 0, 'FLOP')} are best spent on {size} parameters and {data} tokens",
        "tokens": f"{data} tokens feed a model of {size} parameters",
        "parameters": f"{asked.name if asked.config else ''} has {size} parameters, best trained on {data} tokens",
    }[next(iter(known))]
    if asked.tokens and "parameters" in known:
        here = [Row("tokens", given(asked.tokens, "tokens", name="tokens of the training"))]
        here.append(Row("expected loss", expected_loss(known["parameters"], asked.tokens), "TeX source"))
        rows += ["As it is trained here", *here]
        laws.append({"law": "as it is trained here", "recommended": False} | {row.key: row.as_dict() for row in here})
    notes = [f"{EXTRAPOLATED} {beyond_the_laws(best)}".strip()]
    sentence = f"{sentence}, by Chinchilla's approach {RECOMMENDED}; others differ:"
    return Answer("optimal", model, sentence, rows, notes=notes, laws=laws)


def inference(asked):
    """What using the model takes: memory, prefill and decoding on one device."""
    if not asked.writes:
        raise ScaleError(f"--question inference is for models that write token by token. Received: {asked.name}")
    from kseq.scale import roofline

    device = accelerator(asked.gpu or GPU)
    number, batch = asked.gpus or 1, asked.batch or 1
    weights = memory(asked.config, dtype=HALF).weights
    cache = kv_cache(asked.config, tokens=asked.length, batch_size=batch)
    needed = float(weights) + float(cache)
    rows = [
        f"Memory, {batch} × {asked.length:,} tokens",
        Row("weights in 16 bits", weights),
        Row("KV cache", cache, f"{in_gib(kv_cache(asked.config))} for each token of a sequence"),
        Row(
            "together",
            given(needed, "bytes", name="weights and KV cache"),
            f"{number:,} × {device.name} have {in_gib(number * device.memory)}",
        ),
    ]
    notes = notes_of(asked)
    if asked.config.num_encoder_layers:
        notes.insert(0, "No roofline: it is computed for one stack of layers, and this model has two.")
    else:
        step = {"batch_size": batch, "context": asked.length, "gpus": number}
        for phase, title in PHASES.items():
            rows += [title, *roofline_rows(roofline(asked.config, gpu=device, phase=phase, **step))]
    fits = needed <= number * room(device)
    sentence = (
        f"{asked.name} with {batch} × {asked.length:,} tokens needs {in_gib(needed)}: it "
        f"{'fits' if fits else 'does not fit'} into {number:,} × {device.name}."
    )
    enough = 2 ** math.ceil(math.log2(needed / room(device)))  # heads are shared evenly by powers of two
    advice = [] if fits else [f"--gpus {enough} would hold it, and share the work."]
    return Answer("inference", asked.name, sentence, rows, advice, notes)


def unknown(text, facts):
    """A model with nothing to compute from, beside others: a column that says so."""
    printed = f"{in_letters(facts.parameters)} (printed)" if facts.parameters else "not published"
    return Answer("facts", text, facts.known, [Row("parameters", printed)], notes=[f"{facts.known} [{facts.source}]"])


QUESTIONS = {
    "overview": overview,
    "parameters": parts,
    "run": run,
    "memory": memory_question,
    "time": time,
    "cost": cost,
    "carbon": carbon,
    "optimal": optimal,
    "inference": inference,
}
