"""PyTorch's own fused recurrent cells, fed with Keras's weights.

`torch._VF.lstm`, `gru` and `rnn_tanh` are what `torch.nn.LSTM` and its siblings call: the loop over time is in C++
and brings its own gradient. They know nothing of masks. Where the padding stands at the end of each text, that does
not matter: run over it, then look away, that is, gather for every step the last one that counts.
"""


def on_accelerator(x):
    """Also True for PyTorch's device "meta", which has shapes but no values."""
    return x.device.type != "cpu"


def is_tracing():
    import torch

    return torch.jit.is_tracing() or torch.compiler.is_compiling()


def is_right_padded(mask):
    """Whether no True follows a False, in a `(B, T)` mask."""
    return bool((mask[:, 1:] <= mask[:, :-1]).all())


def _weights(kind, kernel, recurrent_kernel, bias):
    """ATen's four arrays: transposed, the GRU's blocks in the order r, z, n, and always two biases."""
    import torch

    def blocks(w):
        if kind != "GRU":
            return w
        z, r, n = torch.chunk(w, 3, dim=-1)
        return torch.cat([r, z, n], dim=-1)

    two = tuple(bias) if kind == "GRU" else (bias, torch.zeros_like(bias))
    return [blocks(w).T.contiguous() for w in (kernel, recurrent_kernel)] + [blocks(b) for b in two]


def recur(kind, x, kernel, recurrent_kernel, bias, states, mask, go_backwards, sequences):
    """Runs the cell called `kind` over `x`.

    Args:
        kind: `"SimpleRNN"`, `"LSTM"` or `"GRU"`.
        x: `(B, T, D)`.
        kernel, recurrent_kernel, bias: the weights in Keras's layout.
        states: list of the initial states, `(B, H)` each.
        mask: right-padded `(B, T)` booleans, or `None`.
        go_backwards: whether to begin at the last step.
        sequences: whether the states h of all steps are wanted.

    Returns:
        A tuple `(hs, states)`: `hs` is `(B, T, H)` in the order of processing, with a mask and without `sequences`
        only the last step of it. With a mask only h is known at the end, so the LSTM's c comes back as `None`.
    """
    import torch

    steps = torch.arange(x.shape[1])[None]  # (1, T)
    if mask is not None:
        lengths = mask.sum(1, keepdim=True)  # (B, 1)
    if go_backwards and mask is None:
        x = torch.flip(x, [1])
    elif go_backwards:
        # turn round each text by itself, so that the padding stays at the end
        x = _at(x, (lengths - 1 - steps).clamp(min=0))

    options = (True, 1, 0.0, torch.is_grad_enabled(), False, True)  # biases, one layer, …, batch first
    weights = _weights(kind, kernel, recurrent_kernel, bias)
    first = [s[None] for s in states]
    if kind == "LSTM":
        hs, *last = torch._VF.lstm(x, first, weights, *options)
    else:
        loop = torch._VF.gru if kind == "GRU" else torch._VF.rnn_tanh
        hs, *last = loop(x, first[0], weights, *options)
    last = [s[0] for s in last]
    if mask is None:
        return hs, last

    # step t shows the last step that counts; going backwards, the padding comes first and shows the initial state
    shown = steps - (x.shape[1] - lengths) if go_backwards else torch.minimum(steps, lengths - 1)
    shown = shown if sequences else shown[:, -1:]
    hs = torch.where((shown >= 0)[..., None], _at(hs, shown.clamp(min=0)), states[0][:, None])
    return hs, [hs[:, -1]] + [None] * (len(states) - 1)


def _at(x, index):
    """`x[b, index[b, t]]` for a `(B, T, D)` array."""
    import torch

    return torch.take_along_dim(x, index[..., None], dim=1)
