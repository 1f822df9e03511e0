# %% [markdown]
# # What the gates do
#
# Course rows G1 and G3. "The forget gate decides what to keep", says the slide. Does it? We train two LSTMs, look at
# every gate at every word, and then do what a picture cannot: switch the gates off and see whether they were needed.

# %%
import os
from pathlib import Path

from kseq import build_sentiment_model, load_reviews, trace
from kseq.plot import colored_text, gate_panels
from kseq.plot.style import INK, PALETTE, new_axes, tidy

import numpy as np
import pandas as pd

quick = bool(os.environ.get("KSEQ_QUICK"))  # the tests run a shortened schedule
figures = Path(os.environ.get("KSEQ_FIGURES", "figures"))
figures.mkdir(parents=True, exist_ok=True)
units = 16

# %% [markdown]
# ## Two data sets, the same model
#
# The bundled *reviews* are natural: what there is to learn from two thousand of them is mostly in the single words.
# In the *contrast set* only the order tells: every sentence has a twin with the same words and the opposite meaning.

# %%
datasets = {name: load_reviews(name) for name in ("reviews", "contrast")}
models = {}
for name, data in datasets.items():
    models[name] = build_sentiment_model(data.vectorizer, architecture="lstm", units=units, seed=0)
    models[name].fit(data.train, epochs=1 if quick else 6, verbose=0)


def accuracy(name):
    return models[name].evaluate(datasets[name].test, verbose=0)[1]


def bag_of_words(name):
    return datasets[name].baselines().loc["bag of words", "accuracy"]


results = pd.DataFrame(
    {name: {"bag of words, the naive baseline": bag_of_words(name), "as trained": accuracy(name)} for name in models}
)
print(results.to_string(float_format="{:.2f}".format))

# %% [markdown]
# ## One pair of twins
#
# `trace` runs the model on raw text and gives back every state and every gate, `(batch, step, unit)`.

# %%
twins = [
    "at first the pancake was nasty for us but by the end it was lovely for us",
    "at first the pancake was lovely for us but by the end it was nasty for us",
]
for text, answer in zip(twins, models["contrast"].classify(twins), strict=True):
    print(f"{answer.label} ({answer.probability:.2f}): {text}")
layer = trace(models["contrast"], twins)["lstm_1"]
print(layer)
words = layer.tokens[0]

# %% [markdown]
# Word by word, each gate as the mean over the 16 units. A low forget gate means: here the cell state is thrown away.

# %%
by_word = pd.DataFrame({gate: layer[gate][0].mean(axis=-1) for gate in ("forget_gate", "input_gate", "output_gate")})
by_word["|cell_state|"] = np.abs(layer["cell_state"][0]).mean(axis=-1)
print(by_word.set_axis(words).to_string(float_format="{:.2f}".format))

panels = gate_panels({gate.replace("_", " "): layer[gate][0] for gate in by_word.columns[:3]}, tokens=words)
panels[0].figure.savefig(figures / "gates.svg")
colored_text(words, by_word["forget_gate"].to_numpy(), kind="gate", label="forget gate").figure.savefig(
    figures / "forget_gate_over_text.svg"
)

# %% [markdown]
# The forget gate falls at "nasty" and at "lovely", where the opinion stands, and is higher in between. Is what was
# written there kept? The two twins are equal up to the first adjective. How far apart are their cell states after it,
# and how much of the first difference would be left if it were only handed on, times the forget gate at every word
# (G1)?

# %%
difference = layer["cell_state"][0] - layer["cell_state"][1]  # (step, unit)
distance = np.linalg.norm(difference, axis=-1)
first = int(np.flatnonzero(distance > 1e-6)[0])  # the first word that differs
kept = np.cumprod(layer["forget_gate"][0][first + 1 :], axis=0) * difference[first]
handed_on = np.linalg.norm(np.vstack([difference[first], kept]), axis=-1)
ax = new_axes((9, 4))
ax.plot(distance, "o-", color=PALETTE[0], linewidth=2, label="measured")
ax.plot(range(first, len(words)), handed_on, "s--", color=PALETTE[1], linewidth=2, label="only handed on")
ax.set_xticks(range(len(words)), words, rotation=60, ha="right")
ax.set_ylabel("‖c − c′‖ between the twins", color=INK)
ax.legend(frameon=False)
tidy(ax).figure.savefig(figures / "twins_apart.svg")
print("distance of the cell states:", distance.round(1))
print("if it were only handed on:  ", handed_on.round(1))

