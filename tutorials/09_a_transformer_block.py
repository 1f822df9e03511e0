# %% [markdown]
# # A Transformer block
#
# Course rows X4, X5, X6, X7, X8. A block is two steps, each with a way around it: the words look at each other
# (attention), then each thinks for itself (the same dense network on every position). D × N numbers go in, D × N come
# out, so blocks can be stacked like bricks:
#
#     r = LayerNorm(x + Attention(x)),   y = LayerNorm(r + FeedForward(r))      post-norm, as in the paper
#     r = x + Attention(LayerNorm(x)),   y = r + FeedForward(LayerNorm(r))      pre-norm, as in GPT-2 and since

# %%
import os
from pathlib import Path

from kseq import TransformerDecoder, TransformerEncoder, sense_separation, trace
from kseq.plot import attention_heads
from kseq.plot import sense_separation as draw_senses
from kseq.plot.style import PALETTE, new_axes, tidy
from kseq.scratch import read_weights

import keras
import numpy as np

quick = bool(os.environ.get("KSEQ_QUICK"))  # the tests run a shortened schedule
figures = Path(os.environ.get("KSEQ_FIGURES", "figures"))
figures.mkdir(parents=True, exist_ok=True)
keras.utils.set_random_seed(0)
results = {}

# %% [markdown]
# ## 1. One block, every matrix (X7)
#
# The layer of `kseq`, its weights read into NumPy, the equations run on them. `run` has every matrix on the way by
# name.

# %%
sentence = ["when", "you", "play", "the", "game", "of", "thrones"]
x = np.random.default_rng(0).normal(size=(1, len(sentence), 16)).astype("float32")  # (batch, T, D)
block = TransformerEncoder(num_heads=2, intermediate_dim=64, norm_first=True)
y = keras.ops.convert_to_numpy(block(x))
run = read_weights(block).forward(x)
print(run)
results["equations equal the layer"] = "yes" if np.abs(run["output"] - y).max() < 1e-5 else "no"

# %% [markdown]
# Step by step, as the equation says. `r` is what runs along the way around, the *residual stream*: each part reads
# it, and adds something to it.

# %%
r = x + run["self_attention/output"]
assert np.allclose(r, run["self_attention_residual"])
assert np.allclose(r + run["feed_forward/output"], run["output"])
print("parameters:", {weight.path.split("/", 1)[-1]: tuple(weight.shape) for weight in block.weights})
results["parameters of the block"] = f"{block.count_params():,}"

# %% [markdown]
# The dense network is the same at every position: two dense layers, four times as wide in between, and most of the
# weights. It can be checked in a line: give it one word alone, and the same comes out as in the sentence.

# %%
twin = read_weights(block)
alone = twin.feed_forward.forward(twin.feed_forward_norm.forward(r[:, 2:3]).outputs).outputs
results["'play' alone and in its sentence, feed-forward"] = (
    "equal" if np.allclose(alone, run["feed_forward/output"][:, 2:3], atol=1e-5) else "different"
)

# %% [markdown]
# ## 2. Where the norm stands
#
# With pre-norm nothing stands in the way of the residual stream: what the first block wrote is still there after the
# last, and the gradient comes down it untouched, each block adding its part. With post-norm every norm on the way
# scales both anew. Twelve blocks, untrained: how long is the gradient at the input of each block?

# %%
depth = 12
lengths = {}
for name, norm_first in (("post-norm", False), ("pre-norm", True)):
    blocks = [TransformerEncoder(num_heads=2, intermediate_dim=64, norm_first=norm_first, seed=n) for n in range(depth)]
    stream = [x]
    for each in blocks:
        stream.append(keras.ops.convert_to_numpy(each(stream[-1])))
    d = np.random.default_rng(1).normal(size=x.shape)  # ∂L/∂y at the top
    norms = [np.linalg.norm(d)]
    for each, below in zip(reversed(blocks), reversed(stream[:-1]), strict=True):
        numpy_block = read_weights(each)
        d = numpy_block.backward(numpy_block.forward(below), d).d_x  # backpropagation, written out by hand
        norms.append(np.linalg.norm(d))
    lengths[name] = np.array(norms[::-1])
    results[f"{name}: gradient at the bottom ÷ at the top"] = f"{norms[-1] / norms[0]:.2g}"

