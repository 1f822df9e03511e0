"""What a trace says when it is asked for an array, a word or a step that it does not have."""

import numpy as np

from kseq.inspection.errors import InspectionError, listed, near, no_such

# what one cell calls by a name that belongs to another cell
ELSEWHERE = {
    ("GRU", "forget_gate"): "A GRU has no forget gate: its update gate z keeps, as 1 it keeps the whole old state",
    ("GRU", "input_gate"): "A GRU has no input gate: its update gate z keeps, and 1 - z lets the new in",
    ("GRU", "output_gate"): "A GRU has no output gate: its state is its output",
    ("GRU", "cell_state"): "A GRU has no cell state: its hidden state is all it remembers",
    ("LSTM", "update_gate"): "An LSTM has no update gate: its forget gate keeps and its input gate lets in",
    ("LSTM", "reset_gate"): "An LSTM has no reset gate: its candidate always sees the whole hidden state",
    ("LSTM", "pre_activation"): "For an LSTM the values before tanh and sigmoid are not kept",
    ("GRU", "pre_activation"): "For a GRU the values before tanh and sigmoid are not kept",
    ("SimpleRNN", "cell_state"): "A SimpleRNN has no cell state: its hidden state is all it remembers",
}


class UnknownName(InspectionError, KeyError):
    """A layer, an array or a word that is not there; a `KeyError` too, so that `in` and `get` work."""

    __str__ = Exception.__str__


def missing_array(layer, what):
    """The error for an array that a `LayerTrace` does not have."""
    reason = ELSEWHERE.get((layer.cell, what))
    if reason is None and layer.cell == "SimpleRNN" and str(what).endswith("gate"):
        reason = "A SimpleRNN has no gates"
    if reason is not None:
        return UnknownName(f"{reason}. The arrays of {layer.name!r}: {listed(layer.values)}")
    return UnknownName(str(no_such("array", what, list(layer.values), f"The arrays of {layer.name!r}")))


def missing_word(layer, word):
    """The error for a word that stands nowhere, or not where a `LayerTrace` looks."""
    if not isinstance(word, str):
        return InspectionError(f"`token` must be a word or a position, a whole number. Received: token={word!r}")
    words = np.array(layer.tokens, object).reshape(layer.counts.shape)
    if (words == word).any():
        return UnknownName(f"The word {word!r} stands at masked steps only, which take no part")
    known = sorted({str(w) for w in words[layer.counts] if w})
    close = near(word, known)
    others = f"Near: {listed(close)}" if close else f"There are: {listed(known)}"
    return UnknownName(f"The word {word!r} does not occur in these texts. {others}")


def missing_step(layer, step):
    """The error for a position that no example of a `LayerTrace` has."""
    steps = layer.steps
    those = f"{steps[0]} … {steps[-1]}" if len(steps) > 4 else listed(steps.tolist())
    if step < 0:
        return InspectionError(
            f"Positions are counted from 0, the first step of the input; the steps of this trace: {those}. "
            f"Received: token={step}"
        )
    if step in steps:
        return InspectionError(f"Step {step} is masked (padding) in every example of this trace: nothing happens there")
    return InspectionError(f"This trace has no step {step}. Its steps: {those}")


def missing_attention_array(layer, what):
    """The error for an array that an `AttentionTrace` does not have."""
    letters = {"Q": "query", "K": "key", "V": "value", "attention": "weights", "queries": "query", "keys": "key"}
    if what in letters:
        return UnknownName(f"The array {what!r} is called {letters[what]!r} here, or see `matrices()`")
    return UnknownName(str(no_such("array", what, list(layer.values), f"The arrays of {layer.name!r}")))


def unknown_word(words, word):
    """The error for a word that stands nowhere among those that count."""
    if not isinstance(word, str):
        return InspectionError(f"`token` must be a word or a position, a whole number. Received: token={word!r}")
    known = sorted({str(w) for w in words if w})
    close = near(word, known)
    others = f"Near: {listed(close)}" if close else f"There are: {listed(known)}"
    return InspectionError(f"The word {word!r} does not occur in these texts. {others}")
