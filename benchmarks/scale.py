"""What `describe` predicts beside what the compiler counts and the clock measures: six small models on JAX.

    python benchmarks/scale.py                     # the table, and seconds per step against length: some 4 minutes
    python benchmarks/scale.py --models gpt dense  # some of them
    python benchmarks/scale.py --no-times          # without the clock

One step of training with Adam is compiled by XLA. Three numbers of it are known beforehand:

- parameters, exactly;
- FLOPs: those of the matrix products, three times the forward pass except where weights meet data. "program": all
  matrix products in the program that JAX hands to the compiler. "XLA": its own cost analysis, which adds one for each
  sum, product and so on of single elements, so it lies a little above, and the more the narrower a model is: a GPT of
  half this width is predicted 5.3 % too low. It counts the body of a loop once, whatever the number of rounds: so the
  recurrent models are unrolled.
- memory: arguments + outputs + temporaries. Arguments and outputs are weights and Adam's two moments, before and after,
  and a batch: exact. Temporaries are the larger of two moments of the step. Where the backward pass begins: twice the
  values that `describe` says are kept. That is a fit to what XLA needs on a CPU for an encoder and a GPT of other
  sizes, and only a part of it is understood (the factor of a weight's gradient is written down once more, turned
  round). Where it ends in an unrolled network: a gradient of the recurrent layer's weights for each step, since all of
  them are summed at once, at the end; that one can be read from XLA's buffer assignment. So the temporaries also stand
  alone.
"""

import argparse
import dataclasses
import importlib.metadata
import os
import platform
import time
from math import prod
from pathlib import Path

FLOAT = 4  # bytes
CLASSES = 10
ASKED = {"FLOPs": 0.05, "memory": 0.15}
LENGTHS = (16, 32, 64, 128, 256, 512)
WIDTH, TIMED_BATCH = 128, 4
ROUNDS = 15


@dataclasses.dataclass
class Result:
    """One model: what was predicted, and what was found."""

    model: str
    parameters: int
    counted_parameters: int
    flops: float
    program_flops: float
    xla_flops: float
    memory: float
    xla_memory: float
    temporaries: float
    xla_temporaries: float

    @property
    def flops_deviation(self):
        """Share by which the prediction lies above XLA's count."""
        return self.flops / self.xla_flops - 1

    @property
    def memory_deviation(self):
        """Share by which the prediction lies above XLA's sum."""
        return self.memory / self.xla_memory - 1


# --- the models ---


