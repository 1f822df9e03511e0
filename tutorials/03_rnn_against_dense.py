# %% [markdown]
# # A recurrent network against one dense network
#
# Course rows S1, S8 and S9. The naive approach feeds the whole sequence to one dense network. What does that cost,
# what does it save, and what does a recurrent network get in return? Three measurements: parameters, the number of
# examples needed, time. Then the question that the course opens with: where will the ball go?

# %%
import os
import time
from pathlib import Path

from kseq import GRU, Dense
from kseq.data.synthetic import bouncing_ball
from kseq.plot import parameter_counts
from kseq.plot.style import PALETTE, new_axes, tidy

import keras
import numpy as np
import pandas as pd

quick = bool(os.environ.get("KSEQ_QUICK"))  # the tests run a shortened schedule
figures = Path(os.environ.get("KSEQ_FIGURES", "figures"))
figures.mkdir(parents=True, exist_ok=True)
results = []  # (question, dense, recurrent)


# %%
def dense_network(steps, features, units=64):
    """All steps side by side, one hidden layer (S8)."""
    return keras.Sequential(
        [
            keras.Input((steps, features)),
            keras.layers.Flatten(),
            Dense(units, activation="relu"),
            Dense(1, activation="sigmoid"),
        ]
    )


def recurrent_network(steps, features, units=64):
    """One step after another (R1)."""
    return keras.Sequential([keras.Input((steps, features)), GRU(units), Dense(1, activation="sigmoid")])


# %% [markdown]
# ## Parameters against length
#
# Word vectors of 64 numbers, 64 units. The hidden layer of the dense network has one weight for every number of every
# step; the recurrent kernel does not know how long the sequence is.

# %%
lengths = [1, 2, 5, 10, 20, 50, 100, 200]
counts = {
    "GRU": [recurrent_network(steps, 64).count_params() for steps in lengths],
    "dense": [dense_network(steps, 64).count_params() for steps in lengths],
}
print(pd.DataFrame(counts, index=pd.Index(lengths, name="steps")).to_string())
parameter_counts(lengths, counts).figure.savefig(figures / "parameter_counts.svg")
results.append(("parameters at 200 steps", f"{counts['dense'][-1]:,}", f"{counts['GRU'][-1]:,}"))

# %% [markdown]
# Look at the left end, too: for sequences of up to six steps the dense network is the smaller one.
#
# ## Examples needed
#
# The signal +1 +1 −1 hides somewhere in 24 steps of noise: yes or no? Both networks could learn it. But the dense one
# must see the signal at every position, the recurrent one reads all positions with the same weights.


# %%
def hidden_signal(random, count, steps=24):
    """Noise, `(count, steps, 1)`, with the signal somewhere where the label is 1."""
    x = random.normal(scale=0.3, size=(count, steps, 1))
    y = np.arange(count) % 2
    for row in np.flatnonzero(y):
        start = random.integers(steps - 2)
        x[row, start : start + 3, 0] += [1.0, 1.0, -1.0]
    return x.astype("float32"), y.astype("float32")


