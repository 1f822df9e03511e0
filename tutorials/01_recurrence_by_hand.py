# %% [markdown]
# # Recurrence by hand
#
# Course rows R1 to R5. A recurrent network is one line of arithmetic, used again at every step:
#
#     h_t = tanh(x_t·W_X + h_{t-1}·W_A + b_A)
#
# Here it is computed by hand three times: over a table of prices, over the word "hello" with the numbers printed in
# the deck, and in a loop `my_RNN` that looks right and is not. No Keras until the very end.

# %%
import os
from pathlib import Path

from kseq.data.synthetic import price_table
from kseq.plot.style import INK, PALETTE, new_axes, tidy
from kseq.scratch import Adam, Dense, SimpleRNN, Stacked, mean_squared_error, read_weights, softmax_cross_entropy, train

import numpy as np
import pandas as pd

quick = bool(os.environ.get("KSEQ_QUICK"))  # the tests run a shortened schedule
figures = Path(os.environ.get("KSEQ_FIGURES", "figures"))
figures.mkdir(parents=True, exist_ok=True)
results = {}

# %% [markdown]
# ## 1. Ten days of prices (R4)
#
# Monday to Friday, twice, scaled to [0, 1]. The target is the same row, one day later.

# %%
prices = price_table()
print(prices.frame.to_string(index=False))
x, y = prices.arrays()  # (1, 9, 1) each: one sequence, nine steps, one number a step
print("x", x.shape, " y", y.shape)

# %% [markdown]
# One step first. Two units, weights small enough to follow with a pencil:

# %%
W_X = np.array([[1.0, -1.0]])  # (d, units) = (1, 2)
W_A = np.array([[0.5, 0.0], [0.0, 0.5]])  # (units, units): each unit hears half of itself
b_A = np.array([0.0, 0.0])  # (units,)

A = np.zeros((1, 2))
for day in range(3):
    pre_activation = x[:, day] @ W_X + A @ W_A + b_A
    A = np.tanh(pre_activation)
    print(
        f"day {day + 1}: x = {x[0, day, 0]:.2f}   pre-activation = {pre_activation[0].round(3)}   A = {A[0].round(3)}"
    )

# %% [markdown]
# On day 3 the price is 0, and yet A is not: this is the memory. The same three steps with a cell from `kseq.scratch`,
# where the line above stands in a function `step`:

# %%
cell = SimpleRNN(W_X, W_A, b_A)
state = cell.initial_state(1)
for day in range(3):
    state, values = cell.step(x[:, day], state)
print("the cell says A =", state[0][0].round(3))
assert np.allclose(state[0], A)

# %% [markdown]
# Now let it learn. The output is `y_t = A·W_Y + b_Y` (R2). `train` is a plain loop: forward, loss, backpropagation
# through time (the fourth tutorial opens it up), and Adam changes the weights. Six units.

# %%
network = Stacked([SimpleRNN.random(d=1, units=6, seed=1), Dense.random(6, 1, seed=1)])
losses = train(network, x, y, mean_squared_error, Adam(0.02), steps=60 if quick else 600)
predicted = network.forward(x).outputs
naive = prices.baselines()["mse"]  # guesses that need no network
print(f"mean squared error: {losses[0]:.3f} at first, {losses[-1]:.4f} after learning")
print(naive.to_string(float_format="{:.3f}".format))
results["prices: error after learning"] = f"{losses[-1]:.4f}"
results["prices: error of the mean price"] = f"{naive['mean price']:.4f}"

ax = new_axes()
days = np.arange(2, 11)
ax.plot(days, y[0, :, 0], "o-", color=INK, linewidth=2, markersize=10, fillstyle="none", label="price")
ax.plot(days, predicted[0, :, 0], "X:", color=PALETTE[5], linewidth=2, label="predicted the day before")
ax.set_xlabel("day")
ax.set_ylabel("price, scaled")
ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
tidy(ax).figure.savefig(figures / "prices.svg")

