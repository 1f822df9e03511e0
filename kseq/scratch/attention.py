"""Attention, as on the slides: row Q3 in three lines, row X4 in four. Start here; the rest is built of these.

Both look things up. A query is compared with every key; the softmax of the scores says how much of each value to take.
"""

import numpy as np

from kseq.scratch.checks import check_shape
from kseq.scratch.losses import as_floats
from kseq.scratch.masking import masked_softmax, softmax_back
from kseq.scratch.matrices import MatrixBack, MatrixRun


def attend(s, h, attention_mask=None):
    """Row Q3: each state s_t of the decoder looks at all states h_1 … h_N of the encoder.

    The next layer reads [a_t; s_t]: `np.concatenate([run["a"], s], axis=-1)`.

    Args:
        s: `(…, T, d)`: s_t is row t.
        h: `(…, N, d)`: h_i is row i.
        attention_mask: `(…, T, N)` or what broadcasts to it, True where s_t may look at h_i. `None`: everywhere.

    Returns:
        A `MatrixRun` with e `(…, T, N)`, alpha `(…, T, N)` and a `(…, T, d)`, which is also `.outputs`.
    """
    s, h = as_rows(s, "s"), as_rows(h, "h")
    check_shape(h, "h", (*s.shape[:-2], "N", s.shape[-1]))
    # e^t = [s_tᵀ h_1, …, s_tᵀ h_N]          for all t at once: e = s hᵀ
    e = s @ transpose(h)
    # α^t = softmax(e^t)
    masked, alpha = masked_softmax(e, attention_mask)
    # a_t = Σ_i α_i^t h_i                    for all t at once: a = α h
    a = alpha @ h
    return MatrixRun(a, {"s": s, "h": h, "e": e, "masked": masked, "alpha": alpha, "a": a}, "attend")


def attend_back(run, d_a):
    """From ∂L/∂a `(…, T, d)` to ∂L/∂s (`.d_x`) and ∂L/∂h: a `MatrixBack`."""
    s, h, alpha = run["s"], run["h"], run["alpha"]
    d_a = np.asarray(d_a, run.outputs.dtype)
    check_shape(d_a, "d_a", run.outputs.shape)
    # a = α h:          ∂L/∂α = ∂L/∂a · hᵀ,   ∂L/∂h = αᵀ · ∂L/∂a
    d_alpha, d_h = d_a @ transpose(h), transpose(alpha) @ d_a
    # α = softmax(e):   ∂L/∂e = α∘(∂L/∂α − Σ_i ∂L/∂α_i·α_i)
    d_e = softmax_back(d_alpha, alpha)
    # e = s hᵀ:         ∂L/∂s = ∂L/∂e · h,    and to ∂L/∂h once more, += ∂L/∂eᵀ · s
    d_s, d_h = d_e @ h, d_h + transpose(d_e) @ s
    values = {"s": d_s, "h": d_h, "e": d_e, "masked": d_e, "alpha": d_alpha, "a": d_a}
    return MatrixBack({}, d_s, values=values, d_inputs={"s": d_s, "h": d_h}, kind="attend")


def scaled_dot_product_attention(Q, K, V, attention_mask=None):
    """Row X4: softmax(Q·Kᵀ / √d)·V.

    Args:
        Q: `(…, T, d)`: one query per row. One sentence is `(T, d)`; a batch, heads, may stand before it.
        K: `(…, S, d)`: the keys.
        V: `(…, S, d_v)`: what each key has to say.
        attention_mask: `(…, T, S)` or what broadcasts to it, True where a query may attend to a key. `None`:
            everywhere. A row without any True gets the weights 0 and the output 0.

    Returns:
        A `MatrixRun` with Q, K, scores, scaled, masked, weights `(…, T, S)`, V, and output `(…, T, d_v)`.
    """
    Q, K, V = as_rows(Q, "Q"), as_rows(K, "K"), as_rows(V, "V")
    check_shape(K, "K", (*Q.shape[:-2], "S", Q.shape[-1]))
    check_shape(V, "V", (*K.shape[:-1], "d_v"))
    # how well each query fits each key: scores = Q Kᵀ
    scores = Q @ transpose(K)
    # of two random vectors with d numbers it has a standard deviation of √d: scaled = scores / √d
    scaled = scores / scores.dtype.type(np.sqrt(Q.shape[-1]))
    # weights = softmax(masked), where masked is −∞ in the forbidden places
    masked, weights = masked_softmax(scaled, attention_mask)
    # output = weights V
    output = weights @ V
    values = {"Q": Q, "K": K, "scores": scores, "scaled": scaled, "masked": masked, "weights": weights, "V": V}
    return MatrixRun(output, values | {"output": output}, "scaled_dot_product_attention")


def scaled_dot_product_attention_back(run, d_output):
    """From ∂L/∂output `(…, T, d_v)` to ∂L/∂Q (`.d_x`), ∂L/∂K and ∂L/∂V: a `MatrixBack`."""
    Q, K, V, weights = (run[name] for name in ("Q", "K", "V", "weights"))
    d_output = np.asarray(d_output, run.outputs.dtype)
    check_shape(d_output, "d_output", run.outputs.shape)
    # output = weights V:          ∂L/∂weights = ∂L/∂output · Vᵀ,   ∂L/∂V = weightsᵀ · ∂L/∂output
    d_weights, d_V = d_output @ transpose(V), transpose(weights) @ d_output
    # weights = softmax(masked):   ∂L/∂masked = w∘(∂L/∂w − Σ_i ∂L/∂w_i·w_i);   masking hands it on as it is
    d_scaled = softmax_back(d_weights, weights)
    # scaled = scores / √d:        ∂L/∂scores = ∂L/∂scaled / √d
    d_scores = d_scaled / d_scaled.dtype.type(np.sqrt(Q.shape[-1]))
    # scores = Q Kᵀ:               ∂L/∂Q = ∂L/∂scores · K,   ∂L/∂K = ∂L/∂scoresᵀ · Q
    d_Q, d_K = d_scores @ K, transpose(d_scores) @ Q
    values = {"Q": d_Q, "K": d_K, "scores": d_scores, "scaled": d_scaled, "masked": d_scaled}
    values |= {"weights": d_weights, "V": d_V, "output": d_output}
    return MatrixBack({}, d_Q, values=values, d_inputs={"Q": d_Q, "K": d_K, "V": d_V}, kind=run.kind)


def transpose(matrix):
    """The last two axes change places: `(…, S, d)` -> `(…, d, S)`."""
    return np.swapaxes(matrix, -1, -2)


def as_rows(array, argument):
    """Floating point numbers, one vector per row."""
    array = as_floats(array)
    if array.ndim < 2:
        check_shape(array, argument, ("steps", "d"))
    return array
