"""`memory`: bytes of training, by hand, by ZeRO's own table, and as shares that add up to the whole."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseq.scale import ScaleError, activation_memory, memory, parameters
from kseq.scale.checks import activations
from kseq.scale.layer_table import LayerCost, LayerTable

N = 124_439_808  # gpt2
GIB = 2**30
PARTS = ("weights", "gradients", "optimizer")


@pytest.mark.parametrize(
    ("optimizer", "plain", "mixed"),
    [
        ("adam", 8, 12),
        ("adamw", 8, 12),
        ("momentum", 4, 8),
        ("sgd", 0, 4),
        ("adam8bit", 2 + 8 / 2048, 6 + 8 / 2048),
    ],
)
def test_bytes_of_a_parameter(optimizer, plain, mixed):
    in_float32 = memory("gpt2", optimizer=optimizer)
    assert (in_float32.weights, in_float32.gradients, in_float32.optimizer) == (4 * N, 4 * N, plain * N)
    in_16_bits = memory("gpt2", optimizer=optimizer, precision="mixed")
    assert (in_16_bits.weights, in_16_bits.gradients, in_16_bits.optimizer) == (2 * N, 2 * N, mixed * N)
    assert in_16_bits.training == (4 + mixed) * N


def test_adam_in_mixed_precision_takes_16_bytes():
    assert memory("gpt3-175b", precision="mixed").training == 16 * parameters("gpt3-175b")
    assert memory("gpt2", precision="mixed").training == memory("gpt2").training  # as Keras's mixed policies do


def test_adafactor_keeps_rows_and_columns():
    d, F, V, T, L = 768, 3072, 50257, 1024, 12
    matrices = L * (4 * 2 * d + 2 * (d + F)) + (V + d) + (T + d)
    vectors = L * (4 * d + F + d + 4 * d) + 2 * d  # biases and normalizations
    assert memory("gpt2", optimizer="adafactor").optimizer == 4 * (matrices + vectors)
    assert memory("gpt2", optimizer="adafactor", precision="mixed").optimizer == 4 * (matrices + vectors) + 4 * N
    wide = {
        "num_layers": 2, "num_heads": 4, "num_key_value_heads": 2, "key_dim": 3, "embedding_dim": 10,
        "intermediate_dim": 7, "context_length": 6, "vocabulary_size": 5, "tied_embeddings": False, "gated": True,
        "position": "rotary", "normalization": "rms", "use_bias": False,
    }  # fmt: skip
    rows = 2 * ((10 + 12) + 2 * (10 + 6) + (12 + 10) + 3 * (10 + 7)) + 2 * (5 + 10)
    assert memory(wide, optimizer="adafactor").optimizer == 4 * (rows + 5 * 10)  # five normalizations


def test_what_keras_optimizers_keep_is_what_we_say():
    """Adam's moments and momentum's velocity, counted in Keras itself; its Adafactor is noted as larger."""
    import keras
    import numpy as np

    def kept(optimizer):
        variables = [keras.Variable(np.zeros((6, 5), "float32")), keras.Variable(np.zeros(7, "float32"))]
        optimizer.build(variables)
        return sum(int(np.prod(one.shape)) for one in optimizer.variables if len(one.shape))

    assert kept(keras.optimizers.Adam()) == kept(keras.optimizers.AdamW()) == 2 * 37
    assert kept(keras.optimizers.SGD(momentum=0.9)) == 37
    assert kept(keras.optimizers.SGD()) == 0
    assert kept(keras.optimizers.Adafactor()) >= 37 + 6 + 5
    assert "Keras's own Adafactor" in memory("gpt2", optimizer="adafactor").explain()


@pytest.mark.parametrize("row", activations.rows(), ids=lambda row: f"{row.table}: {row.row}")
def test_published(row):
    expected = {
        "ZeRO, section 3.2": activations.NO_SCORES,
        **dict.fromkeys(
            (
                "128 B parameters, 1,024 devices, stage 2",
                "1 T parameters, 64 devices, stage 2",
                "1 T parameters, 256 devices, stage 1",
                "1 T parameters, 256 devices, stage 2",
                "1 T parameters, 1,024 devices, stage 1",
                "1 T parameters, 1,024 devices, stage 2",
            ),
            activations.CUT,
        ),
    }
    cause = expected.get(row.table, expected.get(row.row, ""))
    assert row.cause == cause and row.agrees == (not cause)
    if cause == activations.CUT:  # all digits that are printed are ours
        assert int(row.computed / 1e9) == row.published / 1e9


@settings(deadline=None)
@given(
    zero=st.integers(0, 3),
    data=st.integers(1, 64),
    tensor=st.sampled_from([1, 2, 3, 4, 6, 12]),
    pipeline=st.integers(1, 12),
    precision=st.sampled_from([None, "mixed"]),
    optimizer=st.sampled_from(["adam", "sgd", "momentum", "adam8bit", "adafactor"]),
)
def test_shares_add_up(zero, data, tensor, pipeline, precision, optimizer):
    whole = memory("gpt2", precision=precision, optimizer=optimizer)
    layout = {"data": data, "tensor": tensor, "pipeline": pipeline}
    share = memory("gpt2", precision=precision, optimizer=optimizer, zero=zero, **layout)
    assert share.devices == data * tensor * pipeline and share.parameters == N
    for part, stage in (("optimizer", 1), ("gradients", 2), ("weights", 3)):
        copies = 1 if zero >= stage else data  # that are kept
        assert getattr(share, part) * share.devices == pytest.approx(getattr(whole, part) * copies)
    assert share.training == pytest.approx(sum(getattr(share, part) for part in PARTS))
    if zero:
        lower = memory("gpt2", precision=precision, optimizer=optimizer, zero=zero - 1, **layout)
        assert share.training <= lower.training


def test_activations_come_in_with_a_batch():
    without = memory("gpt2", precision="mixed")
    assert without.activations == 0 and str(without).endswith(" and the activations")
    held = memory("gpt2", precision="mixed", batch_size=8, context=512, recompute="selective")
    assert held.activations == activation_memory("gpt2", batch_size=8, context=512, recompute="selective")
    assert held.training == without.training + held.activations
    assert re.search(r"activations [\d.]+ GiB; for training [\d.]+ GiB$", str(held))
    assert memory("gpt2", batch_size=1).activations == activation_memory("gpt2", batch_size=1, dtype="float32")
    less = memory("gpt2", batch_size=1, dropout=False).activations
    assert less == activation_memory("gpt2", batch_size=1, dtype="float32", dropout=False)


def test_a_pipeline_divides_weights_but_not_activations():
    one, four = (memory("gpt2", batch_size=2, pipeline=n, tensor=2) for n in (1, 4))
    assert four.weights == one.weights / 4 and four.activations == one.activations
    assert "as many micro-batches as there are stages" in four.explain() and "on each of 8 devices" in str(four)


def test_the_board_shows_where_the_bytes_are():
    text = memory("gpt2", precision="mixed", zero=1, data=8).explain()
    assert text.startswith("memory for training = M_w + M_g + M_o + M_a = ")
    assert "M_o = optimizer of one device = M_optimizer/n_d = 1.493e9/8 = 178.01 MiB" in text
    assert "1910.02054" in text and "1412.6980" in text and "gathered" not in text
    assert "are gathered, which takes room" in memory("gpt2", zero=3, data=8).explain()
    assert "dealt out evenly" in memory("gpt2", tensor=2).explain()


def test_a_path_is_a_config(tmp_path):
    sizes = {"model_type": "gpt2", "n_embd": 768, "n_layer": 12, "n_head": 12, "n_positions": 1024, "vocab_size": 50257}
    path = tmp_path / "config.json"
    path.write_text(json.dumps(sizes))
    assert memory(path).training == memory(str(path)).training == memory("gpt2").training


def test_a_table_of_layers_has_its_own_count():
    rows = (LayerCost("lstm", "LSTM", 1000, 32, 400), LayerCost("dense", "Dense", 24, 8, 100))
    table = LayerTable("small", rows, batch_size=8)
    held = memory(table, batch_size=3)
    assert (held.weights, held.optimizer, held.activations) == (4 * 1024, 8 * 1024, 3 * 500 * 4)
    assert memory(table, data=2, zero=3).weights == 2 * 1024
    with pytest.raises(ScaleError, match=r"`optimizer` must not be 'adafactor' for a table of layers"):
        memory(table, optimizer="adafactor")
    with pytest.raises(ScaleError, match=r"`recompute` must be 'none' for a table of layers.*Received"):
        memory(table, batch_size=1, recompute="full")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dtype": "bfloat61"}, r"`dtype` must be one of .*Did you mean 'bfloat16'.*Received: dtype='bfloat61'"),
        ({"optimizer": "adamax"}, r"`optimizer` must be one of .*Did you mean .*Received: optimizer='adamax'"),
        ({"optimizer": None}, r"`optimizer` must be one of .*Received: optimizer=None"),
        ({"precision": "half"}, r"`precision` must be one of None, 'mixed'\. Received: precision='half'"),
        (
            {"recompute": "some"},
            r"`recompute` must be one of 'none', 'selective', 'flash', 'full'\..*Received",
        ),
        ({"zero": 4}, r"`zero` must be 0, 1, 2 or 3.*Received: zero=4"),
        ({"zero": True}, r"`zero` must be .*Received: zero=True"),
        ({"data": 0}, r"`data` must be an integer from 1 on\. Received: data=0"),
        ({"tensor": -2}, r"`tensor` must be an integer from 1 on\. Received: tensor=-2"),
        ({"tensor": 5}, r"`tensor` must divide num_heads=12.*Received: tensor=5"),
        ({"pipeline": 13}, r"`pipeline` must be at most the 12 layers of 'gpt2'\. Received: pipeline=13"),
        ({"pipeline": float("nan")}, r"`pipeline` must be an integer from 1 on\. Received: pipeline=nan"),
        ({"batch_size": 0}, r"`batch_size` must be an integer from 1 on\. Received: batch_size=0"),
        ({"batch_size": 1, "context": -5}, r"`context` must be an integer from 1 on\. Received: context=-5"),
        ({"num_head": 3}, r"An architecture has no size 'num_head'"),
    ],
)
def test_errors(options, message):
    with pytest.raises(ScaleError, match=message) as caught:
        memory("gpt2", **options)
    assert "\n" not in str(caught.value)