# %% [markdown]
# It has learned these nine numbers by heart, no more: with one example there is nothing else to learn. But look at
# what a network without memory could not have learned: 0.17 is followed by 0 in the first week and by 0.83 in the
# second, 0.5 by 0.17 and by 0. The price of the day is not enough; the state tells the weeks apart.
#
# ## 2. "hello" (R3)
#
# Four letters, four columns. The network reads h, e, l, l and should say e, l, l, o. The deck prints hidden states
# and scores of a network:

# %%
letters = ["h", "e", "l", "o"]
hidden = np.array([[0.3, -0.1, 0.9], [1.0, 0.3, 0.1], [0.1, -0.5, -0.3], [-0.3, 0.9, 0.7]])
scores = np.array([[1.0, 2.2, -3.0, 4.1], [0.5, 0.3, -1.0, 1.2], [0.1, 0.5, 1.9, -1.1], [0.2, -1.5, -0.1, 2.2]])
targets = np.array([letters.index(letter) for letter in "ello"])
deck_loss, _ = softmax_cross_entropy(scores, targets)
probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)

table = pd.DataFrame(probabilities, columns=[f"P({letter})" for letter in letters])
table.insert(0, "reads", list("hell"))
table["says"] = [letters[best] for best in scores.argmax(axis=1)]
table["should say"] = list("ello")
print(table.to_string(index=False, float_format="{:.2f}".format))
said = "".join(table["says"])
print(f"The deck's network says {said!r}; mean cross-entropy {deck_loss:.3f} (guessing among four: {np.log(4):.3f})")
results["hello: the deck's numbers say"] = said
results["hello: their cross-entropy"] = f"{deck_loss:.3f}"

# %% [markdown]
# An untrained network, then, a little worse than guessing. Is there a simple output layer that turns the deck's
# hidden states into its scores? Four equations for three weights and a bias, letter by letter: exactly one solution.

# %%
with_one = np.hstack([hidden, np.ones((4, 1))])
W_Y, b_Y = np.split(np.linalg.solve(with_one, scores), [3])
print("W_Y =", *W_Y.round(2), "b_Y =", b_Y[0].round(2), sep="\n")

# %% [markdown]
# Now train one: three units as in the deck, the same letters. `P("ello" | "hell")` is the product of the four
# probabilities, so its logarithm is a sum: that is the cross-entropy.

# %%
one_hot = np.eye(4)
x, y = one_hot[[letters.index(letter) for letter in "hell"]][None], targets[None]  # (1, 4, 4), (1, 4)
rnn = SimpleRNN.random(d=4, units=3, seed=0)
network = Stacked([rnn, Dense.random(3, 4, seed=0)])
optimizer = Adam(0.1)
rows = []
for steps in (0, 10, 40, 150):  # go on for so many steps, then look
    train(network, x, y, softmax_cross_entropy, optimizer, steps)
    scores = network.forward(x).outputs
    loss, _ = softmax_cross_entropy(scores, y)
    said = "".join(letters[best] for best in scores[0].argmax(axis=1))
    rows.append({"step": steps + (rows[-1]["step"] if rows else 0), "says": said, "cross-entropy": loss})
table = pd.DataFrame(rows).set_index("step")
table["P(ello | hell)"] = np.exp(-4 * table["cross-entropy"])
print(table.to_string(float_format="{:.3f}".format))
results["hello: after 200 steps it says"] = said
results["hello: cross-entropy then"] = f"{loss:.3f}"

# %% [markdown]
# The letter l is followed by l once and by o once. Only the state can tell the two apart; look at it:

# %%
states = pd.DataFrame(rnn.forward(x).outputs[0], index=list("hell"), columns=["unit 1", "unit 2", "unit 3"])
print(states.to_string(float_format="{:.2f}".format))

