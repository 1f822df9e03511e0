"""Which attention layers a model has, wherever they are, beside its recurrent ones."""

import dataclasses

from kseq.inspection.attention_forms import FORMS
from kseq.inspection.attention_own_forms import OWN_FORMS
from kseq.inspection.errors import InspectionError
from kseq.inspection.finding import check_built, found_recurrent, new_name, walk


@dataclasses.dataclass(frozen=True)
class Attending:
    """An attention layer of a model.

    Args:
        name: where it is: `"mha"`, `"block_1/self_attention"`; `"mha#2"` at the second call of a shared layer.
        layer: the Keras layer.
        form: its equations, one of `kseq.inspection.attention_forms`.
        problem: why it cannot be looked into, or `None`.
    """

    name: str
    layer: object
    form: object
    problem: str | None = None

    @property
    def entries(self):
        """Its name, in a tuple, as for recurrent layers."""
        return (self.name,)


def attention_layers(model, taken=()):
    """Finds every attention layer whose equations are known; one that occurs several times is listed once.

    Args:
        model: a built Keras model or layer.
        taken: names that other layers have already.

    Returns:
        A list of `Attending` in the order in which the model holds them.
    """
    found, inside, names = {}, [], set(taken)
    for path, layer in walk(model):
        if id(layer) in found or any(path[: len(outer)] == outer for outer in inside):
            continue
        form = next((form for form in FORMS + OWN_FORMS if isinstance(layer, form.known)), None)
        if form is None:
            continue
        inside.append(path)
        name = new_name(path, layer, names)
        found[id(layer)] = Attending(name, layer, form, form.problem(layer))
    return list(found.values())


def traceable_layers(model):
    """Every layer of a built model that `trace` is about: first the recurrent ones, then those of attention.

    Raises:
        InspectionError: `model` is no Keras model, not built yet, or has none of them.
    """
    check_built(model)
    recurrent = found_recurrent(model)
    attending = attention_layers(model, [r.name for r in recurrent])
    if recurrent or attending:
        return recurrent + attending
    classes = [f"{layer.name} ({type(layer).__name__})" for _, layer in walk(model)]
    raise InspectionError(
        f"The model {model.name!r} has no recurrent layer to look into (SimpleRNN, LSTM, GRU, RNN, Bidirectional) and "
        "no attention layer (MultiHeadAttention, GroupedQueryAttention, Attention, AdditiveAttention, kseq's own). "
        f"Its layers: {', '.join(classes[1:9]) or classes[0]}"
    )
