# %% [markdown]
# # Backpropagation through time, step by step
#
# Course rows R7 and R8. The weights of a recurrent network are used at every step, so a change of one weight changes
# the result along every step. The gradient is a sum with one term for each of them:
#
#     ∂L_T/∂W = Σ_{t ≤ T}  ∂L_T/∂h_T · ∂h_T/∂h_t · ∂h_t/∂W
#
# where the last factor is the direct effect of W at step t alone. We compute the terms one by one, add them up, check
# the sum in two ways, and then leave out terms to see what truncation costs.

# %%
import os
from pathlib import Path

from kseq import LSTM, gradient_flow, unroll
from kseq.plot import unrolled_graph
from kseq.plot.style import INK, PALETTE, new_axes, tidy
from kseq.scratch import LSTM as ScratchLSTM
from kseq.scratch import SimpleRNN, gradient_check

import keras
import numpy as np
import pandas as pd

quick = bool(os.environ.get("KSEQ_QUICK"))  # the tests run a shortened schedule
figures = Path(os.environ.get("KSEQ_FIGURES", "figures"))
figures.mkdir(parents=True, exist_ok=True)
results = {}

# %% [markdown]
# ## One unit, five steps
#
# So that every Jacobian is a single number. Loss at the last step only: L = (h_5 − 1)² / 2.

# %%
w_x, w_a, b = 0.8, 0.9, 0.1
x = np.array([1.0, -0.5, 0.3, 0.8, -0.2])
T = len(x)

h = np.zeros(T + 1)  # h[0] is the initial state
for t in range(1, T + 1):
    h[t] = np.tanh(x[t - 1] * w_x + h[t - 1] * w_a + b)
loss = (h[T] - 1) ** 2 / 2
print("h =", h.round(3), "  L =", round(loss, 4))

# %% [markdown]
# Now back. `tanh′ = 1 − tanh²`, so one step of the chain is ∂h_t/∂h_{t-1} = (1 − h_t²)·w_a, and the direct effect of
# w_a at step t is (1 − h_t²)·h_{t-1}.

# %%
rows = []
d_h = h[T] - 1  # ∂L/∂h_T
for t in range(T, 0, -1):
    direct = (1 - h[t] ** 2) * h[t - 1]  # ∂h_t/∂w_a with h_{t-1} held fixed
    rows.append({"t": t, "∂L/∂h_t": d_h, "direct ∂h_t/∂w_a": direct, "term": d_h * direct})
    d_h *= (1 - h[t] ** 2) * w_a  # one step further back
terms = pd.DataFrame(rows).set_index("t")
print(terms.to_string(float_format="{:+.4f}".format))
total = terms["term"].sum()
print(f"their sum: ∂L/∂w_a = {total:+.6f}")

# %% [markdown]
# Look at ∂L/∂h_t: the further back, the smaller. That is the next tutorial. (The term of step 1 is 0 because h_0 is
# 0.) First, is the sum right? Turn the knob and see:


# %%
def loss_with(w_a):
    state = 0.0
    for x_t in x:
        state = np.tanh(x_t * w_x + state * w_a + b)
    return (state - 1) ** 2 / 2


epsilon = 1e-6
numeric = (loss_with(w_a + epsilon) - loss_with(w_a - epsilon)) / (2 * epsilon)
cell = SimpleRNN([[w_x]], [[w_a]], [b])
run = cell.forward(x[None, :, None])
back = cell.backward(run, d_last=run.last - 1)
print(f"central difference {numeric:+.6f}   kseq.scratch {back.gradients['W_A'].item():+.6f}   by hand {total:+.6f}")
assert np.isclose(total, numeric) and np.isclose(total, back.gradients["W_A"].item())
results["one unit: ∂L/∂w_a"] = f"{total:+.4f}"

# %% [markdown]
# ## Which loss?
#
# The decks differ: A takes the mean over the steps, E the sum, D the last step. The gradients differ accordingly.

# %%
target = np.ones((1, T, 1))
error = run.outputs - target
for name, d_outputs in {"last step (D)": None, "sum (E)": error, "mean (A)": error / T}.items():
    given = {"d_last": run.last - 1} if d_outputs is None else {"d_outputs": d_outputs}
    print(f"{name:<14} ∂L/∂w_a = {cell.backward(run, **given).gradients['W_A'].item():+.4f}")

# %% [markdown]
# ## A mistake, and how a gradient check finds it
#
# An LSTM has 4·(d + units + 1)·units weights; nobody checks them by hand. `gradient_check` moves each weight a
# little, and names the worst one. We forget the term that goes through the cell state, on purpose:

# %%
random = np.random.default_rng(0)
lstm = ScratchLSTM.random(d=3, units=4, seed=0)
inputs, wanted = random.normal(size=(2, 6, 3)), random.normal(size=(2, 4))


def loss_and_gradients(parameters):
    walk = lstm.forward(inputs)
    difference = walk.last - wanted
    return 0.5 * np.sum(difference**2), lstm.backward(walk, d_last=difference).gradients


class ForgetfulLSTM(ScratchLSTM):
    """Its gradient does not flow along the cell state."""

    def back_in_time(self, d_state, values):
        d_h, d_c = d_state
        return super().back_in_time((d_h, np.zeros_like(d_c)), values)


