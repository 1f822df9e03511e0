"""`LayerTable`: rows, sums, and what is printed."""

import json
import re

from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from kseq.scale import LayerCost, LayerTable, derive
from kseq.scale.formulas import names
from kseq.scale.layer_table import SYMBOLS

FIRST = LayerCost("hidden", "Dense", 20, derive("", "FLOP", "2·m·n", m=4, n=4), 4, "2·m·n", data_flops=32)
TABLE = LayerTable(
    "small",
    (FIRST, LayerCost("hidden_1", "Dense", 10, 16, 2, "2·m·n"), LayerCost("ids", "Embedding", 7, frozen=7)),
    batch_size=8,
    length=3,
    notes=("One thing is not known.",),
)


def test_sums():
    assert TABLE.parameters == 37 and TABLE.trainable == 30
    assert TABLE.flops == 48 and TABLE.training_flops == 3 * 48 - 32 and TABLE.step_flops == 8 * 112
    assert TABLE.flops_per_token == 16 and TABLE.activations == 6
    assert {kind: float(part) for kind, part in TABLE.parameter_parts().items()} == {"Dense": 30, "Embedding": 7}


def test_the_derivation_names_the_layers():
    one = TABLE.step_flops.inputs["C"]
    assert one.formula == "3·F − F_data" and one.inputs["F"].formula == "Dense"
    assert list(one.inputs["F"].inputs["Dense"].inputs) == ["hidden", "hidden_1"]
    text = TABLE.step_flops.explain(5)
    assert "3·48 − 32" in text and "2·4·4" in text
    assert TABLE.parameters.formula == "Dense + Embedding" and "30 + 7" in TABLE.parameters.explain()


def test_print():
    lines = str(TABLE).splitlines()
    assert lines[0] == "small" and lines[-1] == "One thing is not known."
    assert lines[3].split() == ["hidden", "Dense", "20", "32", "4", "2·m·n"]
    assert lines[7].split() == ["sum", "37", "48", "6"]
    assert lines[9] == "In the formulas: m numbers that come in, n numbers that come out."
    assert "one example, 3 steps: 48 FLOPs forward, 112 with the backward pass; 6 values kept" in lines


def test_every_symbol_of_describe_has_a_meaning(checkout):
    """Formulas of the rules of `describe`, read as text: no model is built."""
    for path in (checkout / "kseq" / "inspection").glob("describing*.py"):
        for formula in re.findall(r'"(2·[\w·()+ ]*)"', path.read_text("utf-8")):
            unknown = [name for name in names(formula) if name not in SYMBOLS]
            assert not unknown, (path.name, formula)


def test_two_layers_of_a_stack_share_a_symbol():
    table = LayerTable("stack", (LayerCost("rnn", "RNN", 1, 1, 1, "8·T·h1·(m + h1) + 8·T·h2·(h1 + h2)"),))
    assert table.legend == "In the formulas: T steps, m numbers that come in, h units."
    assert LayerTable("none", ()).legend == ""


def test_json():
    fields = json.loads(json.dumps(TABLE.as_dict()))
    assert fields["parameters"] == 37 and fields["layers"][0]["flops"] == 32 and fields["notes"] == list(TABLE.notes)


def test_an_empty_table():
    empty = LayerTable("nothing", ())
    assert empty.parameters == empty.flops == empty.activations == empty.step_flops == 0
    assert "nothing" in str(empty)


@settings(deadline=None)
@drawn(
    st.lists(
        st.tuples(st.sampled_from(["a-b", "a/b", "a#2", "min", "1", "ü", "lambda", "name"]), st.integers(0, 2**40)),
        max_size=30,
    )
)
def test_any_names_make_a_sum(rows):
    """Names of layers become symbols of a formula: none may be lost."""
    table = LayerTable("any", tuple(LayerCost(name, name, number, number) for name, number in rows))
    total = sum(number for _, number in rows)
    assert table.parameters.exact == total and table.flops == total
