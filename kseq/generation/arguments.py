"""What `generate` accepts: every argument is looked at before anything is computed."""

import dataclasses
import numbers
from collections.abc import Callable

import numpy as np

from kseq.generation.errors import GenerationError

SAMPLERS = ("random", "greedy", "beam")
WITHOUT_EFFECT = {
    "greedy": ("temperature", "top_k", "top_p", "num_beams", "length_penalty", "num_results"),
    "random": ("num_beams", "length_penalty", "num_results"),
    "beam": ("temperature", "top_k", "top_p", "repetition_penalty", "callback"),
}
OVERFLOWS = ("error", "window")
LARGEST_SEED = 2**63 - 1


@dataclasses.dataclass(frozen=True)
class Options:
    """The checked arguments of `generate`; see there."""

    max_new_tokens: int = 200
    sampler: str = "random"
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    repetition_penalty: float = 1.0
    num_beams: int = 4
    length_penalty: float = 1.0
    num_results: int = 1
    stop: tuple = ()
    callback: Callable | None = None
    seed: int | None = None
    overflow: str = "error"
    include_prompt: bool = True
    banned: tuple = ()


def checked(options, vocabulary_size):
    """The `Options`, or a `GenerationError` that names the argument."""
    options = dataclasses.replace(options, stop=stop_strings(options.stop))
    check_integer("max_new_tokens", options.max_new_tokens, 1)
    check_choice("sampler", options.sampler, SAMPLERS)
    check_choice("overflow", options.overflow, OVERFLOWS)
    check_integer("num_beams", options.num_beams, 1)
    check_integer("num_results", options.num_results, 1)
    check_number("length_penalty", options.length_penalty, "a number", lambda value: True)
    check_number("repetition_penalty", options.repetition_penalty, "a number above 0", lambda value: value > 0)
    check_number(
        "temperature",
        options.temperature,
        "a number above 0 (for the most probable token each time, use sampler='greedy')",
        lambda value: value > 0,
    )
    if options.top_k is not None:
        check_integer("top_k", options.top_k, 1, vocabulary_size)
    if options.top_p is not None:
        check_number("top_p", options.top_p, "a number above 0 and at most 1", lambda value: 0 < value <= 1)
    if options.seed is not None:
        check_integer("seed", options.seed, 0, LARGEST_SEED)
    if options.callback is not None and not callable(options.callback):
        raise GenerationError(f"`callback` must be a function that takes text. Received: callback={options.callback!r}")
    if not isinstance(options.include_prompt, bool):
        raise GenerationError(
            f"`include_prompt` must be True or False. Received: include_prompt={options.include_prompt!r}"
        )
    check_together(options)
    return dataclasses.replace(options, banned=banned_ids(options.banned, vocabulary_size))


def check_together(options):
    """Refuses arguments that would have no effect with the sampler that was chosen."""
    defaults = Options()
    for name in WITHOUT_EFFECT[options.sampler]:
        value = getattr(options, name)
        if value != getattr(defaults, name):
            received = f"{name}={value!r}" if name != "callback" else "a callback"
            useful = " or ".join(f"sampler={one!r}" for one in SAMPLERS if name not in WITHOUT_EFFECT[one])
            raise GenerationError(
                f"`{name}` has no effect with sampler={options.sampler!r}: leave it out, or use {useful}. "
                f"Received: {received}"
            )
    if options.sampler == "beam" and options.num_results > options.num_beams:
        raise GenerationError(
            f"`num_results` must be at most num_beams={options.num_beams}. Received: num_results={options.num_results}"
        )


def stop_strings(stop):
    """The strings that end a text, as a tuple."""
    strings = () if stop is None else (stop,) if isinstance(stop, str) else stop
    if not isinstance(strings, list | tuple) or not all(isinstance(one, str) and one for one in strings):
        raise GenerationError(
            f"`stop` must be a string or a list of strings, none of them empty. Received: stop={stop!r}"
        )
    return tuple(strings)


def banned_ids(banned, vocabulary_size):
    """The ids that are never written, as a tuple of integers."""
    ids = () if banned is None else banned
    good = isinstance(ids, list | tuple | np.ndarray) and all(
        isinstance(one, int | np.integer) and not isinstance(one, bool) and 0 <= one < vocabulary_size for one in ids
    )
    if not good or len({*map(int, ids), 0, 1}) >= vocabulary_size:
        raise GenerationError(
            f"`banned` must be a list of ids from 0 to {vocabulary_size - 1}, not of all of them. "
            f"Received: banned={banned!r}"
        )
    return tuple(map(int, ids))


def check_integer(name, value, least, most=None):
    """Refuses what is no integer from `least` to `most`."""
    good = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not good or value < least or (most is not None and value > most):
        limits = f"from {least} to {most}" if most is not None else f"of at least {least}"
        raise GenerationError(f"`{name}` must be an integer {limits}. Received: {name}={value!r}")


def check_number(name, value, expected, fits):
    """Refuses what is no finite number, or does not fit."""
    good = isinstance(value, numbers.Real) and not isinstance(value, bool) and np.isfinite(value)
    if not good or not fits(value):
        raise GenerationError(f"`{name}` must be {expected}. Received: {name}={value!r}")


def check_choice(name, value, known):
    """Refuses what is none of the known words."""
    if value not in known:
        raise GenerationError(f"`{name}` must be one of {', '.join(map(repr, known))}. Received: {name}={value!r}")


def check_room(rows, options, limit):
    """Refuses prompts that do not fit into the model's context together with the new tokens."""
    longest = max(map(len, rows))
    if options.overflow == "window" or limit is None or longest + options.max_new_tokens <= limit:
        return
    advice = f"max_new_tokens={limit - longest}, " if longest < limit else "a shorter prompt, "
    raise GenerationError(
        f"The prompt has {longest} tokens and max_new_tokens={options.max_new_tokens}, but the model's context_length "
        f"is {limit}. Use {advice}overflow='window' (old text is forgotten), or a model with a longer context."
    )
