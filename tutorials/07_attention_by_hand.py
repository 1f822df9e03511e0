# %% [markdown]
# # Attention by hand
#
# Course rows Q3, Q4, X4, X6, X8. Attention is a look-up that is never quite sure: a *query* is compared with every
# *key*, the softmax of the scores says how much of each *value* to take.
#
#     e^t = [s_tᵀ h_1, …, s_tᵀ h_N],   α^t = softmax(e^t),   a_t = Σ_i α_i^t h_i
#
# First with a pencil, then with matrices, then the same in Keras.

# %%
import os
from pathlib import Path

from kseq import AdditiveAttention, Dense, DotProductAttention, MultiHeadAttention, MultiplicativeAttention
from kseq.plot import attention_map, attention_steps
from kseq.plot.style import PALETTE, new_axes, tidy
from kseq.scratch import attend, read_weights, scaled_dot_product_attention

import keras
import numpy as np
import pandas as pd

quick = bool(os.environ.get("KSEQ_QUICK"))  # the tests run a shortened schedule
figures = Path(os.environ.get("KSEQ_FIGURES", "figures"))
figures.mkdir(parents=True, exist_ok=True)
results = {}

# %% [markdown]
# ## 1. One decoder state looks at three encoder states (Q3)
#
# Two numbers per state, small enough to do in one's head.

# %%
h = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])  # (N, d): the encoder's states h_1, h_2, h_3
s = np.array([[2.0, 0.0]])  # (T, d): one decoder state s_1

e = s @ h.T  # (T, N): one score per encoder state
alpha = np.exp(e) / np.exp(e).sum(axis=-1, keepdims=True)  # softmax: positive, and together 1
a = alpha @ h  # (T, d): the mean of the states, weighted
print("scores  e =", e[0])
print("weights α =", alpha[0].round(3))
print("context a =", a[0].round(3))
results["by hand: weight of h_1"] = f"{alpha[0, 0]:.3f}"

# %% [markdown]
# The state s looks along the first axis, so h_1 and h_3, which have a 1 there, share nearly everything. What the
# decoder reads next is both side by side, [a_t; s_t]. The same from `kseq.scratch`, where the three lines stand in a
# function:

# %%
run = attend(s, h)
print(run)  # every matrix on the way, by name
assert np.allclose(run["alpha"], alpha)
print("[a; s] =", np.concatenate([run["a"], s], axis=-1)[0].round(3))

# %% [markdown]
# ## 2. Query, key and value (X4)
#
# Self-attention: every word of a sentence asks all the words, itself included. From each word vector x three others
# are made, x·W_Q (what do I look for?), x·W_K (what do I offer?), x·W_V (what do I say?). Here the weights are
# chosen, not learned. A word vector has four numbers: noun, pronoun, adjective, "one". Pronouns look for nouns;
# adjectives, too.

# %%
sentence = ["the", "animal", "was", "tired", "it", "slept"]
X = np.array(
    [
        [0, 0, 0, 1],  # the
        [1, 0, 0, 1],  # animal: noun
        [0, 0, 0, 1],  # was
        [0, 0, 1, 1],  # tired: adjective
        [0, 1, 0, 1],  # it: pronoun
        [0, 0, 0, 1],  # slept
    ],
    float,
)
W_Q = np.array([[0, 0], [4, 0], [2, 0], [0, 0.5]])  # pronouns and adjectives look along the first axis
W_K = np.array([[1.5, 0], [0, 0], [0, 0], [0, 0.5]])  # nouns offer themselves along it
W_V = np.eye(4)[:, :3]  # each word says what it is

Q, K, V = X @ W_Q, X @ W_K, X @ W_V
run = scaled_dot_product_attention(Q, K, V)
weights = pd.DataFrame(run["weights"], index=sentence, columns=sentence)
print(weights.round(2).to_string())
results["weight from 'it' to 'animal'"] = f"{weights.loc['it', 'animal']:.2f}"
print("'it' comes out as", run["output"][sentence.index("it")].round(2), "(noun, pronoun, adjective)")

# %% [markdown]
# After the layer the vector of "it" says "noun": it has taken it from "animal". The whole way, as a strip of
# matrices:

# %%
axes = attention_steps(run, sentence)
np.ravel(axes)[0].figure.savefig(figures / "attention_steps.png")

# %% [markdown]
# ## 3. Masks: who may not be asked (X8)
#
# True means "may be attended to". A causal mask lets a word see itself and what came before. Masking is done before
# the softmax, so the others share what is left. If *nothing* is left, the weights are zero: taking the mean of
# forbidden words would be a quiet lie, and dividing 0 by 0 a loud one.

# %%
causal = np.tril(np.ones((6, 6), bool))
run = scaled_dot_product_attention(Q, K, V, causal)
print(pd.DataFrame(run["weights"], index=sentence, columns=sentence).round(2).to_string())
nothing = scaled_dot_product_attention(Q, K, V, np.zeros((6, 6), bool))
results["weights where nothing may be seen"] = f"{np.abs(nothing['weights']).max():.0f}"

# %% [markdown]
# ## 4. Why divide by √d?
#
# The product of two vectors of d independent random numbers, with mean 0 and variance 1, has a standard deviation of
# √d. Undivided, the largest score of a wide model runs away from the others, and the softmax becomes a switch: one
# weight is
# 1, and the gradient, which passes through α(1 − α), is gone before training begins. The share of the largest of 16
# weights, mean over 2,000 queries:

# %%
random = np.random.default_rng(0)
widths = [1, 4, 16, 64, 256, 1024]
largest = {"e": [], "e / √d": []}
for d in widths:
    scores = (random.normal(size=(2_000, 1, d)) * random.normal(size=(2_000, 16, d))).sum(axis=-1)
    for name, values in (("e", scores), ("e / √d", scores / np.sqrt(d))):
        powers = np.exp(values - values.max(axis=-1, keepdims=True))
        largest[name].append((powers.max(axis=-1) / powers.sum(axis=-1)).mean())