# %% [markdown]
# ## 3. `my_RNN`, and what is wrong with it (R5)
#
# Deck E writes the recurrence as a loop over "all you need is". The next word should be "love". Read it before you
# run it:


# %%
def my_RNN(words, theta_xs, theta_ss, theta_hs):
    s = np.zeros((len(words), theta_ss.shape[0]))  # one state for each step, all zeros at first
    for i, word in enumerate(words):
        s[i] = theta_xs.T @ word + theta_ss.T @ s[i]
        h = theta_hs.T @ s[i]
    return h, s


vocabulary = ["all", "you", "need", "is", "love"]
word = dict(zip(vocabulary, np.eye(5), strict=True))
random = np.random.default_rng(0)
theta_xs, theta_ss, theta_hs = random.normal(size=(5, 4)), random.normal(size=(4, 4)), random.normal(size=(4, 5))
same_end = [[word[w] for w in text.split()] for text in ("all you need is", "you need all is")]
first, second = (my_RNN(words, theta_xs, theta_ss, theta_hs)[0] for words in same_end)
print("'all you need is' and 'you need all is' give the same scores:", np.allclose(first, second))
results["my_RNN: tells the two apart"] = str(not np.allclose(first, second))

# %% [markdown]
# Two texts with the same last word, the same answer: the loop has forgotten everything before. `s[i]` on the right is
# the state of *this* step, which is still zero. It must be the state of the step before:


# %%
def my_mended_RNN(words, theta_xs, theta_ss, theta_hs):
    s = np.zeros(theta_ss.shape[0])  # s_0
    for word in words:
        s = theta_xs.T @ word + theta_ss.T @ s  # s_t = θ_xsᵀ x_t + θ_ssᵀ s_{t-1}
        h = theta_hs.T @ s  # h_t = θ_hsᵀ s_t
    return h, s


first, second = (my_mended_RNN(words, theta_xs, theta_ss, theta_hs)[0] for words in same_end)
print("mended, they still give the same scores:", np.allclose(first, second))
results["mended: tells the two apart"] = str(not np.allclose(first, second))

# %% [markdown]
# There was no compiler to find this bug, the shapes are right and the scores look like scores. What finds it is a
# second implementation. Here Keras's, which is also the answer to "does our NumPy compute the same thing?":

# %%
from kseq import SimpleRNN as KerasSimpleRNN  # noqa: E402  only here: everything above needs NumPy alone

layer = KerasSimpleRNN(4, activation="linear", use_bias=False)
layer.build((None, None, 5))
layer.set_weights([theta_xs, theta_ss])  # kernel = θ_xs, recurrent_kernel = θ_ss
words = np.array(same_end, "float32")  # (2, 4, 5)
keras_states = np.asarray(layer(words))
mended = np.array([my_mended_RNN(text, theta_xs, theta_ss, theta_hs)[1] for text in same_end])
broken = np.array([my_RNN(text, theta_xs, theta_ss, theta_hs)[1][-1] for text in same_end])
print(f"largest difference from Keras: mended {np.abs(mended - keras_states).max():.1e},", end=" ")
print(f"as printed in the deck {np.abs(broken - keras_states).max():.1e}")
assert np.allclose(read_weights(layer).forward(words).last, mended, atol=1e-5)
results["mended: equals Keras"] = str(np.allclose(mended, keras_states, atol=1e-5))

# %%
print(pd.Series(results).to_string())

# %% [markdown]
# ## Expected output
#
# NumPy only, a few seconds; the last part starts TensorFlow.
#
# | | |
# |---|---:|
# | prices: error after learning | 0.0000 |
# | prices: error of the mean price | 0.1176 |
# | hello: the deck's numbers say | oolo |
# | hello: their cross-entropy | 1.397 |
# | hello: after 200 steps it says | ello |
# | hello: cross-entropy then | 0.002 |
# | my_RNN: tells the two apart | False |
# | mended: tells the two apart | True |
# | mended: equals Keras | True |
