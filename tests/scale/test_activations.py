"""`activation_memory`: the paper's formula, and what PyTorch really keeps of one layer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.scale import Architecture, ScaleError, activation_memory, architecture

T, B = 2048, 3
SMALL = {"num_layers": 2, "num_heads": 4, "embedding_dim": 32, "context_length": 24, "vocabulary_size": 11}


def layer(config, **options):
    """Bytes of one layer."""
    return activation_memory(config, batch_size=B, **{"recompute": "none", **options}).inputs["M_L"].inputs["a"]


@pytest.mark.parametrize(("recompute", "tensor", "number"), [
    ("none", 1, 34 + 5 * 96 * T / 12_288),
    ("none", 8, 10 + 24 / 8 + 5 * 96 * T / 12_288 / 8),
    ("selective", 1, 34),
    ("selective", 4, 10 + 24 / 4),
    ("full", 1, 2),
    ("full", 8, 2),
    ("flash", 1, 34 + 4 * 96 / 12_288),
    ("flash", 8, 10 + 24 / 8 + 4 * 96 / 12_288 / 8),
])  # fmt: skip
def test_the_formula_of_the_paper(recompute, tensor, number):
    assert layer("gpt3-175b", recompute=recompute, tensor=tensor, dropout=True) == T * B * 12_288 * number


@settings(deadline=None)
@given(
    heads=st.integers(1, 8),
    width=st.integers(1, 16),
    layers=st.integers(1, 9),
    tokens=st.integers(1, 300),
    sequences=st.integers(1, 9),
    vocabulary=st.integers(1, 300),
)
def test_all_layers_and_what_is_around_them(heads, width, layers, tokens, sequences, vocabulary):
    d = heads * width
    sizes = Architecture(num_layers=layers, num_heads=heads, embedding_dim=d, context_length=8,
                         vocabulary_size=vocabulary)  # fmt: skip
    count = {"batch_size": sequences, "context": tokens, "dropout": True}
    around = tokens * sequences * (5 * d + 4 * vocabulary)
    attention = 5 * heads * tokens**2 * sequences
    one = 34 * tokens * sequences * d
    whole = activation_memory(sizes, **count, recompute="none")
    assert whole == layers * (one + attention) + around
    # FlashAttention keeps four bytes for each row of attention and never has more
    row = 4 * heads * tokens * sequences
    flash = activation_memory(sizes, **count)
    assert flash == activation_memory(sizes, **count, recompute="flash") == layers * (one + row) + around
    # one layer is there as a whole while it is computed again
    assert activation_memory(sizes, **count, recompute="selective") == layers * one + attention + around
    kept = 2 * tokens * sequences * d
    full = activation_memory(sizes, **count, recompute="full")
    assert full == layers * kept + (one + row - kept) + around
    assert full <= flash <= whole


@settings(deadline=None)
@given(tokens=st.integers(1, 5000), more=st.integers(1, 5000))
def test_more_tokens_take_more(tokens, more):
    for recompute in ("none", "selective", "flash", "full"):
        short, long = (
            activation_memory("gpt2", batch_size=1, context=length, recompute=recompute)
            for length in (tokens, tokens + more)
        )
        assert short < long


def test_types_and_dropout():
    sizes = architecture("gpt2")
    assert sizes.dropout == 0.1
    d, H = sizes.embedding_dim, sizes.num_heads
    for dtype, b in (("bfloat16", 2), ("float32", 4)):
        assert layer(sizes, context=T, dtype=dtype) == T * B * ((16 * b + 2) * d + (2 * b + 1) * H * T)
        assert layer(sizes, context=T, dtype=dtype, dropout=False) == T * B * (16 * b * d + b * H * T)


def test_dropout_is_a_property_of_the_architecture():
    """LLaMA was trained without, GPT-2 with it: neither needs to be said."""
    assert str(activation_memory("llama-7b", batch_size=1, recompute="none")) == "17.65 GiB"
    for name in ("llama-7b", "gpt2", "t5-base"):
        rate = architecture(name).dropout
        assert activation_memory(name, batch_size=1) == activation_memory(name, batch_size=1, dropout=rate > 0)
        without, masks = (activation_memory(name, batch_size=1, dropout=there) for there in (0, 0.3))
        assert without == activation_memory(architecture(name, dropout=0), batch_size=1) < masks
    for rate in (1, -0.1, True, "0.1"):
        with pytest.raises(ScaleError, match=r"`dropout` must be a share from 0 to below 1"):
            architecture("gpt2", dropout=rate)


def test_flash_attention_makes_long_contexts_fit():
    """34·T·d·L and the logits: a hundred thousand tokens of GPT-2, whose weights of attention alone are 600 GiB."""
    flash, selective = (
        activation_memory("gpt2", batch_size=1, context=100_000, recompute=how) for how in ("flash", "selective")
    )
    assert flash == pytest.approx(100_000 * (34 * 768 * 12 + 4 * 50_257 + 5 * 768), rel=0.002)
    assert selective - flash > 500 * 2**30


def test_grouped_heads_and_gates():
    sizes = architecture("llama2-70b")
    d, H, G, k, F = 8192, 64, 8, 128, 28_672
    by_hand = 10 * d + 2 * (2 * H * k + 2 * G * k) + 2 * 4 * F + 5 * H * T
    assert layer(sizes, context=T, dropout=True) == T * B * by_hand
    assert layer(sizes, context=T) == T * B * (by_hand - 2 * d - 3 * H * T)  # it was trained without
    assert layer(sizes, context=T) < layer(sizes, context=T, num_key_value_heads=64)


def test_layers_side_by_side_share_an_input():
    sizes = architecture("palm-540b")
    d, H, k, F, T = 18_432, 48, 256, 73_728, 128
    assert (sizes.norms_per_block, sizes.intermediate_dim, sizes.num_key_value_heads) == (1, F, 1)
    by_hand = (2 * 2 + 2) * d + 2 * (2 * H * k + 2 * k) + 2 * 4 * F + 5 * H * T
    assert layer(sizes, context=T, dropout=True) == T * B * by_hand


def test_a_decoder_with_an_encoder_keeps_two_attentions():
    sizes = architecture("transformer-base")
    d, H, T = 512, 8, 128
    whole = activation_memory(sizes, batch_size=B, context=T, recompute="none")
    self_attention = 34 * d + 5 * H * T
    cross = (2 * 2 + 1) * d + 2 * 4 * d + 5 * H * T
    assert whole.inputs["M_L"] == T * B * (12 * self_attention + 6 * cross)
    full = activation_memory(sizes, batch_size=B, context=T, recompute="full")
    assert full.inputs["M_L"] == 12 * 2 * T * B * d


def test_a_reader_of_images_has_no_logits_of_words():
    sizes = architecture("vit-b/16")
    outside = activation_memory(sizes, batch_size=1, dropout=True).inputs["M_x"]
    assert outside == sizes.context_length * 5 * 768 and "V" not in outside.inputs


def test_the_board():
    plain = " ".join(activation_memory("gpt2", batch_size=8).explain().split())
    assert "2205.14135" in plain and "rate is 0.1" in plain and "b_H·H" in plain
    assert "dropout" not in activation_memory("llama-7b", batch_size=8).explain()
    text = activation_memory("gpt2", batch_size=8, recompute="none").explain()
    assert "2205.05198" in text and "FlashAttention keeps none" in text
    assert "a = one layer = T·B·((4·b + 2)·d + b·(2·H·k + 2·G·k) + 2·b·d_ff + (2·b + 1)·H·T)" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": -1}, r"`batch_size` must be an integer from 1 on\. Received: batch_size=-1"),
        ({"batch_size": True}, r"`batch_size` must be an integer"),
        ({"context": 0}, r"`context` must be an integer from 1 on"),
        ({"tensor": 7}, r"`tensor` must divide num_heads=12.*Received: tensor=7"),
        ({"recompute": "ful"}, r"`recompute` must be one of .*Did you mean 'full'"),
        ({"dropout": "no"}, r"`dropout` must be True, False or a share from 0 to 1\. Received: dropout='no'"),
        ({"dropout": float("nan")}, r"`dropout` must be .*Received: dropout=nan"),
        ({"dtype": "int8"}, r"`dtype` must be one of 'float32', 'bfloat16', 'float16'.*Received: dtype='int8'"),
        ({"vocabulary_size": None}, r"`vocabulary_size` must be given for 'gpt2'"),
    ],
)
def test_errors(options, message):
    with pytest.raises(ScaleError, match=message):
        activation_memory("gpt2", **{"batch_size": 1, **options})


# --- PyTorch as a witness: it is asked which tensors it saves for the backward pass ---


def saved_bytes(run, inputs, parameters):
    """Bytes of all tensors that autograd keeps, each memory once, without the weights."""
    import torch

    weights = {one.untyped_storage().data_ptr() for one in parameters}
    kept = {}

    def note(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = (storage.nbytes(), tensor)  # the tensor is held, so that its place stays taken
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        outputs = run(inputs)
    return outputs, sum(size for size, _ in kept.values())


@pytest.mark.parametrize("dropout", [True, False])
@pytest.mark.parametrize("kind", ["plain", "gated and grouped"])
def test_what_torch_keeps_of_a_layer(kind, dropout):
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    gated = kind != "plain"
    changes = {"num_key_value_heads": 2, "gated": True, "intermediate_dim": 48, "key_dim": 5} if gated else {}
    sizes = Architecture(**SMALL, **changes)
    d, H, G, k, F = (sizes.embedding_dim, sizes.num_heads, sizes.num_key_value_heads, sizes.key_dim,
                     sizes.intermediate_dim)  # fmt: skip
    T = sizes.context_length
    torch.manual_seed(0)
    into = {"q": (d, H * k), "k": (d, G * k), "v": (d, G * k), "o": (H * k, d), "up": (d, F), "gate": (d, F)}
    weights = {name: torch.randn(shape, requires_grad=True) for name, shape in (into | {"down": (F, d)}).items()}
    norms = [torch.ones(d, requires_grad=True) for _ in range(2)]

    def split(x, heads):
        return x.reshape(B, T, heads, k).transpose(1, 2)

    def drop(x):
        return torch.native_dropout(x, 0.1, True)[0] if dropout else x  # as on a GPU: a mask of one byte each

    def run(x):
        y = functional.layer_norm(x, (d,), norms[0])
        queries = split(y @ weights["q"], H).reshape(B, G, H // G * T, k)  # heads of a group share keys and values
        keys, values = split(y @ weights["k"], G), split(y @ weights["v"], G)
        scores = drop((queries @ keys.transpose(-1, -2) / k**0.5).softmax(-1))
        heads = (scores @ values).reshape(B, H, T, k).transpose(1, 2).reshape(B, T, H * k)
        x = x + drop(heads @ weights["o"])
        y = functional.layer_norm(x, (d,), norms[1])
        opened = functional.silu(y @ weights["gate"]) if gated else 1
        y = opened * (y @ weights["up"]) if gated else functional.gelu(y @ weights["up"])
        return x + drop(y @ weights["down"])

    x = torch.randn(B, T, d, requires_grad=True) * 1.0
    outputs, measured = saved_bytes(run, x, [*weights.values(), *norms])
    assert outputs.shape == (B, T, d)
    statistics = 2 * 2 * 4 * B * T  # mean and spread of two normalizations, which the paper leaves out
    assert measured - statistics == layer(sizes, dtype="float32", dropout=dropout)
