# %% [markdown]
# # Four things a sequence model must do
#
# Course rows S7 and S8. A model that reads sequences should
#
# 1. handle variable length,
# 2. track long-term dependencies,
# 3. keep the order,
# 4. share parameters across the positions.
#
# Below, each of the four is one small experiment: a feed-forward network as it is commonly used, beside a recurrent
# one. Read closely what the feed-forward network is each time: the whole sequence at once, a window of it, or the
# mean of its words. Each of the three lacks something else.

# %%
import os
from pathlib import Path

from kseq import GRU, LSTM, Dense, build_sentiment_model, load_reviews
from kseq.plot.style import PALETTE, new_axes, tidy

import keras
import numpy as np
import pandas as pd

quick = bool(os.environ.get("KSEQ_QUICK"))  # the tests run a shortened schedule
figures = Path(os.environ.get("KSEQ_FIGURES", "figures"))
figures.mkdir(parents=True, exist_ok=True)
keras.utils.set_random_seed(0)
random = np.random.default_rng(0)
results = []  # (criterion, feed-forward, recurrent)


# %% [markdown]
# All four experiments train their models in the same way.


# %%
def classifier(steps, features, body):
    """A yes-or-no model over `(batch_size, steps, features)`; `body` is what stands between input and output."""
    model = keras.Sequential([keras.Input((steps, features)), *body, Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(5e-3), "binary_crossentropy", metrics=["accuracy"])
    return model


def flattened(units=32):
    """The naive approach (S8): all steps side by side, into one dense network."""
    return [keras.layers.Flatten(), Dense(units, activation="relu")]


def accuracy(model, x, y):
    return model.evaluate(x, y, verbose=0)[1]


# %% [markdown]
# ## 1. Variable length
#
# The task: has the sequence more positive than negative numbers? The networks learn on sequences of 12 steps. Then
# come sequences of 30.


# %%
def majority_of_signs(count, steps):
    """Steps of -1 or +1, `(count, steps, 1)`; the label says whether their sum is positive."""
    x = random.choice([-1.0, 1.0], size=(count, steps, 1))
    x[x.sum(axis=(1, 2)) == 0, 0] *= -1  # no draws
    return x.astype("float32"), (x.sum(axis=(1, 2)) > 0).astype("float32")


x, y = majority_of_signs(2_000, steps=12)
longer_x, longer_y = majority_of_signs(500, steps=30)

dense = classifier(12, 1, flattened())
recurrent = classifier(None, 1, [GRU(16)])  # None: any number of steps
for model in (dense, recurrent):
    model.fit(x, y, epochs=2 if quick else 10, batch_size=32, verbose=0)

try:
    dense.predict(longer_x, verbose=0)
    verdict = "answers"
except ValueError:
    verdict = "refuses"
print(f"30 steps after training on 12: the dense network {verdict}, the RNN is right in", end=" ")
print(f"{accuracy(recurrent, longer_x, longer_y):.0%} of the cases.")
results.append(("1 variable length: 30 steps after 12", verdict, accuracy(recurrent, longer_x, longer_y)))

# %% [markdown]
# The weights of the dense network are a matrix with one row for each of the 12 steps. A thirteenth step has no row.
# The recurrent network has one `kernel` for all steps, so a longer sequence is only a longer loop.
#
# ## 2. Long-term dependencies
#
# The first of 40 steps decides, the others are noise. Those who feed a dense network in practice give it a *window*,
# here the last ten steps: what happened before does not exist for it. An LSTM carries it along (G1).


# %%
def first_decides(count, steps=40):
    """-1 or +1 and then noise, `(count, steps, 1)`; the label is the sign of the first step."""
    x = random.normal(scale=0.3, size=(count, steps, 1))
    x[:, 0, 0] = random.choice([-1.0, 1.0], size=count)
    return x.astype("float32"), (x[:, 0, 0] > 0).astype("float32")


x, y = first_decides(2_000)
test_x, test_y = first_decides(500)
window = classifier(10, 1, flattened())
recurrent = classifier(None, 1, [LSTM(16)])
window.fit(x[:, -10:], y, epochs=1 if quick else 10, verbose=0)
recurrent.fit(x, y, epochs=1 if quick else 10, verbose=0)
whole = classifier(40, 1, flattened())
whole.fit(x, y, epochs=1 if quick else 10, verbose=0)
print(f"A dense network that gets all 40 steps side by side: {accuracy(whole, test_x, test_y):.2f}")
results.append(
    (
        "2 long memory: step 1 of 40 decides",
        accuracy(window, test_x[:, -10:], test_y),
        accuracy(recurrent, test_x, test_y),
    )
)

# %% [markdown]
# The dense network over all 40 steps can do it, too: it needs no memory, since it sees everything at once. Its price
# is the first criterion (it takes 40 steps and no other number) and the fourth.
#
# How far the memory of a simple RNN, an LSTM and a GRU really reaches is measured in the tutorial on vanishing
# gradients.
#
# ## 3. Order
#
# In the *contrast set* every sentence has a twin with the same words in another order and the opposite meaning.
# `architecture="dense"` takes the mean of the word vectors: it cannot tell the twins apart, whatever it learns.

# %%
twins = load_reviews("contrast")
print(*twins.frame["text"].head(4), sep="\n")
scores = {}
for architecture in ("dense", "lstm"):
    model = build_sentiment_model(twins.vectorizer, architecture=architecture, seed=0)
    model.fit(twins.train, epochs=1 if quick else 5, verbose=0)
    scores[architecture] = model.evaluate(twins.test, verbose=0)[1]
results.append(("3 order: same words, opposite meaning", scores["dense"], scores["lstm"]))

# %% [markdown]
# ## 4. Shared parameters
#
# A short signal, +1 +1 −1, is hidden in noise; half of the sequences have it. While the networks learn, it occurs in
# the first half of the 24 steps only. In the test it occurs in the second half. The recurrent network looks for it
# with the same weights everywhere. The dense network has never trained the weights of the second half on a signal.


# %%
def hidden_signal(count, positions, steps=24):
    """Noise, `(count, steps, 1)`, with the signal +1 +1 -1 (times 2) at one of `positions` where the label is 1."""
    x = random.normal(scale=0.3, size=(count, steps, 1))
    y = np.arange(count) % 2
    for row in np.flatnonzero(y):
        start = random.choice(positions)
        x[row, start : start + 3, 0] += [2.0, 2.0, -2.0]
    return x.astype("float32"), y.astype("float32")


early, late = np.arange(0, 10), np.arange(12, 22)
x, y = hidden_signal(2_000, early)
early_x, early_y = hidden_signal(500, early)
late_x, late_y = hidden_signal(500, late)
dense = classifier(24, 1, flattened())
recurrent = classifier(None, 1, [GRU(16)])
for model in (dense, recurrent):
    model.fit(x, y, epochs=1 if quick else 8, verbose=0)
print(f"Signal early, as in training: dense {accuracy(dense, early_x, early_y):.2f},", end=" ")
print(f"recurrent {accuracy(recurrent, early_x, early_y):.2f}")
results.append(
    ("4 shared parameters: signal late", accuracy(dense, late_x, late_y), accuracy(recurrent, late_x, late_y))
)
print(f"Parameters: dense {dense.count_params():,}, recurrent {recurrent.count_params():,}")

# %% [markdown]
# ## The four at a glance

# %%
table = pd.DataFrame(results, columns=["criterion", "feed-forward", "recurrent"]).set_index("criterion")
print(table.to_string(float_format="{:.2f}".format))

ax = new_axes((9, 4))
place = np.arange(len(results))
feed_forward = [0.0 if isinstance(score, str) else score for _, score, _ in results]
ax.barh(place - 0.2, feed_forward, 0.38, color=PALETTE[1], hatch="//", edgecolor="white", label="feed-forward")
ax.barh(place + 0.2, [score for *_, score in results], 0.38, color=PALETTE[0], label="recurrent")
ax.text(0.01, -0.2, verdict, va="center", fontsize=12)
ax.axvline(0.5, color="black", linestyle=":", label="guessing")
ax.set_yticks(place, [name.split(":")[0] for name, *_ in results])
ax.invert_yaxis()
ax.set_xlabel("accuracy")
ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
tidy(ax).figure.savefig(figures / "four_criteria.svg")

# %% [markdown]
# The recurrent network is not perfect at the fourth: no training example had a signal after so many steps, and its
# state is not quite the same then. Sharing parameters makes such generalisation possible; it does not promise it.
#
# ## Expected output
#
# Two cores, TensorFlow, about 30 seconds; other machines differ by a few points.
#
# | criterion | feed-forward | recurrent |
# |---|---:|---:|
# | 1 variable length: 30 steps after 12 | refuses | 0.96 |
# | 2 long memory: step 1 of 40 decides | 0.53 | 1.00 |
# | 3 order: same words, opposite meaning | 0.50 | 1.00 |
# | 4 shared parameters: signal late | 0.50 | 0.98 |
