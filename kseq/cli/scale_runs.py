"""Questions about a training run: does it fit, how long, how much, what does it emit.

Where it does not fit as asked, the answer is that of the first remedy, with its own time and money.
"""

from kseq.cli.answers import Answer, with_range
from kseq.cli.scale_rows import (
    carbon_rows,
    fits_rows,
    missing,
    price_rows,
    run_notes,
    short,
    time_rows,
)
from kseq.scale import ScaleError, in_gib
from kseq.scale.units import in_letters


def run(asked):
    """The whole of it: does it fit, how long, how much, what does it emit."""
    plan, done = asked.plan, asked.better.plan
    needs = (
        f"{asked.name} on {done.machines} needs {in_gib(done.memory.training)} of {in_gib(done.gpu.memory)} on each."
    )
    sentence = f"{verdict(asked)} {needs}{taken(done)}"
    rows = ["Does it fit?", *fits_rows(asked)]
    if asked.remedy:
        rows += [f"With {asked.remedy}", *fits_rows(asked.better)]
    then = f" (with {asked.remedy})" if asked.remedy else ""
    if done.time is not None:
        rows += [f"How long?{then}", *time_rows(asked.better), f"How much?{then}", *price_rows(asked.better)]
        rows += [f"What does it emit?{then}", *carbon_rows(asked.better)]
    else:
        rows += ["How long, how much?", missing("time", plan.unsaid[0])]
    return answer("run", asked, sentence, rows, plan.advice[1:] if asked.remedy else plan.advice)


def time(asked):
    """How long a training takes."""
    plan = said(asked)
    sentence = f"Training {asked.name} on {in_letters(plan.tokens)} tokens takes about {plan.time} on {plan.machines}."
    return answer("time", asked, f"{sentence}{misfit(asked)}", time_rows(asked.better), others(asked))


def cost(asked):
    """What a training costs."""
    plan = said(asked)
    if plan.price is None:
        raise ScaleError(plan.unsaid[0])
    sentence = f"Training {asked.name} on {in_letters(plan.tokens)} tokens costs about {with_range(plan.price)}."
    rows = [*time_rows(asked.better), *price_rows(asked.better)]
    return answer("cost", asked, f"{sentence}{misfit(asked)}", rows, others(asked))


def carbon(asked):
    """What a training emits."""
    plan = said(asked)
    sentence = f"Training {asked.name} on {in_letters(plan.tokens)} tokens emits about {with_range(plan.carbon)}."
    rows = [*time_rows(asked.better), *carbon_rows(asked.better)]
    return answer("carbon", asked, f"{sentence}{misfit(asked)}", rows, others(asked))


def answer(question, asked, sentence, rows, advice):
    """An `Answer`, with the remedy as the options of the command line."""
    remedy = asked.plan.remedy
    return Answer(question, asked.name, sentence, rows, advice, run_notes(asked.better), remedy=remedy)


def said(asked):
    """The plan with which it fits, if there is something to say of its time."""
    if asked.plan.time is None:
        raise ScaleError(asked.plan.unsaid[0])
    return asked.better.plan


def verdict(asked):
    """The beginning of a sentence: whether it fits, and with what it would."""
    if asked.plan.fits:
        return "It fits:"
    return f"Not as it stands; with {asked.remedy} it fits:" if asked.remedy else "It does not fit:"


def taken(plan):
    """Time, money and carbon in one sentence, as far as they are known."""
    if plan.time is None:
        return ""
    sentence = f" Trained on {in_letters(plan.tokens)} tokens it takes about {short(plan.time)}"
    costs = "" if plan.price is None else f", {short(plan.price)},"
    return f"{sentence}{costs} and emits {short(plan.carbon)}."


def misfit(asked):
    """What is added to a sentence about a training that does not fit as asked."""
    if asked.plan.fits:
        return ""
    if asked.remedy:
        return f" This is with {asked.remedy}; as asked it does not fit."
    return f" {asked.plan.verdict}"


def others(asked):
    """What else would help where it does not fit."""
    if asked.plan.fits:
        return ()
    return asked.plan.advice[1:] if asked.remedy else asked.plan.advice