table = pd.DataFrame(largest, index=pd.Index(widths, name="d"))
print(table.round(2).to_string())
results["largest weight at d = 1024, undivided"] = f"{table.loc[1024, 'e']:.2f}"
results["largest weight at d = 1024, divided by √d"] = f"{table.loc[1024, 'e / √d']:.2f}"

ax = new_axes(None)
for (name, values), color, style in zip(largest.items(), PALETTE, ("-", "--"), strict=False):
    ax.plot(widths, values, style, color=color, marker="o", label=f"softmax({name})")
ax.set_xscale("log", base=2)
ax.set_ylim(0, 1)
ax.set_xlabel("width d")
ax.set_ylabel("largest of 16 weights")
tidy(ax)
ax.legend()
ax.figure.savefig(figures / "attention_scaling.png")

# %% [markdown]
# ## 5. Three scores (Q4), one task
#
# The layers of `kseq` take `query, value, key` and can be put in each other's place. The task is a look-up: eight
# pairs of a key (16 random numbers) and a value (one of 8 letters); the query is one of the keys, *negated*. Which
# letter?
#
# | score | e = | has to learn |
# |---|---|---|
# | dot product | sᵀh | nothing: it has no weights |
# | additive (Bahdanau) | vᵀ tanh(W_q s + W_k h) | that opposites match |
# | multiplicative (Luong) | sᵀ W h | W = −I |

# %%
pairs, letters, d = 8, 8, 16


def lookups(count):
    keys = random.normal(size=(count, pairs, d))
    values = random.integers(letters, size=(count, pairs))
    asked = random.integers(pairs, size=count)
    rows = np.arange(count)
    query = -keys[rows, asked][:, None]  # (count, 1, d)
    return [query, keys, np.eye(letters)[values]], values[rows, asked]


def look_up_model(attention):
    query, keys = keras.Input((1, d)), keras.Input((pairs, d))
    values = keras.Input((pairs, letters))
    context = attention(query, values, keys)  # (batch, 1, letters)
    outputs = Dense(letters, activation="softmax")(context[:, 0])
    model = keras.Model([query, keys, values], outputs)
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


keras.utils.set_random_seed(0)
train, test = lookups(2_000 if quick else 20_000), lookups(2_000)
for name, attention in {
    "dot product": DotProductAttention(),
    "additive": AdditiveAttention(units=32),
    "multiplicative": MultiplicativeAttention(),
}.items():
    model = look_up_model(attention)
    model.fit(*train, batch_size=128, epochs=2 if quick else 5, verbose=0)
    results[f"look-up: {name}"] = f"{model.evaluate(*test, verbose=0)[1]:.2f}"
results["look-up: guessing"] = f"{1 / letters:.2f}"

# %% [markdown]
# The dot product takes the key that is *least* like the right one, and has no weight to turn that round. The additive
# score gets half of it, and more epochs do not help: to compare, it must build a product out of sums and a tanh. So
# the projections W_Q and W_K of the Transformer are not decoration: Q·Kᵀ = x W_Q W_Kᵀ xᵀ is the multiplicative score
# with W = W_Q W_Kᵀ. What the multiplicative layer has learned is −I, up to a factor and some noise:

# %%
W = attention.get_weights()[0]
rest = np.abs(W[~np.eye(d, dtype=bool)])
results["diagonal of W, mean; the rest, mean size"] = f"{np.diag(W).mean():.2f}; {rest.mean():.2f}"

# %% [markdown]
# ## 6. Several heads (X6), and the layer of Keras
#
# Heads are the same thing several times, side by side: each reads the whole vector with its own W_Q, W_K, W_V and
# writes a part of the result. The layer, its weights read into NumPy, and the equations give the same numbers. (The
# weights are random, so the picture of head 1 shows nothing but the causal mask.)

# %%
layer = MultiHeadAttention(num_heads=2, key_dim=2)
x = X[None].astype("float32")  # (batch, T, D)
output, scores = layer(x, x, return_attention_scores=True, use_causal_mask=True)
twin = read_weights(layer)
run = twin.forward(x, use_causal_mask=True)
difference = np.abs(run.outputs - keras.ops.convert_to_numpy(output)).max()
results["heads: equations equal the layer"] = "yes" if difference < 1e-6 else f"no, {difference}"
print(run)
attention_map(keras.ops.convert_to_numpy(scores)[0, 0], sentence).figure.savefig(figures / "attention_head.png")

# %%
print()
for name, value in results.items():
    print(f"{name:<45} {value}")

# %% [markdown]
# To go on: `run = twin.forward(x)`, then `twin.backward(run, d_outputs)` gives every gradient, written out by hand in
# `kseq/scratch/multi_head_attention.py`. What attention cannot see is the subject of the next tutorial: the order of
# the words.
#
# ## Expected output
#
# Two cores, TensorFlow, about 15 seconds; the look-ups differ by a few points on other machines.
#
# | | |
# |---|---:|
# | by hand: weight of h_1 | 0.468 |
# | weight from 'it' to 'animal' | 0.93 |
# | weights where nothing may be seen | 0 |
# | largest weight at d = 1024, undivided | 0.96 |
# | largest weight at d = 1024, divided by √d | 0.25 |
# | look-up: dot product | 0.13 |
# | look-up: additive | 0.54 |
# | look-up: multiplicative | 0.99 |
# | look-up: guessing | 0.12 |
# | diagonal of W, mean; the rest, mean size | -1.31; 0.09 |
# | heads: equations equal the layer | yes |
