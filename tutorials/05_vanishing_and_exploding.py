# %% [markdown]
# # Vanishing and exploding gradients
#
# Course rows R9, R10 and G3. Between step k and step t the gradient passes t − k Jacobians, and a product of many
# numbers below 1 is nearly 0, of many above 1 enormous. We watch both happen, first in a matrix, then in Keras
# models, and then switch the remedies on one by one, on one task.

# %%
import os
from pathlib import Path

from kseq import GRU, LSTM, Dense, SimpleRNN, gradient_flow, memory_curve
from kseq.data.synthetic import adding_problem
from kseq.inspection import spectral_radius_experiment
from kseq.plot import gradient_norms, spectral_radius

import keras
import numpy as np
import pandas as pd

quick = bool(os.environ.get("KSEQ_QUICK"))  # the tests run a shortened schedule
figures = Path(os.environ.get("KSEQ_FIGURES", "figures"))
figures.mkdir(parents=True, exist_ok=True)

# %% [markdown]
# ## The largest eigenvalue
#
# A simple RNN whose recurrent matrix is a random rotation, all of whose eigenvalues have the absolute value 1, times
# ρ. How much does the state 50 steps ago move the state now?

# %%
radii = [0.5, 0.8, 0.9, 1.0, 1.1, 1.2, 1.5]
lines = {}
for activation in ("linear", "tanh"):
    found = spectral_radius_experiment(radii, steps=50, activation=activation, seeds=3)
    after_50 = found[found.distance == 50].pivot(index="seed", columns="radius", values="largest_singular_value")
    lines[activation] = after_50.to_numpy()  # (seeds, radii)
table = pd.DataFrame({name: values.mean(axis=0) for name, values in lines.items()}, index=pd.Index(radii, name="ρ"))
table["ρ^50"] = np.power(radii, 50)
print(table.to_string(float_format="{:.1e}".format))
spectral_radius(radii, lines, label="‖∂h_50/∂h_0‖").figure.savefig(figures / "spectral_radius.svg")

# %% [markdown]
# The linear network follows ρ^50 exactly (for other matrices than rotations only in the long run). With tanh the
# gradient vanishes for ρ < 1, too, but for ρ = 1.5 it grows to hundreds instead of hundreds of millions: the states
# grow as well, until the units saturate, and there the derivative of tanh is small.
#
# ## The gradient in Keras models
#
# Three untrained layers, the same 100 steps of noise, a loss at the end. `gradient_flow` gives ‖∂L/∂h_t‖, how much
# the loss depends on the state at step t, for any model.

# %%
steps = 100
random = np.random.default_rng(0)
x = random.normal(size=(16, steps, 4)).astype("float32")
y = random.normal(size=(16, 1)).astype("float32")