def dense(scale=1):
    """784 numbers, two hidden layers."""
    from keras import Input, Sequential
    from keras.layers import Dense

    hidden = [Dense(1024 // scale, activation="relu") for _ in range(2)]
    return Sequential([Input((784 // scale,)), *hidden, Dense(CLASSES)]), 128


def recurrent(kind):
    """A function that builds an unrolled recurrent network of one layer."""

    def build(scale=1):
        from keras import Input, Sequential, layers

        layer = getattr(layers, kind)(512 // scale, unroll=True)
        return Sequential([Input((16 // scale, 256 // scale)), layer, layers.Dense(CLASSES)]), 32

    return build


def encoder(scale=1, length=96, width=192, blocks=2):
    """Embedding, positions, two encoder blocks, the mean over the steps."""
    from keras import Input, Model
    from keras.layers import Dense, Embedding, GlobalAveragePooling1D

    import kseq

    width //= scale
    ids = Input((length // scale,), dtype="int32")
    x = kseq.PositionEmbedding(length // scale)(Embedding(1000, width)(ids))
    for _ in range(blocks):
        x = kseq.TransformerEncoder(4, 4 * width)(x)
    return Model(ids, Dense(CLASSES)(GlobalAveragePooling1D()(x))), 16


def gpt(scale=1):
    """Four decoder blocks over characters."""
    import kseq

    sizes = {"num_layers": 4 // scale, "num_heads": 4, "embedding_dim": 256 // scale}
    return kseq.build_gpt_model(65, context_length=128 // scale, **sizes), 8


MODELS = {
    "dense": dense,
    "simple_rnn": recurrent("SimpleRNN"),
    "lstm": recurrent("LSTM"),
    "gru": recurrent("GRU"),
    "encoder": encoder,
    "gpt": gpt,
}


# --- predicted and measured ---


def measure(name, scale=1):
    """Predicts the cost of a step, compiles it, and asks the compiler."""
    from kseq.inspection import describe

    model, batch_size = MODELS[name](scale)
    table = describe(model, batch_size=batch_size)
    step, arguments = training_step(model, batch_size, table.length)
    import jax

    lowered = jax.jit(step).lower(*arguments)
    compiled = lowered.compile()
    cost, found = compiled.cost_analysis(), compiled.memory_analysis()
    cost = cost[0] if isinstance(cost, list) else cost
    predicted, temporaries = predicted_memory(model, table, arguments)
    parts = (found.argument_size_in_bytes, found.output_size_in_bytes, found.temp_size_in_bytes)
    return Result(
        name,
        table.parameters.exact,
        model.count_params(),
        float(table.step_flops),
        matrix_products(jax.make_jaxpr(step)(*arguments).jaxpr),
        cost["flops"],
        predicted,
        sum(parts),
        temporaries,
        parts[-1],
    )


def predicted_memory(model, table, arguments):
    """Bytes of arguments, outputs and temporaries, and of temporaries alone."""
    weights = table.parameters * FLOAT
    batch = sum(x.nbytes for x in arguments[-2:])
    kept = 2 * table.activations * table.batch_size * FLOAT
    unrolled = [row for row in table.rows if row.kind in ("SimpleRNN", "LSTM", "GRU")]
    waiting = sum(row.parameters for row in unrolled) * (table.length or 0) * FLOAT
    temporaries = max(kept, waiting)
    return 2 * 3 * weights + batch + temporaries, temporaries


def training_step(model, batch_size, length):
    """A function of weights, moments and a batch that gives new ones; and such arguments."""
    import keras
    import numpy as np

    optimizer = keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def step(weights, others, moments, x, y):
        import jax

        def loss(weights):
            outputs, new = model.stateless_call(weights, others, x, training=True)
            return loss_of(y, outputs), new

        (value, new), gradients = jax.value_and_grad(loss, has_aux=True)(weights)
        weights, moments = optimizer.stateless_apply(moments, gradients, weights)
        return value, weights, new, moments

    spec = model.inputs[0]
    x = np.zeros((batch_size, *(size or length for size in spec.shape[1:])), spec.dtype)
    y = np.zeros(model.compute_output_shape(x.shape)[:-1], "int32")
    variables = (model.trainable_variables, model.non_trainable_variables, optimizer.variables)
    return step, (*([v.value for v in some] for some in variables), x, y)


def matrix_products(jaxpr):
    """FLOPs of all matrix products in a program of JAX; a loop's body as often as it runs."""
    total = 0
    for equation in jaxpr.eqns:
        if equation.primitive.name == "dot_general":
            (summed, _), _ = equation.params["dimension_numbers"]
            shape = equation.invars[0].aval.shape
            total += 2 * prod(equation.outvars[0].aval.shape) * prod(shape[axis] for axis in summed)
        rounds = equation.params.get("length", 1) if equation.primitive.name == "scan" else 1
        for value in equation.params.values():
            inner = getattr(value, "jaxpr", value)
            if hasattr(inner, "eqns"):
                total += rounds * matrix_products(inner)
    return total


# --- seconds per step against length (rows G6 and X9) ---


def times(lengths=LENGTHS, rounds=ROUNDS):
    """Milliseconds of a training step at each length, best of several, beside the FLOPs: model -> list of rows."""
    import jax
    from keras import Input, Sequential
    from keras.layers import LSTM, Dense

    from kseq.inspection import describe

    def lstm(length):
        return Sequential([Input((length, WIDTH)), LSTM(WIDTH), Dense(CLASSES)])

    def transformer(length):
        return encoder(length=length, width=WIDTH, blocks=1)[0]

    found = {}
    for length in lengths:
        for name, build in (("LSTM", lstm), ("Transformer", transformer)):
            model = build(length)
            table = describe(model, batch_size=TIMED_BATCH)
            step, arguments = training_step(model, TIMED_BATCH, length)
            compiled = jax.jit(step)
            jax.block_until_ready(compiled(*arguments))
            seconds = []
            for _ in range(rounds):
                start = time.perf_counter()
                jax.block_until_ready(compiled(*arguments))
                seconds.append(time.perf_counter() - start)
            found.setdefault(name, []).append((length, 1e3 * min(seconds), float(table.step_flops)))
    return found


# --- the report ---


def report(results):
    """Markdown: predicted and measured."""
    lines = [
        "| model | parameters (counted) | FLOPs of a step | program | XLA | ± XLA | memory MB | XLA | ± XLA | "
        "of it temporaries | XLA |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in results:
        same = "exact" if one.parameters == one.counted_parameters else f"{one.counted_parameters:,}"
        lines.append(
            f"| {one.model} | {one.parameters:,} ({same}) | {one.flops:.4g} | {one.program_flops:.4g} | "
            f"{one.xla_flops:.4g} | {one.flops_deviation:+.1%} | {one.memory / 1e6:.1f} | {one.xla_memory / 1e6:.1f} | "
            f"{one.memory_deviation:+.1%} | {one.temporaries / 1e6:.1f} | {one.xla_temporaries / 1e6:.1f} |"
        )
    misses = [one.model for one in results if not all_right(one)]
    asked = f"Asked: parameters exact, FLOPs within {ASKED['FLOPs']:.0%}, memory within {ASKED['memory']:.0%}."
    return "\n".join([*lines, "", f"{asked} {'Missed by: ' + ', '.join(misses) if misses else 'All reached.'}"])


def all_right(one):
    """Whether a model's three numbers are as near as asked."""
    near = abs(one.flops_deviation) <= ASKED["FLOPs"] and abs(one.memory_deviation) <= ASKED["memory"]
    return near and one.parameters == one.counted_parameters


def times_report(found):
    """Markdown: measured beside theory."""
    lines = [
        f"One layer, width {WIDTH}, {TIMED_BATCH} sequences, a step of training: best of {ROUNDS}; FLOPs predicted.",
        "",
        "| steps | LSTM ms | MFLOP | Transformer ms | MFLOP | LSTM ÷ Transformer: time | FLOPs |",
        "|---|---|---|---|---|---|---|",
    ]
    for (length, slow, flops), (_, fast, others) in zip(found["LSTM"], found["Transformer"], strict=True):
        lines.append(
            f"| {length} | {slow:.2f} | {flops / 1e6:.1f} | {fast:.2f} | {others / 1e6:.1f} | {slow / fast:.2f} | "
            f"{flops / others:.2f} |"
        )
    return "\n".join(lines)


def machine():
    """Processor and versions."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("keras", "jax"))
    model = platform.processor() or platform.machine()
    if (file := Path("/proc/cpuinfo")).exists():
        names = [line.split(":")[1].strip() for line in file.read_text().splitlines() if line.startswith("model name")]
        model = names[0] if names else model
    return f"{model}, {os.cpu_count()} cores, {platform.system()}; Python {platform.python_version()}, {versions}"


def main():
    """Reads the options, measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--no-times", action="store_true", help="without seconds per step against length")
    options = parser.parse_args()
    print(f"{machine()}\n\n{report([measure(name) for name in options.models])}")
    if not options.no_times:
        print(f"\n{times_report(times())}")


if __name__ == "__main__":
    os.environ["KERAS_BACKEND"] = "jax"
    main()