ax = new_axes(None)
for (name, norms), color, style in zip(lengths.items(), PALETTE, ("-", "--"), strict=False):
    ax.plot(norms / norms[-1], style, color=color, marker="o", label=name)
ax.set_yscale("log")
ax.set_xlabel("block (0: input of the first)")
ax.set_ylabel("‖gradient‖, 1 at the top")
tidy(ax)
ax.legend()
ax.figure.savefig(figures / "block_gradients.png")

# %% [markdown]
# Neither fades: that is what the ways around are for (G5).
#
# ## 3. The decoder's block: not looking ahead (X8)
#
# A model that is to guess the next word must not see it. `TransformerDecoder` masks all that comes later. The test:
# change the last word, and nothing before it may change.

# %%
decoder = TransformerDecoder(num_heads=2, intermediate_dim=64, norm_first=True)
changed = x.copy()
changed[:, -1] *= -1
for name, layer in (("encoder", block), ("decoder", decoder)):
    before, after = (keras.ops.convert_to_numpy(layer(each)) for each in (x, changed))
    difference = np.abs(after - before)[0, :-1].max()
    results[f"last word changed: change before it, {name}"] = "0" if difference == 0 else f"{difference:.1g}"

inputs = keras.Input((None, 16))
seen = trace(keras.Model(inputs, decoder(inputs)), x, tokens=[sentence])
print(seen)
(name,) = [name for name in seen if "attention" in name]
weights = seen[name]["weights"][0]  # (head, query, key)
results["largest weight on a later word"] = f"{np.triu(weights, 1).max():.0f}"
np.ravel(attention_heads(weights, sentence))[0].figure.savefig(figures / "decoder_heads.png")

# %% [markdown]
# With a second input the decoder looks at that, too: *cross-attention*, queries from here, keys and values from
# there. It is how a translation looks at its source.

# %%
source = np.random.default_rng(2).normal(size=(1, 4, 16)).astype("float32")  # four vectors of an encoder
crossing = TransformerDecoder(num_heads=2, intermediate_dim=64)
output, own, cross = crossing(x, source, return_attention_scores=True)
print("output", output.shape, " self-attention", own.shape, " cross-attention", cross.shape)  # (B, H, T, S)

# %% [markdown]
# ## 4. What it is good for: two banks (X5)
#
# "He went to the bank and learned of his empty account, after which he went to a river bank and cried." One word, one
# row of the embedding table, two meanings. A small Transformer learns to guess hidden words in generated sentences of
# this kind; nobody tells it that "bank" has two senses. Then: with which sense does the vector of "bank" stand, layer
# by layer, in sentences whose neighbours never stood beside it in training? Beside it the control, the same network
# with all other words hidden: it knows only positions.

# %%
table = sense_separation(seeds=1, steps=300 if quick else 1_500, verbose=0)
bank = table[table.word == "bank"]
print(bank.drop(columns=["seed", "word"]).round(2).to_string(index=False))
draw_senses(table).figure.savefig(figures / "two_banks.png")
shown, hidden = (table[table.context == context] for context in ("shown", "hidden"))
last = table.layer.max()
results["right sense, embedding"] = f"{shown[shown.layer == 0].accuracy.mean():.2f}"
results["right sense, last layer"] = f"{shown[shown.layer == last].accuracy.mean():.2f}"
results["right sense, last layer, only positions"] = f"{hidden[hidden.layer == last].accuracy.mean():.2f}"

# %%
print()
for name, value in results.items():
    print(f"{name:<50} {value}")

# %% [markdown]
# The embedding cannot tell the banks apart, for it is one row. After the blocks the vector of "bank" has taken from
# its neighbours which one it is: context has changed its meaning.
#
# ## Expected output
#
# Two cores, TensorFlow, about a minute, nearly all of it for the two banks; their shares differ by a few points on
# other machines.
#
# | | |
# |---|---:|
# | equations equal the layer | yes |
# | parameters of the block | 3,280 |
# | 'play' alone and in its sentence, feed-forward | equal |
# | post-norm: gradient at the bottom ÷ at the top | 0.85 |
# | pre-norm: gradient at the bottom ÷ at the top | 5.7 |
# | last word changed: change before it, encoder | 0.6 |
# | last word changed: change before it, decoder | 0 |
# | largest weight on a later word | 0 |
# | right sense, embedding | 0.50 |
# | right sense, last layer | 0.77 |
# | right sense, last layer, only positions | 0.50 |