def last_state_model(cell, **options):
    """Reads all steps and answers from the last state."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((steps, 4)), cell(32, name="cell", **options), Dense(1)])
    model.compile(loss="mse")
    return model


exploding = last_state_model(SimpleRNN, activation="linear")
W_X, W_A, b_A = exploding.get_layer("cell").get_weights()
exploding.get_layer("cell").set_weights([W_X, 1.1 * W_A, b_A])  # W_A is orthogonal at first: ρ = 1, now 1.1
flows = {
    "LSTM": gradient_flow(last_state_model(LSTM), x, y),
    "GRU": gradient_flow(last_state_model(GRU), x, y),
    "simple RNN": gradient_flow(last_state_model(SimpleRNN), x, y),
    "linear RNN, ρ = 1.1": gradient_flow(exploding, x, y),
}
norms = {name: flow.norms["cell"] for name, flow in flows.items()}  # (16 examples, 100 steps) each
gradient_norms(norms).figure.savefig(figures / "gradient_flow.svg")
back = [0, 10, 25, 50, 99]
reach = {name: np.median(norm[:, [-1 - n for n in back]] / norm[:, [-1]], axis=0) for name, norm in norms.items()}
reach = pd.DataFrame(reach, index=pd.Index(back, name="steps back"))
print(reach.T.to_string(float_format="{:.1e}".format))

# %% [markdown]
# A gradient that has shrunk to a millionth is lost among the others: what happened there will not be learned. Note
# that the size of ∂L/∂W does not tell: it is a sum over all steps, and the last ones keep it large.
#
# ## The remedies, one by one (R10)
#
# The adding problem: two numbers among 40 are marked; say their sum. Guessing 1, the mean, has an error of 1/6. The
# first row is a simple RNN with a Glorot matrix and without clipping; every other row says what is different. All get
# the same number of training steps at most, with new examples at every step, and stop when they have solved it.

# %%
switches = {
    "simple RNN": {},
    "+ clipping": {"clipnorm": 1.0},
    "+ two layers": {"num_layers": 2},
    "+ two layers, residual": {"num_layers": 2, "residual": True},
    "+ orthogonal": {"recurrent_initializer": "orthogonal"},
    "+ ReLU": {"activation": "relu"},
    "+ ReLU, identity, clipping": {"activation": "relu", "recurrent_initializer": "identity", "clipnorm": 1.0},
    "LSTM": {"cell": "lstm"},
    "LSTM, truncated to 10": {"cell": "lstm", "truncation": 10},
    "GRU": {"cell": "gru"},
}
rows = {}
for name, switch in switches.items():
    plain = {"cell": "simple_rnn", "clipnorm": None, "recurrent_initializer": "glorot_uniform"}
    curve = memory_curve(
        **{**plain, **switch}, task="adding_problem", lengths=40, max_steps=100 if quick else 1_000, verbose=0
    )
    rows[name] = curve.iloc[0]
remedies = pd.DataFrame(rows).T[["score", "baseline", "solved", "steps", "seconds"]]
print(remedies.to_string(float_format="{:.3f}".format))

# %% [markdown]
# Clipping keeps an exploding gradient in bounds; it does not bring back one that has vanished, so it does not help
# here. Neither does a second layer, with a residual link or without: the link leads around a layer, not around time
# (G5). An orthogonal matrix helps a little, ReLU alone more; with the identity as recurrent matrix, so that at first
# each step copies the state, it solves the task. So do the gates. And truncation to ten steps does not stop the LSTM:
# what it learns from marks near the end, it applies to those far from it, because the weights are the same at every
# step.
#
# ## Gates learn to let the gradient through
#
# Look again at the untrained models: of all four, the GRU's gradient vanished fastest. And yet the GRU is among the
# first to solve the task. The gates of an untrained network stand half open, and half of a half of a half is nothing.
# But they can be *learned*. The same GRU before and after training on the adding problem:

# %%
task = adding_problem(length=40, size=2_000 if quick else 8_000, seed=0)
x, y = task.arrays("test")
keras.utils.set_random_seed(0)
gru = keras.Sequential([keras.Input((40, 2)), GRU(32, name="cell"), Dense(1)])
gru.compile(keras.optimizers.Adam(1e-2, clipnorm=1.0), "mse")
before = gradient_flow(gru, x[:32], y[:32])
gru.fit(task.train, epochs=1 if quick else 5, verbose=0)
after = gradient_flow(gru, x[:32], y[:32])
print(f"error on new examples: {gru.evaluate(x, y, verbose=0):.4f}")

learned = {"GRU before training": before.norms["cell"], "GRU after training": after.norms["cell"]}
gradient_norms(learned).figure.savefig(figures / "before_and_after.svg")
shares = {name: np.median(norm[:, 0] / norm[:, -1]) for name, norm in learned.items()}
print({name: f"{share:.1e}" for name, share in shares.items()})

# %%
results = {f"reach, 50 steps back: {name}": f"{value:.0e}" for name, value in reach.loc[50].items()}
results |= {f"adding problem: {name}": f"{score:.3f}" for name, score in remedies["score"].items()}
results |= {f"reach, 39 steps back: {name}": f"{share:.0e}" for name, share in shares.items()}
print(pd.Series(results).to_string())

# %% [markdown]
# Training has opened the way: the first step, 39 steps back, now moves the loss a fifth as much as the last one, ten
# million times more than before. That is what "gated cells against vanishing gradients" means: not that the gradient
# cannot vanish, but that the network can learn not to let it.
#
# ## Expected output
#
# Two cores, TensorFlow, less than two minutes; powers of ten and who solves the task are the same elsewhere, digits
# are not.
#
# | | |
# |---|---:|
# | reach, 50 steps back: LSTM | 9e-06 |
# | reach, 50 steps back: GRU | 7e-11 |
# | reach, 50 steps back: simple RNN | 3e-06 |
# | reach, 50 steps back: linear RNN, ρ = 1.1 | 1e+02 |
# | adding problem: simple RNN | 0.167 |
# | adding problem: + clipping | 0.164 |
# | adding problem: + two layers | 0.168 |
# | adding problem: + two layers, residual | 0.172 |
# | adding problem: + orthogonal | 0.151 |
# | adding problem: + ReLU | 0.113 |
# | adding problem: + ReLU, identity, clipping | 0.003 |
# | adding problem: LSTM | 0.005 |
# | adding problem: LSTM, truncated to 10 | 0.005 |
# | adding problem: GRU | 0.004 |
# | reach, 39 steps back: GRU before training | 2e-08 |
# | reach, 39 steps back: GRU after training | 2e-01 |
