"""`generate`: raw text in, the same text continued out (S4, L1)."""

import dataclasses
import time

import numpy as np

from kseq.generation import loops
from kseq.generation.arguments import Options, check_room, checked
from kseq.generation.beam import beam_search
from kseq.generation.prompts import find_vectorizer, prompt_rows
from kseq.generation.session import Session
from kseq.generation.streaming import TextStream

MOST_ROWS = 64  # prompts that are continued side by side; more come one batch after another
LAG = 0.04  # seconds between two pieces of text that a reader takes for none


@dataclasses.dataclass(frozen=True)
class Generated:
    """One of several texts that beam search found.

    Args:
        text: the text.
        score: Σ log P of its new tokens, divided by their number to the power of the length penalty.
    """

    text: str
    score: float


def generate(
    model,
    prompt,
    max_new_tokens=200,
    *,
    sampler="random",
    temperature=1.0,
    top_k=None,
    top_p=None,
    repetition_penalty=1.0,
    num_beams=4,
    length_penalty=1.0,
    num_results=1,
    stop=None,
    callback=None,
    seed=None,
    overflow="error",
    include_prompt=True,
    banned=None,
    vectorizer=None,
):
    """Continues texts with a language model, token by token (S4, L1).

        x_{t+1} ~ P(x | x_1, …, x_t)

    Each token is read once: recurrent layers keep their states, attention keeps the keys and values of the tokens so
    far. The text is the same as if the model read everything anew for every token. The loop is compiled at the first
    call for a model and a size of text, and kept; weights that are trained further are seen. Padding and the unknown
    token (ids 0 and 1) are never written.

    Args:
        model: a built functional or sequential model that gives logits, or probabilities after a softmax, of shape
            `(batch_size, sequence_length, vocabulary_size)` for ids of shape `(batch_size, sequence_length)`. All
            its layers must go on step by step: recurrent ones, kseq's causal attention and positions, and whatever
            treats a token by itself.
        prompt: a string, or a list of strings.
        max_new_tokens: how many tokens are added, or fewer if a stop string comes first.
        sampler: `"random"` draws each token from the model's probabilities; `"greedy"` takes the most probable one;
            `"beam"` looks for the most probable whole text.
        temperature: of `"random"`: logits are divided by it. Below 1 the text gets safer, above 1 wilder.
        top_k: of `"random"`: draw from the k most probable tokens only. `None`: from all.
        top_p: of `"random"`: draw only from the fewest most probable tokens that have this probability together.
        repetition_penalty: above 1, tokens that the text already has become less probable.
        num_beams: of `"beam"`: how many beginnings stay in the race.
        length_penalty: of `"beam"`: the score is Σ log P divided by the number of new tokens to this power. Above 0
            favours longer texts; matters only where stop strings end texts early.
        num_results: of `"beam"`: how many of the best texts are returned.
        stop: a string or a list of strings that end the text, whatever tokens they are made of; the text is cut off
            before them.
        callback: a function of one piece of new text, called as the text is made; with a list of prompts, a function
            of the piece and the number of its prompt. The pieces join to the new text.
        seed: integer of at least 0 that fixes what `"random"` draws. `None`: another text each time, unless
            `keras.utils.set_random_seed` was called. The n-th prompt of a list is continued the same way whatever
            the others are.
        overflow: what happens where prompt and new tokens are longer than the model's `context_length`: `"error"`,
            or `"window"`: whenever the context is full, its last half is read anew and the text goes on.
        include_prompt: whether the prompt is part of the result.
        banned: ids of tokens that are never written; a prompt may have them.
        vectorizer: for models that carry none: what turns text into ids and back.

    Returns:
        A string for a string, a list for a list. With `num_results` above 1, in place of each string a list of
        `Generated(text, score)`, the best first.

    Raises:
        GenerationError: a layer, the prompt or an argument cannot be used; the message is one line that says why.

    Example:

    >>> generate(model, "Roses are red", 100, temperature=0.8, seed=1)
    >>> generate(model, ["To be", "Or not"], sampler="beam", num_results=3)
    >>> generate(model, "Once", callback=lambda text: print(text, end="", flush=True))

    References:
        Holtzman et al. (2020), The curious case of neural text degeneration (top-p); Fan et al. (2018), Hierarchical
        neural story generation (top-k). Rows S4 and L1 of the course map.
    """
    scores = loops.scores_of(model)
    vectorizer = find_vectorizer(model, vectorizer, scores.vocabulary_size)
    options = checked(
        Options(
            max_new_tokens=max_new_tokens,
            sampler=sampler,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            repetition_penalty=repetition_penalty,
            num_beams=num_beams,
            length_penalty=length_penalty,
            num_results=num_results,
            stop=stop,
            callback=callback,
            seed=seed,
            overflow=overflow,
            include_prompt=include_prompt,
            banned=banned,
        ),
        scores.vocabulary_size,
    )
    rows = prompt_rows(prompt, vectorizer)
    check_room(rows, options, scores.context_length)
    prompts = [prompt] if isinstance(prompt, str) else list(prompt)
    continued = beams if options.sampler == "beam" else texts
    results = continued(model, prompts, rows, vectorizer, options, isinstance(prompt, str))
    return results[0] if isinstance(prompt, str) else results


def texts(model, prompts, rows, vectorizer, options, is_single):
    """The prompts with what the model makes of them, a list of strings."""
    seed = int(np.random.randint(2**31)) if options.seed is None else int(options.seed)
    streams = []
    for first in range(0, len(rows), MOST_ROWS):
        batch = rows[first : first + MOST_ROWS]
        session = Session(model, batch, options, seed, first)
        batch_prompts = prompts[first : first + MOST_ROWS]
        streams += write(session, batch_prompts, batch, first, vectorizer, options, is_single)
    return [joined(prompt, s.text, options) for prompt, s in zip(prompts, streams, strict=True)]


def write(session, prompts, rows, first, vectorizer, options, is_single):
    """Runs a session to its end and shows the text as it grows; gives a `TextStream` for each row."""
    streams = [TextStream(vectorizer, row, options.stop, prompt) for prompt, row in zip(prompts, rows, strict=True)]
    count, is_watched = 1, options.callback is not None
    while session.ready < session.total and not all(stream.is_finished for stream in streams):
        began, before = time.perf_counter(), session.ready
        if not is_watched:
            count = session.shape.steps if options.stop else session.total
        session.advance(count)
        # As many tokens in one go as come in the time that a reader does not notice: a slow model shows single ones.
        rate = (session.ready - before) / max(time.perf_counter() - began, 1e-9)
        count = min(max(int(rate * LAG), 1), 2 * count, session.shape.steps)
        for number, stream in enumerate(streams):
            ids = session.ids(number)
            is_last = len(ids) == len(rows[number]) + options.max_new_tokens
            if len(ids) <= len(rows[number]) or not (is_last or is_watched or options.stop):
                continue
            piece = stream.push(ids.tolist(), is_last)
            if piece and is_watched:
                options.callback(*((piece,) if is_single else (piece, first + number)))
    return streams


def beams(model, prompts, rows, vectorizer, options, is_single):
    """The prompts with the most probable texts after them: strings, or lists of `Generated`."""
    results = []
    for prompt, row in zip(prompts, rows, strict=True):
        found = [
            Generated(joined(prompt, text, options), score)
            for text, score in beam_search(model, prompt, row, vectorizer, options)
        ]
        results.append(found if options.num_results > 1 else found[0].text)
    return results


def joined(prompt, text, options):
    """The result for one prompt."""
    return prompt + text if options.include_prompt else text
