"""What an optimizer keeps beside the weights: how many numbers for each parameter, by its paper."""

from kseq.scale.description import Architecture
from kseq.scale.errors import ScaleError
from kseq.scale.number_types import choice
from kseq.scale.quantity import derive, given

ADAM = "Kingma and Ba (2015), arXiv 1412.6980: two moments"
ADAMW = "Loshchilov and Hutter (2019), arXiv 1711.05101: Adam's two moments"
FACTORED = "Shazeer and Stern (2018), Adafactor, arXiv 1804.04235, section 3: rows and columns of each matrix"
EIGHT_BITS = "Dettmers et al. (2022), 8-bit optimizers, arXiv 2110.02861: two moments in blocks of 2,048"
MIXED = "Rajbhandari et al. (2020), ZeRO, arXiv 1910.02054, section 3.1: 2 + 2 + 12 bytes per parameter with Adam"

# name -> moments beside each weight, source
OPTIMIZERS = {
    "adam": (2, ADAM),
    "adamw": (2, ADAMW),
    "sgd": (0, "plain gradient descent keeps nothing"),
    "momentum": (1, "gradient descent with momentum keeps one velocity for each weight"),
    "adafactor": (None, FACTORED),
    "adam8bit": (None, EIGHT_BITS),
}
BLOCK = 2048  # moments in a block of the 8-bit optimizers share one float32
KERAS_ADAFACTOR = (
    "Keras's own Adafactor (3.x) also makes a full second moment for each weight, which it does not need for matrices: "
    "there it is as large as momentum."
)


def optimizer_state(config, count, optimizer, state, master):
    """The bytes that an optimizer keeps, on all devices together.

    Args:
        config: an `Architecture` or a `LayerTable`.
        count: `Quantity`, its parameters.
        optimizer: name of `OPTIMIZERS`.
        state: bytes of one number of its state.
        master: bytes of the copy of each weight that is updated (4 in mixed precision), else 0.

    Raises:
        ScaleError: There is no such optimizer, or a table does not give what it needs.
    """
    moments, source = choice("optimizer", optimizer, OPTIMIZERS)
    name = f"what {optimizer} keeps"
    copy = {"b_w": given(master, "bytes", MIXED, name="float32 copy of a weight")} if master else {}
    plus = " + N·b_w" if master else ""
    moment = given(state, "bytes", name="bytes of a moment")
    if optimizer == "adam8bit":
        formula, inputs = "2·N·(1 + 4/B)", {"B": given(BLOCK, name="moments in a block")}
    elif optimizer == "adafactor":
        formula, inputs = "F·b_m", {"F": factored(config, count), "b_m": moment}
    else:
        formula, inputs = "m·N·b_m", {"m": given(moments, name="moments of each weight"), "b_m": moment}
    note = KERAS_ADAFACTOR if optimizer == "adafactor" else ""
    return derive(name, "bytes", formula + plus, source=source, note=note, N=count, **inputs, **copy)


def factored(sizes, count):
    """How many numbers Adafactor keeps: a row and a column for each matrix, and what is no matrix in full."""
    if not isinstance(sizes, Architecture):
        raise ScaleError(
            "`optimizer` must not be 'adafactor' for a table of layers: it needs the shapes of the matrices. "
            "Received: optimizer='adafactor'"
        )
    cross = sizes.num_layers if sizes.num_encoder_layers else 0
    known = {
        "L": given(sizes.num_layers + sizes.num_encoder_layers, name="feed-forward layers"),
        "L_a": given(sizes.num_layers + sizes.num_encoder_layers + cross, name="attention layers"),
        "e": given(1 if sizes.tied_embeddings else 2, name="matrices of the vocabulary"),
        "d": given(sizes.embedding_dim, name="width"),
        "d_ff": given(sizes.intermediate_dim, name="width inside the feed-forward layer"),
        "H": given(sizes.num_heads, name="heads"),
        "G": given(sizes.num_key_value_heads, name="heads of keys and values"),
        "k": given(sizes.key_dim, name="width of a head"),
        "f": given(3 if sizes.gated else 2, name="matrices of a feed-forward layer"),
        "V": given(sizes.vocabulary_size or 0, name="vocabulary"),
    }
    sides = derive("rows and columns of the matrices", "", "L_a·(4·d + 2·(H + G)·k) + L·f·(d + d_ff) + e·(V + d)",
                   **known)  # fmt: skip
    inside = derive("parameters in matrices", "parameters", "L_a·2·d·(H + G)·k + L·f·d·d_ff + e·V·d", **known)
    return derive("numbers of a factored second moment", "", "R + N − M", N=count, R=sides, M=inside)