# %% [markdown]
# Zero, until one word differs; then the difference does not just stay, it grows. What was written at "nasty" fades,
# as the forget gates are below 1. But it has set h on another course, and through U and the input gate the LSTM goes
# on writing the same opinion at every neutral word that follows. Memory here is not a note that is kept, but one that
# is copied again and again.
#
# ## Which words close the forget gate?
#
# Over 300 test sentences of each data set, for every word that occurs ten times or more:

# %%
for name, model in models.items():
    layer = trace(model, list(datasets[name].test.texts)[:300], layers="lstm_1")["lstm_1"]
    table = layer.by_token().query("count >= 10").sort_values("forget_gate")[["count", "forget_gate", "input_gate"]]
    print(f"\n{name}: the lowest and the highest forget gates")
    print(pd.concat([table.head(6), table.tail(4)]).to_string(float_format="{:.2f}".format))
    gate = layer["forget_gate"][layer.mask]  # (words, units)
    results.loc["forget gate: mean", name] = gate.mean()
    results.loc["forget gate: how much it moves", name] = gate.std(axis=0).mean()

# %% [markdown]
# On the contrast set it moves: down to a half at "right" and "never", less at "not". Take care with stories, though:
# "others" and "friends" close it as well, and turn nothing round. On the natural reviews it stands at about 0.75
# whatever the word. Remember where it began: its bias is 1, and σ(1) = 0.73. That model has left the gates alone.
#
# ## The test that a picture is not
#
# A gate that moves is not yet a gate that is needed. So we freeze it: its weights are set to zero and its bias so
# that it always has its mean value. Then we evaluate again, without training.


# %%
def frozen(model, gates):
    """The weights of the LSTM with some of its gates stuck at their mean."""
    weights = [array.copy() for array in model.get_layer("lstm_1").get_weights()]
    kernel, recurrent_kernel, bias = weights
    seen = trace(model, list(datasets[name].train.texts)[:300], layers="lstm_1")["lstm_1"]
    for gate in gates:
        start = ["input_gate", "forget_gate", "candidate", "output_gate"].index(gate) * units  # Keras's order i f g o
        columns = slice(start, start + units)
        mean = seen[gate][seen.mask].mean(axis=0)
        kernel[:, columns] = recurrent_kernel[:, columns] = 0
        bias[columns] = np.log(mean / (1 - mean))  # the inverse of σ
    return weights


def without_recurrence(model):
    """The weights of the LSTM with U = 0: what it reads no longer depends on what it has read."""
    kernel, recurrent_kernel, bias = model.get_layer("lstm_1").get_weights()
    return [kernel, np.zeros_like(recurrent_kernel), bias]


three = ["input_gate", "forget_gate", "output_gate"]
for name, model in models.items():
    layer = model.get_layer("lstm_1")
    trained = layer.get_weights()
    changes = {f"{gate} frozen": frozen(model, [gate]) for gate in three}
    changes |= {"all three frozen": frozen(model, three), "U = 0": without_recurrence(model)}
    for change, weights in changes.items():
        layer.set_weights(weights)
        results.loc[change, name] = accuracy(name)
    layer.set_weights(trained)

print(results.to_string(float_format="{:.2f}".format))

# %% [markdown]
# What is really seen:
#
# - The forget gate of the second model *moves*, and moves where one would like it to. But freeze it, and the model is
#   still right: the input gate alone can say what is to be stored. A picture shows what a gate does, not whether it is
#   needed.
# - Freeze all three, and little more than guessing is left: together they are needed. So is the recurrence, U.
# - On the natural reviews nothing changes, whatever is frozen, but there is little to lose: that LSTM is not above a
#   bag of words, which has neither gates nor order. This is why a naive baseline belongs beside every score (S8).
#
# ## Expected output
#
# Two cores, TensorFlow, about 40 seconds; other machines differ by a few points.
#
# | | reviews | contrast |
# |---|---:|---:|
# | bag of words, the naive baseline | 0.61 | 0.50 |
# | as trained | 0.58 | 1.00 |
# | forget gate: mean | 0.76 | 0.75 |
# | forget gate: how much it moves | 0.04 | 0.19 |
# | input_gate frozen | 0.58 | 0.96 |
# | forget_gate frozen | 0.58 | 1.00 |
# | output_gate frozen | 0.58 | 1.00 |
# | all three frozen | 0.58 | 0.62 |
# | U = 0 | 0.57 | 0.57 |
