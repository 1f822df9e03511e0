"""What an optimizer keeps beside the weights: how many numbers for each parameter, by its paper."""

from kseq.scale.description import Architecture
from kseq.scale.errors import ScaleError
from kseq.scale.formulas import names
from kseq.scale.number_types import choice
from kseq.scale.quantity import derive, given
from kseq.scale.symbols import stack, symbols

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
        formula, inputs = "2·N·(1 + 4/n_m)", {"n_m": given(BLOCK, name="moments in a block")}
    elif optimizer == "adafactor":
        formula, inputs = "N_o·b_m", {"N_o": factored(config, count), "b_m": moment}
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
    of, layers = symbols(sizes), stack(sizes)
    attention = "(2·L + L_e)" if sizes.num_encoder_layers else layers  # with the attention to the encoder
    feed_forward = 3 if sizes.gated else 2
    sides = [f"{attention}·(4·d + 2·(H + G)·k)", f"{layers}·{feed_forward}·(d + d_ff)"]
    inside = [f"{attention}·2·d·(H + G)·k", f"{layers}·{feed_forward}·d·d_ff"]
    if sizes.vocabulary_size:
        tables = "" if sizes.tied_embeddings or sizes.num_classes else "2·"
        sides.append(f"{tables}(V + d)")
        inside.append(f"{tables}V·d")
    if sizes.position == "learned":
        sides.append("T_learned + d")
        inside.append("T_learned·d")
    sides, inside = " + ".join(sides), " + ".join(inside)
    return derive(
        "numbers of a factored second moment", "", "N_r + N − N_m", N=count,
        N_r=derive("rows and columns of the matrices", "", sides, **{one: of[one] for one in names(sides)}),
        N_m=derive("parameters in matrices", "parameters", inside, **{one: of[one] for one in names(inside)}),
    )  # fmt: skip
