"""Memory of training: activations by Korthikanti et al., and what ZeRO's table 1 leaves to each device."""

from kseq.scale.activation_bytes import PAPER, activation_memory
from kseq.scale.checks.check import Check
from kseq.scale.footprint import model_states
from kseq.scale.quantity import derive, given
from kseq.scale.units import in_letters

ZERO_TABLE = "Rajbhandari et al. (2020), ZeRO, arXiv 1910.02054, table 1"
ZERO_TEXT = "Rajbhandari et al. (2020), ZeRO, arXiv 1910.02054, section 3"
GPT3 = "gpt3-175b"
MT_NLG = {
    "name": "MT-NLG 530B", "num_layers": 105, "num_heads": 128, "embedding_dim": 20_480, "context_length": 2048,
    "vocabulary_size": 51_200,
}  # fmt: skip

# GB of weights, gradients and Adam's state on each of n devices: parameters -> n -> stages 1, 2, 3
ZERO = {
    7.5e9: {
        1: (120, 120, 120),
        4: (52.5, 41.3, 30),
        16: (35.6, 21.6, 7.5),
        64: (31.4, 16.6, 1.88),
        256: (30.4, 15.4, 0.47),
        1024: (30.1, 15.1, 0.12),
    },
    128e9: {
        1: (2048, 2048, 2048),
        4: (896, 704, 512),
        16: (608, 368, 128),
        64: (536, 284, 32),
        256: (518, 263, 8),
        1024: (513, 257, 2),
    },
    1e12: {
        1: (16_000, 16_000, 16_000),
        4: (7000, 5500, 4000),
        16: (4750, 2875, 1000),
        64: (4187, 2218, 250),
        256: (4046, 2054, 62.5),
        1024: (4011, 2013, 15.6),
    },
}
CUT = "The table cuts digits off where others round."
CUT_ROWS = {(128e9, 2, 1024), (1e12, 2, 64), (1e12, 1, 256), (1e12, 2, 256), (1e12, 1, 1024), (1e12, 2, 1024)}
NO_SCORES = (
    "ZeRO counts 12 values of 2 bytes for each token and unit of width. Korthikanti et al. count 34 bytes and, above "
    "all, the scores of attention, of which there are H·T for each token."
)


def rows():
    """All rows: shares of the layers, single layers, and ZeRO's table."""
    return [*_selective(), *_layers(), *_zero_text(), *_zero_table()]


def _selective():
    """What selective recomputation saves of the layers."""
    return [
        Check(
            table="Korthikanti et al., section 5", row=name, what="share of activations saved by selective",
            published=share, rounding=0.005, computed=_saved(config), source=PAPER,
        )
        for name, config, share in (("GPT-3", GPT3, 0.70), ("MT-NLG 530B", MT_NLG, 0.65))
    ]  # fmt: skip


def _layers():
    """One layer of GPT-3, in units of T·B·d bytes, by the formulas of the paper's table 2 with their numbers."""
    cases = (
        ("all is kept: 34 + 5·H·T/d", "none", 1, 34 + 80),
        ("tensor parallel, 8 devices: 10 + 24/8 + 5·H·T/(8·d)", "none", 8, 10 + 24 / 8 + 80 / 8),
        ("selective: 34", "selective", 1, 34),
        ("selective, 8 devices: 10 + 24/8", "selective", 8, 10 + 24 / 8),
        ("full: 2", "full", 1, 2),
    )
    return [
        Check(
            table="Korthikanti et al., table 2", row=f"GPT-3, {row}", what="bytes of a layer for each token and width",
            published=number, computed=_per_width(recompute, tensor), source=PAPER,
        )
        for row, recompute, tensor, number in cases
    ]  # fmt: skip


def _zero_text():
    activations = activation_memory("gpt2-xl", batch_size=32, context=1024, recompute="none").inputs["M_L"]
    return [
        Check(
            table="ZeRO, section 3.1", row="1.5B parameters, Adam in mixed precision", what="bytes",
            published=24e9, computed=_states(1.5e9, 0, 1), source=ZERO_TEXT,
        ),
        Check(
            table="ZeRO, section 3.2", row="GPT-2 1.5B, 32 sequences of 1,024 tokens", what="bytes of activations",
            published=60e9, rounding=5e9, computed=activations, source=ZERO_TEXT, cause=NO_SCORES,
        ),
    ]  # fmt: skip


def _zero_table():
    return [
        Check(
            table="ZeRO, table 1", row=f"{in_letters(count)} parameters, {devices:,} devices, stage {stage}",
            what="bytes of each device", published=size * 1e9, rounding=_half_a_digit(size) * 1e9,
            computed=_states(count, stage, devices), source=ZERO_TABLE,
            cause=CUT if (count, stage, devices) in CUT_ROWS else "",
        )
        for count, table in ZERO.items()
        for devices, sizes in table.items()
        for stage, size in enumerate(sizes, start=1)
    ]  # fmt: skip


def _half_a_digit(size):
    """Half of the last digit that was printed."""
    return 0.5 * 10 ** -len(f"{size}".partition(".")[2])


def _states(count, stage, devices):
    states = model_states(None, given(count, "parameters", ZERO_TABLE, name="parameters"), dtype="float16", mixed=True,
                          zero=stage, data=devices)  # fmt: skip
    return derive("weights, gradients and Adam's state of a device", "bytes", "M_w + M_g + M_o",
                  M_w=states["weights"], M_g=states["gradients"], M_o=states["optimizer"])  # fmt: skip


def _saved(config):
    kept = {
        how: activation_memory(config, batch_size=1, recompute=how, dropout=True).inputs["M_L"]
        for how in ("none", "selective")
    }
    return derive("saved", "", "1 − M_s/M_L", M_s=kept["selective"], M_L=kept["none"])


def _per_width(recompute, tensor):
    how = {"recompute": recompute, "tensor": tensor, "dropout": True}
    layer = activation_memory(GPT3, batch_size=1, **how).inputs["M_L"].inputs["a"]
    inputs = {symbol: layer.inputs[symbol] for symbol in "TBd"}
    return derive("bytes of a layer for each token and width", "bytes", "a/(T·B·d)", a=layer, **inputs)
