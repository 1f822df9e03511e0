"""What attention costs: projections, scores for each pair of steps, and the sums of values that they weigh.

    heads       2·T·d·H·k + 2·S·e·G·(k + v) + 2·T·S·H·(k + v) + 2·T·H·v·n
    one head    2·T·S·(k + v), and what the score adds: d·k for a matrix, U for each pair for a small network

The second line of weights is quadratic in the length, which is what rows X9 and G6 of the course are about.
"""

from keras import layers as kl

from kseq.inspection.describing_costs import Cost
from kseq.layers import AdditiveAttention, DotProductAttention, MultiHeadAttention, MultiplicativeAttention


def heads(layer, call, numbers, width):
    """Several heads side by side; `numbers` are H, G, k and v."""
    query, source = call.shape("query"), call.shape("value")
    key = call.shape("key") or source
    H, G, k, v = numbers
    T, S = call.values(query) // query[-1], call.values(source) // source[-1]
    sizes = {"T": T, "S": S, "d": query[-1], "e": source[-1], "H": H, "G": G, "k": k, "v": v, "n": width}
    into = "2·T·d·H·k + 2·S·e·G·(k + v)"
    if key[-1] != source[-1]:
        sizes["f"] = key[-1]
        into = "2·T·d·H·k + 2·S·f·G·k + 2·S·e·G·v"
    # queries, keys and values, the weights of each pair, the heads side by side, the result
    kept = T * H * k + S * G * (k + v) + T * S * H + T * H * v + T * width
    data = {"query", "value"} <= call.data
    return Cost(f"{into} + 2·T·S·H·(k + v) + 2·T·H·v·n", sizes, kept, into if data else "")


def own_heads(layer, call):
    """`kseq.MultiHeadAttention`."""
    numbers = (layer.num_heads, layer.num_key_value_heads, layer.key_dim, layer.value_dim)
    return heads(layer, call, numbers, layer.output_kernel.shape[-1])


def keras_heads(layer, call):
    """`keras.layers.MultiHeadAttention` and classes made from it."""
    value_dim = getattr(layer, "_value_dim", None) or layer.key_dim
    numbers = (layer.num_heads, layer.num_heads, layer.key_dim, value_dim)
    return heads(layer, call, numbers, call.outputs[0][-1])


def grouped_heads(layer, call):
    """`keras.layers.GroupedQueryAttention`."""
    numbers = (layer.num_query_heads, layer.num_key_value_heads, layer.head_dim, layer.head_dim)
    return heads(layer, call, numbers, call.outputs[0][-1])


def dot_product(layer, call):
    """e = s·h; `keras.layers.Attention`, `kseq.DotProductAttention`."""
    return single(call, "2·T·S·k")


def multiplicative(layer, call):
    """e = s·W·h."""
    query, _, key = _arguments(call)
    T = call.values(query) // query[-1]
    return single(call, "2·T·d·k + 2·T·S·k", {"d": query[-1]}, T * key[-1])


def additive(layer, call):
    """e = v·tanh(s·W_q + h·W_k): U numbers for each pair."""
    query, value, _ = _arguments(call)
    T, S = call.values(query) // query[-1], call.values(value) // value[-1]
    U = layer.units
    return single(call, "2·T·d·U + 2·S·k·U + 2·T·S·U", {"d": query[-1], "U": U}, (T + S) * U + T * S * U)


def single(call, scores, sizes=None, kept=0):
    """One head without projections: a score for each pair of steps, and the sum of values that they weigh."""
    query, value, key = _arguments(call)
    T, S = call.values(query) // query[-1], call.values(value) // value[-1]
    sizes = {"T": T, "S": S, "k": key[-1], "v": value[-1], **(sizes or {})}
    return Cost(f"{scores} + 2·T·S·v", sizes, kept + T * S + T * value[-1])


def keras_additive(layer, call):
    """Keras's: e = Σ scale · tanh(s + h), a sum of elements and no matrix product."""
    query, value, _ = _arguments(call)
    T, S = call.values(query) // query[-1], call.values(value) // value[-1]
    return Cost("2·T·S·v", {"T": T, "S": S, "v": value[-1]}, T * S * (1 + query[-1]) + T * value[-1])


def _arguments(call):
    """Shapes of query, value and key, given by name or as a list."""
    if isinstance(call.given.get("inputs"), (list, tuple)):
        query, value, *key = call.given["inputs"]
        return query, value, key[0] if key else value
    value = call.shape("value")
    return call.shape("query"), value, call.shape("key") or value


ATTENTION = (
    (MultiHeadAttention, own_heads),
    (kl.MultiHeadAttention, keras_heads),
    (kl.GroupQueryAttention, grouped_heads),
    (DotProductAttention, dot_product),
    (MultiplicativeAttention, multiplicative),
    (AdditiveAttention, additive),
    (kl.AdditiveAttention, keras_additive),
    (kl.Attention, dot_product),
)
