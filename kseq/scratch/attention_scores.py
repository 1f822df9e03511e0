"""Three ways to score how well a query fits a key, row Q4; what is done with the scores, row Q3, is the same."""

import numpy as np

from kseq.scratch.attention import transpose
from kseq.scratch.checks import as_mask, as_weights, check_shape
from kseq.scratch.initial import glorot
from kseq.scratch.losses import as_floats
from kseq.scratch.masking import combine_masks, masked_softmax, softmax_back
from kseq.scratch.matrices import MatrixBack, MatrixRun


class ScoredAttention:
    """What the three share: scores e -> weights α -> output a (row Q3). Each brings its own `score` and `score_back`.

    s is the query, for instance the decoder's states; h is the value, the encoder's states, and the key as well unless
    another is given.
    """

    parameters: dict = {}  # noqa: RUF012

    def score(self, query, key):
        """e, `(batch, T, S)`, and a dict of the matrices on the way that ends with `"scores"`."""
        raise NotImplementedError

    def score_back(self, run, d_scores):
        """∂L/∂query, ∂L/∂key, a dict ∂L/∂θ, and a dict of gradients of the matrices on the way."""
        raise NotImplementedError

    def forward(self, query, value, key=None, mask=None, attention_mask=None, use_causal_mask=False):
        """Every query looks at all values.

        Args:
            query: `(batch, T, d_query)`.
            value: `(batch, S, d_value)`.
            key: `(batch, S, d_key)`; the value if `None`.
            mask: `(batch, S)`, True for the values that count.
            attention_mask: `(batch, T, S)` or `(T, S)`, True where a query may attend to a key.
            use_causal_mask: also, no key that comes after the query.

        Returns:
            A `MatrixRun` with query, key, value, scores, masked, weights `(batch, T, S)` and output
            `(batch, T, d_value)`.
        """
        query, value = self.as_input(query, "query"), self.as_input(value, "value")
        own_key = key is not None
        key = self.as_input(key, "key") if own_key else value
        check_shape(value, "value", (len(query), "S", "d_value"))
        check_shape(key, "key", (*value.shape[:2], "d_key"))
        # e_i^t = score(s_t, h_i)
        scores, values = self.score(query, key)
        mask = as_mask(mask, value.shape[:2])
        allowed = combine_masks(scores.shape, mask, attention_mask, use_causal_mask)
        # α^t = softmax(e^t)
        masked, weights = masked_softmax(values.get("scaled", scores), allowed)
        # a_t = Σ_i α_i^t h_i
        output = weights @ value
        values = {"query": query, "value": value} | ({"key": key} if own_key else {}) | values
        values |= {"masked": masked, "weights": weights, "output": output}
        return MatrixRun(output, values, type(self).__name__, mask)

    def backward(self, run, d_outputs):
        """From ∂L/∂output `(batch, T, d_value)` to a `MatrixBack`."""
        value, weights = run["value"], run["weights"]
        d_output = np.asarray(d_outputs, run.outputs.dtype)
        check_shape(d_output, "d_outputs", run.outputs.shape)
        # a = α h:          ∂L/∂α = ∂L/∂a · hᵀ,   ∂L/∂h = αᵀ · ∂L/∂a
        d_weights, d_value = d_output @ transpose(value), transpose(weights) @ d_output
        # α = softmax(e):   ∂L/∂e = α∘(∂L/∂α − Σ_i ∂L/∂α_i·α_i)
        d_masked = softmax_back(d_weights, weights)
        d_query, d_key, gradients, values = self.score_back(run, d_masked)
        if "key" in run:
            d_inputs = {"query": d_query, "value": d_value, "key": d_key}
        else:  # h was compared and h was taken: both count
            d_inputs = {"query": d_query, "value": d_value + d_key}
        values = d_inputs | values | {"masked": d_masked, "weights": d_weights, "output": d_output}
        return MatrixBack(gradients, d_query, values=values, d_inputs=d_inputs, kind=run.kind)

    def as_input(self, array, argument):
        array = as_floats(array)
        if self.parameters:
            array = array.astype(next(iter(self.parameters.values())).dtype, copy=False)
        check_shape(array, argument, ("batch", "steps", "d"))
        return array

    def __repr__(self):
        shapes = ", ".join(f"{name} {array.shape}" for name, array in self.parameters.items())
        return f"{type(self).__name__}({shapes})"


class DotProductAttention(ScoredAttention):
    """e_i^t = s_tᵀ h_i (rows Q3, Q4): query and key have the same width. Without parameters.

    Args:
        scaled: divide the scores by √d (row X4).
    """

    def __init__(self, scaled=False):
        self.scaled = scaled

    def score(self, query, key):
        check_shape(key, "key", (*key.shape[:2], query.shape[-1]))
        # e = s hᵀ
        scores = query @ transpose(key)
        # scaled = e / √d
        scaled = {"scaled": scores / scores.dtype.type(np.sqrt(query.shape[-1]))} if self.scaled else {}
        return scores, {"scores": scores} | scaled

    def score_back(self, run, d_scaled):
        query, key = run["query"], run["key" if "key" in run else "value"]
        # scaled = e / √d:   ∂L/∂e = ∂L/∂scaled / √d
        d_scores = d_scaled / d_scaled.dtype.type(np.sqrt(query.shape[-1])) if self.scaled else d_scaled
        # e = s hᵀ:          ∂L/∂s = ∂L/∂e · h,   ∂L/∂h = ∂L/∂eᵀ · s
        d_query, d_key = d_scores @ key, transpose(d_scores) @ query
        return d_query, d_key, {}, {"scores": d_scores} | ({"scaled": d_scaled} if self.scaled else {})


