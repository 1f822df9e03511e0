"""Several attentions side by side, each with a view of its own: rows X4 and X6."""

import numpy as np

from kseq.scratch.attention import scaled_dot_product_attention, scaled_dot_product_attention_back
from kseq.scratch.checks import as_mask, as_weights, check_shape
from kseq.scratch.initial import glorot, zeros
from kseq.scratch.masking import combine_masks
from kseq.scratch.matrices import MatrixBack, MatrixRun
from kseq.scratch.positions import MAX_WAVELENGTH, rotate, rotate_back


class MultiHeadAttention:
    """Queries, keys and values are made from the input; each head has its own columns of the matrices.

        Q = x W_Q,   K = x W_K,   V = x W_V                    cut into heads
        head_i = softmax(Q_i K_iᵀ / √key_dim) V_i
        output = [head_1 … head_H] W_O

    Args:
        num_heads: H.
        W_Q: `(d, H·key_dim)`; the layer's `query_kernel`.
        W_K: `(d_key, H_kv·key_dim)`; `key_kernel`.
        W_V: `(d_value, H_kv·value_dim)`; `value_kernel`.
        W_O: `(H·value_dim, output_dim)`; `output_kernel`.
        b_Q, b_K, b_V, b_O: the biases, one number per column. `None`: no bias.
        num_key_value_heads: H_kv, how many heads have keys and values of their own; H / H_kv neighbours share them.
            H if `None`.
        rotary: turn queries and keys by their positions, see `rotate`.
        rotary_wavelength: its `max_wavelength`.
    """

    sees_all_steps = True

    def __init__(
        self,
        num_heads,
        W_Q,
        W_K,
        W_V,
        W_O,
        b_Q=None,
        b_K=None,
        b_V=None,
        b_O=None,
        num_key_value_heads=None,
        rotary=False,
        rotary_wavelength=MAX_WAVELENGTH,
    ):
        kv_heads = num_heads if num_key_value_heads is None else num_key_value_heads
        if num_heads < 1 or kv_heads < 1 or num_heads % kv_heads:
            raise ValueError(
                "num_heads: expected a positive multiple of num_key_value_heads. "
                f"Received: num_heads={num_heads}, num_key_value_heads={kv_heads}"
            )
        self.num_heads, self.num_key_value_heads = num_heads, kv_heads
        self.W_Q = as_weights(W_Q, "W_Q", ("d", "H·key_dim"))
        self.key_dim = width(self.W_Q, "W_Q", num_heads)
        self.W_K = as_weights(W_K, "W_K", ("d_key", kv_heads * self.key_dim))
        self.W_V = as_weights(W_V, "W_V", ("d_value", "H_kv·value_dim"))
        self.value_dim = width(self.W_V, "W_V", kv_heads)
        self.W_O = as_weights(W_O, "W_O", (num_heads * self.value_dim, "output_dim"))
        for name, b in {"Q": b_Q, "K": b_K, "V": b_V, "O": b_O}.items():
            columns = getattr(self, f"W_{name}").shape[1]
            setattr(self, f"b_{name}", None if b is None else as_weights(b, f"b_{name}", (columns,)))
        if rotary and self.key_dim % 2:
            raise ValueError(f"rotary: expected an even key_dim. Received: key_dim={self.key_dim}")
        self.rotary, self.rotary_wavelength = rotary, rotary_wavelength

    @classmethod
    def random(
        cls,
        d,
        num_heads,
        key_dim=None,
        value_dim=None,
        num_key_value_heads=None,
        d_value=None,
        output_dim=None,
        use_bias=True,
        seed=0,
        dtype="float64",
        **options,
    ):
        """Glorot matrices, zero biases. Heads share the width d; what they look at is `d_value` wide, d by default."""
        if key_dim is None and (num_heads < 1 or d % num_heads):
            raise ValueError(f"num_heads: expected it to divide d. Received: num_heads={num_heads}, d={d}")
        key_dim = d // num_heads if key_dim is None else key_dim
        value_dim = key_dim if value_dim is None else value_dim
        kv_heads = num_heads if num_key_value_heads is None else num_key_value_heads
        d_value = d if d_value is None else d_value
        shapes = [(d, num_heads * key_dim), (d_value, kv_heads * key_dim), (d_value, kv_heads * value_dim)]
        shapes.append((num_heads * value_dim, d if output_dim is None else output_dim))
        W = [glorot(shape, [seed, n]).astype(dtype) for n, shape in enumerate(shapes)]
        b = [zeros(columns, dtype) if use_bias else None for _, columns in shapes]
        return cls(num_heads, *W, *b, num_key_value_heads=num_key_value_heads, **options)

    @property
    def parameters(self):
        names = ("W_Q", "b_Q", "W_K", "b_K", "W_V", "b_V", "W_O", "b_O")
        named = {name: getattr(self, name) for name in names}
        return {name: array for name, array in named.items() if array is not None}

    def forward(self, query, value=None, key=None, mask=None, attention_mask=None, use_causal_mask=False):
        """All heads at once.

        Args:
            query: `(batch, T, d)`.
            value: `(batch, S, d_value)`; the query if `None`: self-attention.
            key: `(batch, S, d_key)`; the value if `None`.
            mask: `(batch, S)`, True for the keys that count.
            attention_mask: `(T, S)`, `(batch, T, S)` or `(batch, H, T, S)`, True where a query may attend to a key.
            use_causal_mask: also, no key that comes after the query.

        Returns:
            A `MatrixRun` with query (value, key), Q, K, V `(batch, heads, steps, …)`, what `rotate` and the sharing of
            keys make of them, scores, scaled, masked, weights `(batch, H, T, S)`, heads `(batch, H, T, value_dim)`,
            concatenated `(batch, T, H·value_dim)` and output `(batch, T, output_dim)`.
        """
        inputs = {"query": query} | ({} if value is None else {"value": value}) | ({} if key is None else {"key": key})
        inputs = {name: np.asarray(array, self.W_Q.dtype) for name, array in inputs.items()}
        x_Q, x_K, x_V = inputs["query"], of_role(inputs, "key"), of_role(inputs, "value")
        check_shape(x_Q, "query", ("batch", "T", self.W_Q.shape[0]))
        check_shape(x_V, "value" if value is not None else "query", (len(x_Q), "S", self.W_V.shape[0]))
        check_shape(x_K, "key" if key is not None else "value", (*x_V.shape[:2], self.W_K.shape[0]))
        # Q = x W_Q + b_Q,   K = x W_K + b_K,   V = x W_V + b_V          cut into heads: (batch, heads, steps, width)
        Q = split_heads(project(x_Q, self.W_Q, self.b_Q), self.num_heads)
        K = split_heads(project(x_K, self.W_K, self.b_K), self.num_key_value_heads)
        V = split_heads(project(x_V, self.W_V, self.b_V), self.num_key_value_heads)
        values = inputs | {"Q": Q, "K": K, "V": V}
        if self.rotary:
            Q, K = rotate(Q, 0, self.rotary_wavelength), rotate(K, 0, self.rotary_wavelength)
            values |= {"Q_rotated": Q, "K_rotated": K}
        if self.group > 1:  # neighbours share: heads 0 … group − 1 read the first keys and values
            K, V = np.repeat(K, self.group, axis=1), np.repeat(V, self.group, axis=1)
            values |= {"K_shared": K, "V_shared": V}
        # head_i = softmax(Q_i K_iᵀ / √key_dim) V_i
        mask = as_mask(mask, K.shape[:3:2])
        allowed = combine_masks((*Q.shape[:3], K.shape[2]), mask, attention_mask, use_causal_mask)
        heads = scaled_dot_product_attention(Q, K, V, allowed)
        values |= {name: heads[name] for name in ("scores", "scaled", "masked", "weights")}
        # output = [head_1 … head_H] W_O + b_O
        concatenated = join_heads(heads.outputs)
        output = project(concatenated, self.W_O, self.b_O)
        values |= {"heads": heads.outputs, "concatenated": concatenated, "output": output}
        return MatrixRun(output, values, type(self).__name__, mask)

    def backward(self, run, d_outputs):
        """From ∂L/∂output `(batch, T, output_dim)` to a `MatrixBack`: `.gradients`, `.d_inputs`, `.d_x` = ∂L/∂query."""
        d_output = np.asarray(d_outputs, self.W_O.dtype)
        check_shape(d_output, "d_outputs", run.outputs.shape)
        gradients = {}
        # output = concatenated W_O + b_O
        d_concatenated = self.project_back("O", run["concatenated"], d_output, gradients)
        d_heads = split_heads(d_concatenated, self.num_heads)
        # head_i = softmax(Q_i K_iᵀ / √key_dim) V_i
        inner = scaled_dot_product_attention_back(self.heads_of(run), d_heads)
        d_Q, d_K, d_V = inner["Q"], inner["K"], inner["V"]
        values = {name: inner[name] for name in ("scores", "scaled", "masked", "weights")}
        values |= {"heads": d_heads, "concatenated": d_concatenated, "output": d_output}
        if self.group > 1:  # what the heads of a group say about their common keys and values adds up
            values |= {"K_shared": d_K, "V_shared": d_V}
            d_K, d_V = (d.reshape(len(d), -1, self.group, *d.shape[2:]).sum(axis=2) for d in (d_K, d_V))
        if self.rotary:
            values |= {"Q_rotated": d_Q, "K_rotated": d_K}
            d_Q, d_K = rotate_back(d_Q, 0, self.rotary_wavelength), rotate_back(d_K, 0, self.rotary_wavelength)
        # Q = x W_Q + b_Q, …: one array may have several roles, and their gradients add up
        d_inputs = {name: np.zeros_like(run[name]) for name in ("query", "value", "key") if name in run}
        for role, name, d in (("query", "Q", d_Q), ("key", "K", d_K), ("value", "V", d_V)):
            of_role(d_inputs, role)[...] += self.project_back(name, of_role(run, role), join_heads(d), gradients)
        values |= d_inputs | {"Q": d_Q, "K": d_K, "V": d_V}
        values = {name: values[name] for name in run.values}
        gradients = {name: gradients[name] for name in self.parameters}
        return MatrixBack(gradients, d_inputs["query"], values=values, d_inputs=d_inputs, kind=run.kind)

    @property
    def group(self):
        """How many heads share their keys and values."""
        return self.num_heads // self.num_key_value_heads

    def heads_of(self, run):
        """The run of `scaled_dot_product_attention` inside."""
        Q = run["Q_rotated" if self.rotary else "Q"]
        K = run["K_shared" if self.group > 1 else "K_rotated" if self.rotary else "K"]
        V = run["V_shared" if self.group > 1 else "V"]
        return MatrixRun(run["heads"], {"Q": Q, "K": K, "V": V, "weights": run["weights"]})

    def project_back(self, name, x, d_y, gradients):
        """Through y = x W + b: ∂L/∂x = ∂L/∂y · Wᵀ,   ∂L/∂W = Σ xᵀ ∂L/∂y,   ∂L/∂b = Σ ∂L/∂y."""
        W = getattr(self, f"W_{name}")
        d_rows = d_y.reshape(-1, W.shape[1])
        gradients[f"W_{name}"] = x.reshape(-1, W.shape[0]).T @ d_rows
        gradients[f"b_{name}"] = d_rows.sum(axis=0)
        return d_y @ W.T

    def __repr__(self):
        kv = "" if self.group == 1 else f", num_key_value_heads={self.num_key_value_heads}"
        rotary = ", rotary" if self.rotary else ""
        return f"MultiHeadAttention(d={len(self.W_Q)}, num_heads={self.num_heads}, key_dim={self.key_dim}{kv}{rotary})"


def of_role(arrays, role):
    """The array that plays this role: the key is the value where no other is given, and the value the query."""
    for name in {"query": ("query",), "value": ("value", "query"), "key": ("key", "value", "query")}[role]:
        if name in arrays:
            return arrays[name]
    raise KeyError(role)


def project(x, W, b):
    """x W + b."""
    return x @ W if b is None else x @ W + b


def split_heads(x, heads):
    """`(batch, steps, heads·width)` -> `(batch, heads, steps, width)`."""
    batch, steps, columns = x.shape
    return x.reshape(batch, steps, heads, columns // heads).swapaxes(1, 2)


def join_heads(x):
    """`(batch, heads, steps, width)` -> `(batch, steps, heads·width)`."""
    batch, heads, steps, width = x.shape
    return x.swapaxes(1, 2).reshape(batch, steps, heads * width)


def width(W, argument, heads):
    """How many columns each head has."""
    if W.shape[1] % heads:
        raise ValueError(f"{argument}: expected the same number of columns for {heads} heads. Received: {W.shape[1]}")
    return W.shape[1] // heads
