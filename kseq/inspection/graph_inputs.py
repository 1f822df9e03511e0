"""How many steps each input of a model has, and what to call them: from a number, arrays, tokens or a raw text."""

import numpy as np
from keras import layers as kl

from kseq.inspection.graph_open import has_graph, has_inside, opened
from kseq.inspection.graph_walk import arguments_of, tensors_of
from kseq.inspection.graph_words import NO_WORD, Steps, consumers, shape, steps_of, vectorizing, words_by_input
from kseq.inspection.tokens import find_vectorizer, is_text, takes_text
from kseq.layers.token_ids import TokenIds


def read_inputs(model, tensors, declared, inputs, tokens, vocabulary=None, padding=False):
    """Reads the arguments of `unroll`.

    Returns:
        For each input tensor `(name, length, many, labels)`: `length` is `None` for an input that is no sequence,
        `many` says whether the model means several steps, `labels` may be `None`; the labels of the outputs; and
        whether there is padding, which was left out if not `padding`.
    """
    names = [_name(tensor) for tensor in tensors]
    sequence = [is_sequence(tensor) for tensor in tensors]
    if vocabulary is not None and (find_vectorizer(model) is not None or takes_text(model)):
        raise ValueError(
            f"`vocabulary` must be left out, as the model {model.name!r} has its words inside. Received: "
            f"vocabulary={vocabulary!r:.40}"
        )
    inputs, tokens = _read_text(model, tensors, inputs, tokens)
    tokens, result_tokens = _tokens_by_input(tokens, names, sequence)
    ones = _by_input(inputs, names, sequence)
    words = words_by_input(model, inputs, ones, vocabulary)
    found, padded = [], False
    for name, tensor, is_seq, fixed, one, labels, known in zip(
        names, tensors, sequence, declared, ones, tokens, words, strict=True
    ):
        steps = _steps(one, tensor, known, is_seq)
        if not is_seq:
            if labels is not None and len(labels) != 1:
                raise ValueError(
                    f"`tokens`: input {name!r} is one vector, no sequence: 1 label. Received: {len(labels)}"
                )
            found.append((name, None, False, labels))
            continue
        if steps is not None:
            labels = steps.labels(labels, padding)
        length = steps.length if steps is not None else len(labels) if labels is not None else fixed
        length = tensor.shape[1] if length is None and len(tensor.shape) > 1 and not has_graph(model) else length
        if length is None:
            raise ValueError(
                f"`inputs_or_length` must say how many steps input {name!r} has: the model takes any number. "
                "Received: inputs_or_length=None"
            )
        if fixed is not None and length != fixed:
            raise ValueError(
                f"`inputs_or_length` must be {fixed} for input {name!r}: the model is fixed to it. Received: {length}"
            )
        if steps is not None and steps.kept is not None:
            padded = True
            length = length if padding else len(steps.kept)
        if labels is not None and len(labels) != length:
            raise ValueError(
                f"`tokens` must have a label for each of the {length} steps of input {name!r}. Received: {len(labels)}"
            )
        found.append((name, length, fixed != 1, labels))
    return found, result_tokens, padded


def is_sequence(tensor):
    """Whether the axis after the batch runs along time: rank 3, or ids that become vectors further on."""
    call = vectorizing(tensor)
    if call is not None:
        return call.operation.get_config()["output_mode"] == "int" and is_sequence(call.outputs[0])
    rank = len(tensor.shape)
    calls = consumers(tensor)
    if rank == 3:
        return True
    if rank > 3:
        return any(isinstance(call.operation, (kl.TimeDistributed, kl.RNN)) for call in calls)
    if rank < 2:
        return False
    for call in calls:
        layer, output = call.operation, call.outputs[0]
        if isinstance(layer, kl.RepeatVector):
            continue
        if isinstance(layer, kl.Embedding):
            return True
        if has_inside(layer):
            args, kwargs = arguments_of(call)
            place = [id(t) for t in tensors_of((args, kwargs))].index(id(tensor))
            with opened(layer, args, kwargs) as (inputs, _):
                if is_sequence(inputs[place]):
                    return True
            continue
        into_vectors = len(output.shape) == 3 and output.shape[1] == tensor.shape[1]
        unchanged = output.shape == tensor.shape and not isinstance(layer, kl.Dense)
        if into_vectors or (unchanged and is_sequence(output)):
            return True
    return False


def _name(tensor):
    return tensor._keras_history[0].name