class MultiplicativeAttention(ScoredAttention):
    """e_i^t = s_tᵀ W h_i (row Q4; Luong's "general"): W learns what fits what; the widths may differ.

    Args:
        W: `(d_query, d_key)`; the layer's `kernel`.
    """

    def __init__(self, W):
        self.W = as_weights(W, "W", ("d_query", "d_key"))

    @classmethod
    def random(cls, d_query, d_key, seed=0, dtype="float64"):
        """A Glorot matrix."""
        return cls(glorot((d_query, d_key), seed).astype(dtype))

    @property
    def parameters(self):
        return {"W": self.W}

    def score(self, query, key):
        check_shape(query, "query", (*query.shape[:2], self.W.shape[0]))
        check_shape(key, "key", (*key.shape[:2], self.W.shape[1]))
        # the query as the keys would say it: s W
        query_W = query @ self.W
        # e = s W hᵀ
        scores = query_W @ transpose(key)
        return scores, {"query_W": query_W, "scores": scores}

    def score_back(self, run, d_scores):
        query, key = run["query"], run["key" if "key" in run else "value"]
        # e = (s W) hᵀ:   ∂L/∂(s W) = ∂L/∂e · h,   ∂L/∂h = ∂L/∂eᵀ · s W
        d_query_W, d_key = d_scores @ key, transpose(d_scores) @ run["query_W"]
        # ∂L/∂s = ∂L/∂(s W) · Wᵀ,   ∂L/∂W = Σ sᵀ ∂L/∂(s W)
        d_query = d_query_W @ self.W.T
        gradients = {"W": rows(query).T @ rows(d_query_W)}
        return d_query, d_key, gradients, {"query_W": d_query_W, "scores": d_scores}


class AdditiveAttention(ScoredAttention):
    """e_i^t = vᵀ tanh(s_t W_Q + h_i W_K) (row Q4; Bahdanau): a small network compares the two.

    Args:
        W_Q: `(d_query, units)`; the layer's `query_kernel`.
        W_K: `(d_key, units)`; `key_kernel`.
        v: `(units,)`.
    """

    def __init__(self, W_Q, W_K, v):
        self.W_Q = as_weights(W_Q, "W_Q", ("d_query", "units"))
        units = self.W_Q.shape[1]
        self.W_K, self.v = as_weights(W_K, "W_K", ("d_key", units)), as_weights(v, "v", (units,))

    @classmethod
    def random(cls, d_query, d_key, units, seed=0, dtype="float64"):
        """Glorot for all three."""
        shapes = (d_query, units), (d_key, units), (units, 1)
        W_Q, W_K, v = (glorot(shape, [seed, n]).astype(dtype) for n, shape in enumerate(shapes))
        return cls(W_Q, W_K, v[:, 0])

    @property
    def parameters(self):
        return {"W_Q": self.W_Q, "W_K": self.W_K, "v": self.v}

    def score(self, query, key):
        check_shape(query, "query", (*query.shape[:2], self.W_Q.shape[0]))
        check_shape(key, "key", (*key.shape[:2], self.W_K.shape[0]))
        # Q = s W_Q,   K = h W_K
        Q, K = query @ self.W_Q, key @ self.W_K
        # hidden = tanh(s_t W_Q + h_i W_K)          for every pair: (batch, T, S, units)
        hidden = np.tanh(Q[:, :, None] + K[:, None])
        # e_i^t = vᵀ hidden
        scores = hidden @ self.v
        return scores, {"Q": Q, "K": K, "hidden": hidden, "scores": scores}

    def score_back(self, run, d_scores):
        query, key, hidden = run["query"], run["key" if "key" in run else "value"], run["hidden"]
        # e = vᵀ hidden:                   ∂L/∂hidden = ∂L/∂e · vᵀ,   ∂L/∂v = Σ hidden·∂L/∂e
        d_hidden, d_v = d_scores[..., None] * self.v, rows(hidden).T @ d_scores.reshape(-1)
        # hidden = tanh(a), a = Q + K:     ∂L/∂a = ∂L/∂hidden∘(1 − hidden²)
        d_a = d_hidden * (1 - hidden * hidden)
        # ∂L/∂Q_t = Σ_i ∂L/∂a_ti,          ∂L/∂K_i = Σ_t ∂L/∂a_ti
        d_Q, d_K = d_a.sum(axis=2), d_a.sum(axis=1)
        # Q = s W_Q,  K = h W_K
        gradients = {"W_Q": rows(query).T @ rows(d_Q), "W_K": rows(key).T @ rows(d_K), "v": d_v}
        values = {"Q": d_Q, "K": d_K, "hidden": d_hidden, "scores": d_scores}
        return d_Q @ self.W_Q.T, d_K @ self.W_K.T, gradients, values


def rows(array):
    """All vectors of all examples below each other: `(…, d)` -> `(rows, d)`."""
    return array.reshape(-1, array.shape[-1])
