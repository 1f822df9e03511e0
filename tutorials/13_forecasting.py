# %% [markdown]
# # Forecasting: what a history is good for
#
# Course rows S1, S3, R4, S8. Given one picture of a ball, where will it go? Given its *history*, where? Then numbers in
# place of positions: prices, passengers, and a forecast that says how sure it is.

# %%
import os
from pathlib import Path

from kseq import (
    Dense,
    SimpleRNN,
    build_forecast_model,
    build_trajectory_model,
    load_series,
    load_trajectories,
    train,
    unroll,
)
from kseq.plot import ball_paths, forecast_fan, unrolled_graph

import keras
import numpy as np

quick = bool(os.environ.get("KSEQ_QUICK"))  # the tests run a shortened schedule
figures = Path(os.environ.get("KSEQ_FIGURES", "figures"))
figures.mkdir(parents=True, exist_ok=True)
results = {}

# %% [markdown]
# ## 1. A ball and its history (S1)
#
# Balls fly through a box and bounce off its walls. The same builder twice: once it sees eight positions, once only the
# last. From one position nobody can tell the direction.

# %%
balls = load_trajectories("ball", count=60 if quick else 200)
print(balls.describe())
epochs = 2 if quick else 10
sighted = build_trajectory_model(balls.vectorizer, architecture="gru", seed=0)
blind = build_trajectory_model(balls.vectorizer, architecture="gru", context_length=1, seed=0)
for model in (sighted, blind):
    train(model, balls, epochs=epochs, verbose=0)
for name, row in balls.baselines().iterrows():
    results[f"ball, {name}"] = f"{row['error']:.3f}"
results["ball, one picture"] = f"{blind.scores(balls)['error']:.3f}"
results["ball, with its history"] = f"{sighted.scores(balls)['error']:.3f}"

# %%
path = balls.paths("test")[0]
straight = path[7] + np.arange(1, 16)[:, None] * (path[7] - path[6])
futures = {"with its history": sighted.continue_path(path[:8], 15), "constant velocity": np.clip(straight, -0.3, 1.3)}
axes = ball_paths(path[:8], futures, truth=path[8:23], box=(0, 0, 1, 1), title="Where will it go?")
axes.figure.savefig(figures / "ball_paths.png")

# %% [markdown]
# ## 2. The price table, unrolled (R4)
#
# Ten days, Monday to Friday twice. The target is the table moved by one day: at each step the network is told a price
# and says the next one, with the same weights. With nine examples nothing can be learned; look at the shape.

# %%
prices = load_series("prices", test_size=2, validation_size=0)
print(prices.frame.to_string())
table = prices.series[0].values
days = ["Mon", "Tue", "Wed", "Thu", "Fri"] * 2
inputs = keras.Input((None, 1))
tiny = keras.Model(inputs, Dense(1)(SimpleRNN(4, return_sequences=True)(inputs)))
labels = [f"{day} {price:g}" for day, price in zip(days, table, strict=True)][:-1]
graph = unroll(tiny, table[None, :-1, None].astype("float32"), tokens=labels)
unrolled_graph(graph).figure.savefig(figures / "price_table.png")
results["price table, configuration"] = graph.shape

# %% [markdown]
# ## 3. Passengers (S3)
#
# Split by time: the last two years are the test, and all that is estimated (scale, logarithm, differences) comes from
# the training part. MASE counts the error in units of the seasonal naive forecast inside that part: 1 is no better.
#
# `residual=True`, the default, is a linear autoregression with a network on top that learns what the line cannot.
# Without it the network has to find everything by itself, from 73 windows.

# %%
airline = load_series("airline", test_size=24)
print(airline.describe())
for name, row in airline.baselines().iterrows():
    results[f"passengers, {name}"] = f"{row['MASE']:.2f}"
for name, options in {
    "dense network alone": {"architecture": "dense", "residual": False},
    "GRU alone": {"architecture": "gru", "residual": False},
    "GRU on top of a line": {"architecture": "gru"},
}.items():
    model = build_forecast_model(airline.vectorizer, seed=0, **options)
    train(model, airline, epochs=2 if quick else 40, patience=10, verbose=0)
    scores = model.scores(airline)
    results[f"passengers, {name}"] = f"{scores['MASE']:.2f}"
results["passengers, truth inside the 80 % interval"] = f"{scores['inside 80 %']:.0%}"

# %% [markdown]
# ## 4. How sure? (many-to-many by feeding back)
#
# The model says one month. For twelve, its own answers become its history; so do errors that it made on the validation
# part, drawn anew for each of many futures. The fan is what these futures say together.

# %%
values = airline.series[0].values
dates = airline.series[0].dates
known = len(values) - 12
fan = model.forecast(values[:known], 12, dates=dates[:known])
print(fan.round(0).to_string())
axes = forecast_fan(values[:known], fan, truth=values[known:], dates=dates[:known], title="Passengers, thousands")
axes.figure.savefig(figures / "forecast_fan.png")
inside = np.mean((values[known:] >= fan.lower_95) & (values[known:] <= fan.upper_95))
results["passengers, last year inside the 95 % fan"] = f"{inside:.0%}"

# %%
print()
for name, value in results.items():
    print(f"{name:<50} {value}")

# %% [markdown]
# What is really seen:
#
# - Without history a model of the ball is no better than standing still; with it the walls are learned, of which a
#   straight line knows nothing.
# - On 73 windows a network alone is far behind a line. On top of the line it adds a little.
#
# ## Expected output
#
# Two cores, TensorFlow; other machines differ in the last digit.
#
# | | |
# |---|---:|
# | ball, constant position | 0.148 |
# | ball, constant velocity | 0.042 |
# | ball, linear autoregression | 0.057 |
# | ball, one picture | 0.142 |
# | ball, with its history | 0.030 |
# | price table, configuration | many-to-many, synchronised |
# | passengers, last value | 1.52 |
# | passengers, seasonal naive | 1.63 |
# | passengers, linear autoregression | 0.40 |
# | passengers, dense network alone | 0.57 |
# | passengers, GRU alone | 0.96 |
# | passengers, GRU on top of a line | 0.39 |
# | passengers, truth inside the 80 % interval | 79% |
# | passengers, last year inside the 95 % fan | 92% |