print("right:", gradient_check(loss_and_gradients, lstm.parameters))
right = lstm
lstm = ForgetfulLSTM(*right.parameters.values())
wrong = gradient_check(loss_and_gradients, lstm.parameters)
print("wrong:", wrong)
lstm = right
results["gradient check: right, wrong"] = f"{gradient_check(loss_and_gradients, lstm.parameters).ok}, {wrong.ok}"

# %% [markdown]
# ## The same in Keras
#
# `gradient_flow` gives ∂L/∂h_t of any Keras model. Here the five steps from above, in Keras, and the graph that the
# gradient walks back through (R6):

# %%
keras_model = keras.Sequential([keras.Input((T, 1)), keras.layers.SimpleRNN(1, name="rnn")])
keras_model.layers[0].set_weights([np.array([[w_x]]), np.array([[w_a]]), np.array([b])])
keras_model.compile(loss="mse")  # (h − 1)², twice our loss
flow = gradient_flow(keras_model, x[None, :, None].astype("float32"), np.ones((1, 1), "float32"))
unrolled_graph(unroll(keras_model, T)).figure.savefig(figures / "unrolled.svg")
by_hand = terms["∂L/∂h_t"].to_numpy()[::-1]
print("Keras  ", np.round(flow.norms["rnn"][0] / 2, 4))
print("by hand", np.abs(by_hand).round(4))
assert np.allclose(flow.norms["rnn"][0] / 2, np.abs(by_hand), atol=1e-5)

# %% [markdown]
# ## Truncation (R8)
#
# Going back through 10,000 steps costs 10,000 steps of memory. So one goes back τ steps only. What is lost? The
# distance between the truncated gradient and the whole one, relative to the whole, for random networks over 60 steps
# with a loss at every step:

# %%
steps, d, units = 60, 8, 16
inputs = random.normal(size=(4, steps, d))
wanted = random.normal(scale=0.5, size=(4, steps, units))
taus = [1, 2, 4, 8, 16, 32, 60]
lines = {}
cells = {
    "simple RNN": SimpleRNN.random(d, units, seed=0),
    "LSTM": ScratchLSTM.random(d, units, seed=0),
}
for name, cell in cells.items():
    run = cell.forward(inputs)
    error = run.outputs - wanted
    whole = np.concatenate([g.ravel() for g in cell.backward(run, error).gradients.values()])
    for tau in taus:
        cut = np.concatenate([g.ravel() for g in cell.backward(run, error, tau=tau).gradients.values()])
        bias = np.linalg.norm(cut - whole) / np.linalg.norm(whole)
        lines.setdefault(name, []).append(bias)
table = pd.DataFrame(lines, index=pd.Index(taus, name="τ"))
print("relative error of the truncated gradient\n" + table.to_string(float_format="{:.4f}".format))
for name in cells:
    results[f"truncation to τ = 8, relative error, {name}"] = f"{table.loc[8, name]:.3f}"

ax = new_axes()
for (name, values), marker, color in zip(lines.items(), "os", (PALETTE[5], PALETTE[0]), strict=True):
    ax.plot(taus[:-1], values[:-1], f"{marker}-", color=color, linewidth=2, label=name)
ax.set_xscale("log", base=2)
ax.set_yscale("log")
ax.set_xticks(taus[:-1], [str(tau) for tau in taus[:-1]])
ax.set_xlabel("τ, steps of backpropagation")
ax.set_ylabel("relative error of the gradient")
ax.legend(frameon=False, labelcolor=INK)
tidy(ax).figure.savefig(figures / "truncation.svg")

# %% [markdown]
# The LSTM loses more by truncation than the simple RNN, for its gradient reaches further: there is more to lose.
#
# The truncated gradient is not noisy, it is *biased*: always the same terms are missing, those that reach far. What
# shows only over more than τ steps, it cannot learn. But what it has learned over short distances it may use over
# long ones: the weights are the same, and the state goes on.
#
# ## Truncation in Keras: `stateful`
#
# Cut a long sequence into chunks of τ steps and keep the state between them: the outputs are those of the whole
# sequence, the gradient ends at the border of the chunk.

# %%
long = random.normal(size=(1, 40, d)).astype("float32")
whole_layer = LSTM(units, return_sequences=True)
whole_outputs = np.asarray(whole_layer(long))
chunk_input = keras.Input(batch_shape=(1, 10, d))
stateful = keras.Model(chunk_input, LSTM(units, return_sequences=True, stateful=True)(chunk_input))
stateful.set_weights(whole_layer.get_weights())
chunks = [stateful.predict(long[:, start : start + 10], verbose=0) for start in range(0, 40, 10)]
print("largest difference:", np.abs(np.concatenate(chunks, axis=1) - whole_outputs).max())
results["chunks with carried state equal the whole"] = str(
    np.allclose(np.concatenate(chunks, axis=1), whole_outputs, atol=1e-5)
)

# %%
print(pd.Series(results).to_string())

# %% [markdown]
# ## Expected output
#
# NumPy and a little Keras, about 15 seconds.
#
# | | |
# |---|---:|
# | one unit: ∂L/∂w_a | -0.2819 |
# | gradient check: right, wrong | True, False |
# | truncation to τ = 8, relative error, simple RNN | 0.017 |
# | truncation to τ = 8, relative error, LSTM | 0.113 |
# | chunks with carried state equal the whole | True |