def _read_text(model, tensors, inputs, tokens):
    """A raw text becomes its tokens, with the model's own vectorizer; a model that takes texts gets it as it is."""
    texts = [inputs] if isinstance(inputs, str) else inputs
    if not is_text(texts):
        return inputs, tokens
    if len(tensors) == 1 and vectorizing(tensors[0]) is not None:
        return {_name(tensors[0]): texts}, tokens
    found = [layer.vectorizer for layer in model._flatten_layers() if isinstance(layer, TokenIds) and layer.vectorizer]
    if not found:
        raise ValueError(
            "`inputs_or_length` is a raw text, but this model has no vectorizer: give a number of steps, the words as "
            f"`tokens`, or ids with `vocabulary`. Received: inputs_or_length={inputs!r}"
        )
    if len(texts) > 1:
        raise ValueError(
            f"`inputs_or_length` must be one text: a graph is drawn over one. Received: {len(texts)} texts"
        )
    words = found[0].tokenize(texts[0])[: found[0].max_length] or [
        NO_WORD
    ]  # no token: one unknown id, as `encode` does
    if tokens is None:  # all inputs are of the same words: a tagger reads their ids and their spelling
        tokens = words if len(tensors) == 1 else dict.fromkeys(map(_name, tensors), words)
    return len(words), tokens


def _tokens_by_input(tokens, names, sequence):
    """Labels for each input, and for the outputs."""
    if tokens is None:
        return [None] * len(names), None
    if isinstance(tokens, str):
        raise ValueError(f"`tokens` must be a list of strings, one for each step. Received: tokens={tokens!r}")
    if isinstance(tokens, dict):
        unknown = [name for name in tokens if name not in (*names, "output")]
        if unknown:
            known = ", ".join([*names, "output"])
            raise ValueError(f"`tokens` must be keyed by {known}. Received: {', '.join(map(repr, unknown))}")
        return [_strings(tokens.get(name)) for name in names], _strings(tokens.get("output"))
    tokens = list(tokens)
    if tokens and not any(isinstance(token, str) for token in tokens):
        if len(tokens) not in (1, len(names)):
            raise ValueError(
                f"`tokens` must be one list for each of the inputs {', '.join(names)}. Received: {len(tokens)} lists"
            )
        lists = [_strings(one) for one in tokens]
        return lists + [None] * (len(names) - len(lists)), None
    which = [number for number, is_seq in enumerate(sequence) if is_seq] or [0]
    if len(which) > 1:
        raise ValueError(f"`tokens` must be one list for each of the inputs {', '.join(names)}. Received: one list")
    return [_strings(tokens) if number == which[0] else None for number in range(len(names))], None


def _strings(tokens):
    return None if tokens is None else [str(token) for token in tokens]


def _by_input(inputs, names, sequence):
    """What was given for each input: a number of steps, an array, a text, or None where nothing was said."""
    if inputs is None:
        return [None] * len(names)
    if isinstance(inputs, (int, np.integer)) and not isinstance(inputs, bool):
        if not any(sequence) and inputs != 1:
            raise ValueError(
                f"`inputs_or_length` must be left out: no input of this model is a sequence. Received: {inputs}"
            )
        return [inputs if is_seq else None for is_seq in sequence]
    if isinstance(inputs, dict):
        unknown = [name for name in inputs if name not in names]
        if unknown:
            raise ValueError(
                f"`inputs_or_length` must be keyed by {', '.join(names)}. Received: {', '.join(map(repr, unknown))}"
            )
        return [inputs.get(name) for name in names]
    several = (
        isinstance(inputs, (list, tuple))
        and len(inputs) == len(names)
        and (len(names) > 1 or hasattr(inputs[0], "shape"))
    )
    if several:
        return list(inputs)
    if len(names) > 1:
        raise ValueError(
            f"`inputs_or_length` must have one length or array for each of the inputs {', '.join(names)}. "
            f"Received: {type(inputs).__name__}"
        )
    return [inputs]


def _steps(one, tensor, words, is_seq):
    """The `Steps` of one input; None where nothing was said, or where it has none."""
    if one is None:
        return None
    if isinstance(one, (int, np.integer)) and not isinstance(one, bool):
        return Steps(_positive(one))
    if vectorizing(tensor) is None:
        found = shape(one)
        if len(found) != len(tensor.shape):
            raise ValueError(
                f"`inputs_or_length` must be a number of steps or an array of shape {tuple(tensor.shape)} for input "
                f"{_name(tensor)!r}. Received: {f'shape {found}' if found else f'{one!r:.60}'}"
            )
        if len(found) < 2:
            return None
        _positive(found[1])
    return steps_of(tensor, one, words) if is_seq else None


def _positive(length):
    if length < 1:
        raise ValueError(f"`inputs_or_length` must be at least 1. Received: inputs_or_length={length}")
    return int(length)
