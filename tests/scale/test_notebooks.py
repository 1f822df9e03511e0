"""What a notebook shows of results as the last line of a cell: what `print` writes, not a wall of fields."""

import json

import pytest

from kseq.scale import LayerTable, architecture, compute_optimal, memory, parameters, plan_training, roofline

RESULTS = {
    "Quantity": lambda: parameters("gpt2"),
    "Architecture": lambda: architecture("llama2-70b"),
    "Memory": lambda: memory("gpt2", batch_size=1),
    "Plan": lambda: plan_training("gpt2"),
    "Roofline": lambda: roofline("gpt2", gpu="t4"),
    "Optimum": lambda: compute_optimal(flops=1e21),
    "LayerTable": lambda: LayerTable("empty", ()),
}


class Printer:
    """As much of IPython's as is used."""

    shown = ""

    def text(self, text):
        self.shown += text


@pytest.mark.parametrize("name", RESULTS)
def test_a_cell_shows_what_print_writes(name):
    one, printer = RESULTS[name](), Printer()
    # IPython looks into the class itself first: a dataclass's own `__repr__` there would hide an inherited one
    type(one).__dict__["_repr_pretty_"](one, printer, False)
    assert printer.shown == str(one) and type(one).__name__ == name
    assert len(printer.shown) < 900 and "Quantity(" not in printer.shown and "Architecture(" not in printer.shown


def test_an_architecture_in_one_line():
    assert str(architecture("llama2-70b")) == (
        "llama2-70b: 80 layers, width 8,192, 64 heads (8 of keys and values), context 4,096, 32,000 words"
    )
    assert "24 layers of an encoder and 24 layers of a decoder" in str(architecture("t5-11b"))


def test_memory_as_json():
    one = memory("gpt2", batch_size=1)
    fields = json.loads(json.dumps(one.as_dict()))
    assert fields["training"]["value"] == one.training.exact and fields["devices"] == 1
    assert fields["weights"]["unit"] == "bytes" and fields["parameters"]["value"] == 124_439_808
