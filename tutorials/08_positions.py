# %% [markdown]
# # Where a word stands
#
# Course rows X3, X4, S7. Attention compares words, all with all. Nowhere in softmax(Q·Kᵀ/√d)·V is it written who
# stands next to whom: shuffle the words, and the same vectors come out, shuffled. So the place must be told. Two
# sentences of the course: in "AJ's dog is a cutie" the dog stands at position 2, in "AJ looks like a dog" at position
# 5.

# %%
import os
from pathlib import Path

from kseq import Dense, Embedding, PositionalEncoding, PositionEmbedding, TransformerEncoder
from kseq.plot import positional_encoding as draw_encoding
from kseq.plot.style import PALETTE, new_axes, tidy
from kseq.scratch import positional_encoding, rotate

import keras
import numpy as np

quick = bool(os.environ.get("KSEQ_QUICK"))  # the tests run a shortened schedule
figures = Path(os.environ.get("KSEQ_FIGURES", "figures"))
figures.mkdir(parents=True, exist_ok=True)
keras.utils.set_random_seed(0)
results = {}

# %% [markdown]
# ## 1. Without positions, order is invisible

# %%
first = ["AJ's", "dog", "is", "a", "cutie"]
second = ["AJ", "looks", "like", "a", "dog"]
words = sorted({*first, *second})
d = 32
embedding = Embedding(len(words), d, embeddings_initializer="normal")
block = TransformerEncoder(num_heads=4, intermediate_dim=64)


def vectors(sentence):
    """The word vectors of a sentence, (1, length, d)."""
    return embedding(np.array([[words.index(word) for word in sentence]]))


shuffled = np.random.default_rng(0).permutation(len(second))
straight = np.asarray(block(vectors(second)))
mixed = np.asarray(block(vectors([second[i] for i in shuffled])))
difference = np.abs(mixed - straight[:, shuffled]).max()
print("shuffled words in, the same vectors out, shuffled: they differ by", difference)
results["shuffled, without positions: largest difference"] = "0.0" if difference < 1e-5 else f"{difference:.1f}"

place = PositionalEncoding()
straight = np.asarray(block(place(vectors(second))))
mixed = np.asarray(block(place(vectors([second[i] for i in shuffled]))))
results["shuffled, with positions: largest difference"] = f"{np.abs(mixed - straight[:, shuffled]).max():.1f}"

# %% [markdown]
# ## 2. A pattern for every place (X3)
#
#     PE(pos, 2i)   = sin(pos / 10000^{2i/d_model})
#     PE(pos, 2i+1) = cos(pos / 10000^{2i/d_model})
#
# Read a row of the picture like a clock with many hands, the fast ones at the left and the slow ones at the right. No
# two rows are the same.

# %%
PE = positional_encoding(60, d)  # (position, d_model)
draw_encoding(PE).figure.savefig(figures / "positional_encoding.png")
for sentence in (first, second):
    position = sentence.index("dog")
    print(f"{' '.join(sentence)!r}: 'dog' at position {position + 1}, PE begins", PE[position, :4].round(2))

# %% [markdown]
# The layer adds the row to the word vector. So "dog" goes into the block as two different vectors:

# %%
dog_first = np.asarray(place(vectors(first)))[0, 1]
dog_second = np.asarray(place(vectors(second)))[0, 4]
results["distance of the two 'dog' vectors"] = f"{np.linalg.norm(dog_first - dog_second):.1f}"
assert np.allclose(dog_first - dog_second, PE[1] - PE[4], atol=1e-5)

# %% [markdown]
# ## 3. Far or near: the product of two rows
#
# cos a·cos b + sin a·sin b = cos(a − b): the product of two rows of PE depends only on how far apart they are. That
# makes distance easy to learn; but what attention multiplies is (x + PE)·W_Q with (x + PE)·W_K, and the weights in
# between must leave it so. Rotary positions make sure of it: they add nothing, but turn queries and keys, after W_Q
# and W_K, so that a score depends on the two words and on their distance, and on nothing else. (Positions count from
# 0 in code.)

# %%
products = PE @ PE.T
results["PE(3)·PE(8) and PE(43)·PE(48)"] = f"{products[3, 8]:.3f}, {products[43, 48]:.3f}"
q, k = np.random.default_rng(1).normal(size=(2, 1, d))
turned_q, turned_k = rotate(np.repeat(q, 60, axis=0)), rotate(np.repeat(k, 60, axis=0))
results["rotary: q(3)·k(8) and q(43)·k(48)"] = f"{turned_q[3] @ turned_k[8]:.3f}, {turned_q[43] @ turned_k[48]:.3f}"

ax = new_axes(None)
for position, color, style in zip((10, 30, 50), PALETTE, ("-", "--", ":"), strict=False):
    ax.plot(products[position], style, color=color, label=f"PE({position})·PE(pos)")