random = np.random.default_rng(0)
test_x, test_y = hidden_signal(random, 1_000)
sizes = [200, 800] if quick else [50, 200, 800]
steps_of_training = 20 if quick else 400
scores = {"dense": [], "GRU": []}
for size in sizes:
    x, y = hidden_signal(np.random.default_rng(size), size)
    for name, network in {"dense": dense_network, "GRU": recurrent_network}.items():
        keras.utils.set_random_seed(0)
        model = network(24, 1, units=32)
        model.compile(keras.optimizers.Adam(5e-3), "binary_crossentropy", metrics=["accuracy"])
        # The same number of steps for every size: only the examples differ.
        model.fit(x, y, batch_size=50, epochs=max(1, steps_of_training * 50 // size), verbose=0)
        scores[name].append(model.evaluate(test_x, test_y, verbose=0)[1])
print(pd.DataFrame(scores, index=pd.Index(sizes, name="examples")).to_string(float_format="{:.2f}".format))

ax = new_axes()
for name, marker, color in (("dense", "s--", PALETTE[1]), ("GRU", "o-", PALETTE[0])):
    ax.plot(sizes, scores[name], marker, color=color, linewidth=2, label=name)
ax.axhline(0.5, color="black", linestyle=":", label="guessing")
ax.set_xscale("log")
ax.set_xticks(sizes, [str(size) for size in sizes])
ax.minorticks_off()
ax.set_xlabel("training examples")
ax.set_ylabel("accuracy on new sequences")
ax.legend(frameon=False)
tidy(ax).figure.savefig(figures / "examples_needed.svg")
at_200 = sizes.index(200)
results.append(("accuracy with 200 examples", *(f"{score[at_200]:.2f}" for score in scores.values())))

# %% [markdown]
# ## Time
#
# Now what the naive approach saves: nothing waits for the step before, so all is one matrix product. The recurrent
# network pays for its loop at every step (R11).

# %%
x = np.random.default_rng(0).normal(size=(32, 200, 64)).astype("float32")
y = np.zeros((32, 1), "float32")
milliseconds = {}
for name, network in {"dense": dense_network, "GRU": recurrent_network}.items():
    model = network(200, 64)
    model.compile("adam", "binary_crossentropy")
    model.train_on_batch(x, y)  # the first step compiles
    samples = []
    for _ in range(3 if quick else 20):
        start = time.perf_counter()
        model.train_on_batch(x, y)
        samples.append(1_000 * (time.perf_counter() - start))
    milliseconds[name] = np.median(samples)
results.append(("a training step, 200 steps long (ms)", *(f"{ms:.0f}" for ms in milliseconds.values())))

# %% [markdown]
# ## Where will the ball go? (S1)
#
# A ball in a box, thrown back by the walls. From one position nobody can tell where it goes next; its history tells.
# The naive guesses stand beside the networks.

# %%
with_history = bouncing_ball(length=10, size=500 if quick else 4_000, seed=0)
without = bouncing_ball(length=10, size=500 if quick else 4_000, seed=0, history=False)
print(with_history.describe())


def next_position(task, body, epochs=1 if quick else 15):
    """The test error of a network that says how far the ball will move from its last position."""
    keras.utils.set_random_seed(0)
    shown = keras.Input((task.steps, 2))
    model = keras.Model(shown, shown[:, -1] + Dense(2)(body(shown)))
    x, y = task.arrays("train")
    decay = keras.optimizers.schedules.CosineDecay(1e-2, epochs * len(x) // 64)
    model.compile(keras.optimizers.Adam(decay), "mse")
    model.fit(x, y, batch_size=64, epochs=epochs, verbose=0)
    return model.evaluate(*task.arrays("test"), verbose=0)


def dense_body(shown):
    return Dense(64, activation="relu")(keras.layers.Flatten()(shown))


errors = with_history.baselines()["mse"].to_dict()
errors["dense, one position"] = next_position(without, dense_body)
errors["dense, ten positions"] = next_position(with_history, dense_body)
errors["GRU, ten positions"] = next_position(with_history, GRU(64))
in_box = pd.Series(errors).pow(0.5).rename("typical error, in widths of the box").sort_values(ascending=False)
print(in_box.to_frame().to_string(float_format="{:.3f}".format))
results.append(
    (
        "ball: typical error, ten positions",
        f"{in_box['dense, ten positions']:.3f}",
        f"{in_box['GRU, ten positions']:.3f}",
    )
)

# %% [markdown]
# ## The comparison at a glance

# %%
print(pd.DataFrame(results, columns=["question", "dense", "recurrent"]).set_index("question").to_string())

# %% [markdown]
# Without history the network is no better than "it stays where it is". With history the simple rule "it goes on as
# before" is hard to beat: it is wrong only where the ball meets a wall, and that is what is left to learn. The dense
# network does not reach it, the GRU is a little better, and both are far from what the task calls solved.
#
# ## Expected output
#
# Two cores, TensorFlow, less than two minutes; times and the last digits differ.
#
# | question | dense | recurrent |
# |---|---:|---:|
# | parameters at 200 steps | 819,329 | 25,025 |
# | accuracy with 200 examples | 0.77 | 0.98 |
# | a training step, 200 steps long (ms) | 4 | 13 |
# | ball: typical error, ten positions | 0.023 | 0.019 |
