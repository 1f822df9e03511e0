"""Recurrent layers in plain NumPy, one text and one step at a time: slow, and nothing to get wrong."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def simple_rnn(x, states, W, U, b):
    (h,) = states
    return (np.tanh(x @ W + h @ U + b),)


def lstm(x, states, W, U, b):
    h, c = states
    i, f, g, o = np.split(x @ W + h @ U + b, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru(x, states, W, U, b):
    (h,) = states
    xz, xr, xn = np.split(x @ W + b[0], 3)
    hz, hr, hn = np.split(h @ U + b[1], 3)
    z, r = sigmoid(xz + hz), sigmoid(xr + hr)
    return (z * h + (1 - z) * np.tanh(xn + r * hn),)


STEPS = {"SimpleRNN": simple_rnn, "LSTM": lstm, "GRU": gru}


def run(cell, x, weights, mask=None, states=None, go_backwards=False, zero_output_for_mask=False):
    """Returns the outputs of all steps, `(B, T, H)` in the order of processing, and the list of final states."""
    weights = [np.asarray(w, "float64") for w in weights]
    B, T, _ = x.shape
    H = weights[1].shape[0]
    mask = np.ones((B, T), bool) if mask is None else mask
    if states is None:
        states = [np.zeros((B, H))] * (2 if cell == "LSTM" else 1)
    outputs, final = np.zeros((B, T, H)), [np.zeros((B, H)) for _ in states]
    for text in range(B):
        now = tuple(np.asarray(s[text], "float64") for s in states)
        shown = np.zeros(H)  # before the first step that counts
        for n in range(T):
            t = T - 1 - n if go_backwards else n
            if mask[text, t]:
                now = STEPS[cell](x[text, t].astype("float64"), now, *weights)
                shown = now[0]
            outputs[text, n] = 0 if zero_output_for_mask and not mask[text, t] else shown
        for k, s in enumerate(now):
            final[k][text] = s
    return outputs, final


def seen(mask, go_backwards=False):
    """Which outputs (in the order of processing) stand at or after the first step that counts."""
    return np.cumsum(mask[:, ::-1] if go_backwards else mask, axis=1) > 0