ax.set_xlabel("pos")
ax.set_ylabel("product")
tidy(ax)
ax.legend(loc="lower right")
ax.figure.savefig(figures / "position_products.png")

# %% [markdown]
# ## 4. A trap: angles in half precision
#
# Large models often compute in bfloat16, which has 8 bits for the digits: 257 is not among its numbers. If the
# position is rounded before the sine, positions 256 and 257 become one. So the layer computes its angles in float32,
# always:

# %%
half = PositionalEncoding(dtype="mixed_bfloat16")
rows = keras.ops.convert_to_numpy(keras.ops.cast(half(np.zeros((1, 258, d), "float32")), "float32"))[0]
rounded = keras.ops.convert_to_numpy(keras.ops.cast(keras.ops.cast([256.0, 257.0], "bfloat16"), "float32"))
results["sin(256) − sin(257), positions in bfloat16"] = f"{np.abs(np.diff(np.sin(rounded)))[0]:.2f}"
results["bfloat16 layer: PE(256) differs from PE(257) by"] = f"{np.abs(rows[256] - rows[257]).max():.2f}"

# %% [markdown]
# ## 5. Does it matter? One task, four models
#
# Ten letters in a row, an A and a B among them: does the A come first? One Transformer block, the mean of its
# vectors, a sigmoid. Without positions there is nothing to go by. Afterwards the same models read twenty letters,
# which they have never done.

# %%
letters = 12
random = np.random.default_rng(0)


def who_is_first(count, length):
    """Rows of letters 2 … 11 with one A (0) and one B (1) each, and whether the A comes first."""
    rows = random.integers(2, letters, (count, length))
    places = np.array([random.choice(length, 2, replace=False) for _ in range(count)])
    rows[np.arange(count), places[:, 0]] = 0
    rows[np.arange(count), places[:, 1]] = 1
    return rows, (places[:, 0] < places[:, 1]).astype("float32")


def order_model(position):
    ids = keras.Input((None,), dtype="int32")
    x = Embedding(letters, d)(ids)
    if position == "sine":
        x = PositionalEncoding()(x)
    if position == "learned":
        x = PositionEmbedding(context_length=10)(x)
    x = TransformerEncoder(num_heads=4, intermediate_dim=64, norm_first=True, rotary=position == "rotary")(x)
    x = keras.layers.GlobalAveragePooling1D()(x)
    model = keras.Model(ids, Dense(1, activation="sigmoid")(x))
    model.compile(keras.optimizers.Adam(3e-3), "binary_crossentropy", metrics=["accuracy"])
    return model


train, test, longer = who_is_first(2_000 if quick else 10_000, 10), who_is_first(2_000, 10), who_is_first(2_000, 20)
for position in ("none", "sine", "learned", "rotary"):
    model = order_model(position)
    model.fit(*train, batch_size=128, epochs=1 if quick else 6, verbose=0)
    same = model.evaluate(*test, verbose=0)[1]
    try:
        farther = f"{((np.asarray(model(longer[0]))[:, 0] > 0.5) == longer[1]).mean():.2f}"
    except ValueError as error:
        farther = "refused"
        print(next(line for line in str(error).splitlines() if "context_length" in line).strip("\x1b[01m"))
    results[f"{position}: 10 letters, 20 letters"] = f"{same:.2f}, {farther}"

# %%
print()
for name, value in results.items():
    print(f"{name:<50} {value}")

# %% [markdown]
# All three ways tell the order; none at all is a coin. On twenty letters they part: a learned table has no row for an
# eleventh letter, and says so. Sines can be computed for any place, but the weights have only seen ten of them, and
# the model is lost. Rotary positions carry over: they tell only distances, and most of those were there in training.
#
# ## Expected output
#
# Two cores, TensorFlow, about half a minute; the accuracies differ by a few points on other machines.
#
# | | |
# |---|---:|
# | shuffled, without positions: largest difference | 0.0 |
# | shuffled, with positions: largest difference | 2.8 |
# | distance of the two 'dog' vectors | 2.7 |
# | PE(3)·PE(8) and PE(43)·PE(48) | 11.777, 11.777 |
# | rotary: q(3)·k(8) and q(43)·k(48) | -8.589, -8.589 |
# | sin(256) − sin(257), positions in bfloat16 | 0.00 |
# | bfloat16 layer: PE(256) differs from PE(257) by | 0.86 |
# | none: 10 letters, 20 letters | 0.50, 0.50 |
# | sine: 10 letters, 20 letters | 1.00, 0.64 |
# | learned: 10 letters, 20 letters | 1.00, refused |
# | rotary: 10 letters, 20 letters | 1.00, 0.97 |
