"""How fast text is generated: kseq beside an uncached PyTorch loop, Keras's `predict` loop and keras-nlp's `generate`.

    python benchmarks/generation.py                         # everything, some minutes
    python benchmarks/generation.py --rounds 3 --only kseq keras-nlp
    python benchmarks/generation.py --lengths               # milliseconds a token against the length of the text
    python benchmarks/generation.py --compile               # what XLA costs before the first token, and after

6 layers, 6 heads, width 384, context 256, 65 characters: 10.7 million parameters. One prompt, 200 new tokens, drawn at
random. Every contender has a process of its own, all of them stay alive, and they take turns: noise that comes and
goes hits all alike. Ratios are those of the medians. The slow ones make fewer tokens and are scaled up.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

LAYERS, HEADS, WIDTH, CONTEXT, SIZE = 6, 6, 384, 256, 65
TOKENS = 200
ASKED = {"torch, uncached": 8, "keras predict": 30, "keras-nlp": 1}
ROOT = Path(__file__).resolve().parent.parent


# --- contenders: each returns a function of a number of tokens, and how many tokens a round has ----------------------


def kseq_model():
    """The model in kseq's layers, with a vectorizer of 65 ids."""
    import keras

    from kseq import layers
    from kseq.data import CharacterVectorizer
    from kseq.layers.token_ids import TokenIds

    ids = keras.Input((None,), dtype="int32")
    x = TokenIds(CharacterVectorizer([chr(64 + n) for n in range(SIZE - 2)]))(ids)
    x = layers.PositionEmbedding(CONTEXT)(keras.layers.Embedding(SIZE, WIDTH)(x))
    for _ in range(LAYERS):
        x = layers.TransformerDecoder(HEADS, 4 * WIDTH, norm_first=True, activation="gelu")(x)
    return keras.Model(ids, keras.layers.Dense(SIZE)(keras.layers.LayerNormalization()(x)))


def kseq(**options):
    """`kseq.generate`."""
    from kseq.generation import generate

    model = kseq_model()
    return lambda count: generate(model, "A", count, **options), TOKENS


def kseq_streaming():
    """`kseq.generate` with a callback that shows the text as it is made."""
    return kseq(callback=lambda text: None)


def keras_predict():
    """The loop of many examples: `predict` on the whole padded context for every token."""
    import numpy as np

    model = kseq_model()

    def run(count):
        ids = [5]
        for _ in range(count):
            padded = np.zeros((1, CONTEXT), "int32")
            padded[0, : len(ids)] = ids
            logits = model.predict(padded, verbose=0)[0, len(ids) - 1]
            ids.append(int(np.argmax(logits + np.random.gumbel(size=SIZE))))

    return run, 30


def keras_nlp():
    """GPT-2's own cached `generate` for the same sizes."""
    import keras_nlp
    import numpy as np

    backbone = keras_nlp.models.GPT2Backbone(
        vocabulary_size=SIZE,
        num_layers=LAYERS,
        num_heads=HEADS,
        hidden_dim=WIDTH,
        intermediate_dim=4 * WIDTH,
        max_sequence_length=CONTEXT,
    )
    model = keras_nlp.models.GPT2CausalLM(backbone=backbone, preprocessor=None)
    model.compile(sampler=keras_nlp.samplers.RandomSampler())

    def run(count):
        length = count + 1
        ids, mask = np.zeros((1, length), "int32"), np.zeros((1, length), "int32")
        ids[0, 0], mask[0, 0] = 5, 1
        model.generate({"token_ids": ids, "padding_mask": mask}, stop_token_ids=None)

    return run, TOKENS


def torch_uncached():
    """A plain PyTorch GPT that reads the whole text for every token, as small teaching codes do."""
    import torch
    from torch import nn
    from torch.nn import functional

    torch.set_num_threads(os.cpu_count())

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm_1, self.norm_2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
            self.qkv, self.join = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
            self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

        def forward(self, x):
            B, T, _ = x.shape
            parts = self.qkv(self.norm_1(x)).view(B, T, 3, HEADS, WIDTH // HEADS)
            q, k, v = parts.permute(2, 0, 3, 1, 4)
            y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.join(y.transpose(1, 2).reshape(B, T, WIDTH))
            return x + self.down(functional.gelu(self.up(self.norm_2(x))))

    tokens, positions = nn.Embedding(SIZE, WIDTH), nn.Embedding(CONTEXT, WIDTH)
    body = nn.Sequential(*[Block() for _ in range(LAYERS)], nn.LayerNorm(WIDTH), nn.Linear(WIDTH, SIZE)).eval()

    def run(count):
        ids = torch.full((1, 1), 5)
        with torch.no_grad():
            for _ in range(count):
                seen = ids[:, -CONTEXT:]
                logits = body(tokens(seen) + positions(torch.arange(seen.shape[1])))[:, -1]
                ids = torch.cat([ids, torch.multinomial(logits.softmax(-1), 1)], dim=1)

    return run, TOKENS


CONTENDERS = {  # name: (backend, function)
    "kseq": ("tensorflow", kseq),
    "kseq, streaming": ("tensorflow", kseq_streaming),
    "kseq, JAX": ("jax", kseq),
    "kseq, PyTorch": ("torch", kseq),
    "torch, uncached": ("torch", torch_uncached),
    "keras predict": ("tensorflow", keras_predict),
    "keras-nlp": ("tensorflow", keras_nlp),
    "keras-nlp, JAX": ("jax", keras_nlp),
}


def work(name):
    """In a process of its own: prints tokens a second for every line that comes."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.path.insert(0, str(ROOT))
    from kseq.backend.quiet import import_keras

    import_keras()
    run, count = CONTENDERS[name][1]()
    for _ in sys.stdin:
        start = time.perf_counter()
        run(count)
        print(count / (time.perf_counter() - start), file=answers, flush=True)


# --- the table ---------------------------------------------------------------------------------------------------


class Contender:
    """A process that makes text when it is told to."""

    def __init__(self, name):
        self.rates = []
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--work", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "KERAS_BACKEND": CONTENDERS[name][0], "TF_CPP_MIN_LOG_LEVEL": "3"},
        )

    def go(self):
        """One round: tokens a second."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def end(self):
        self._process.stdin.close()
        self._process.wait()


def compare(options):
    """All contenders in turn; prints tokens a second and the ratios that are asked for."""
    names = [name for name in CONTENDERS if not options.only or name in options.only]
    contenders = {name: Contender(name) for name in names}
    first = {name: TOKENS / one.go() for name, one in contenders.items()}
    for number in range(options.rounds):
        for name in names if number % 2 else reversed(names):
            contenders[name].rates.append(contenders[name].go())
    medians = {name: statistics.median(one.rates) for name, one in contenders.items()}
    print("| contender | backend | tokens/s | lowest–highest | kseq ÷ it | asked | first call s |")
    print("|---|---|---|---|---|---|---|")
    for name, one in contenders.items():
        one.end()
        ratio = f"{medians['kseq'] / medians[name]:.2f}" if "kseq" in medians else ""
        spread = f"{min(one.rates):.0f}–{max(one.rates):.0f}"
        columns = (name, CONTENDERS[name][0], f"{medians[name]:.0f}", spread, ratio, ASKED.get(name, ""))
        print("| " + " | ".join(map(str, columns)) + f" | {first[name]:.1f} |", flush=True)


def lengths(options):
    """Milliseconds a token for texts of different lengths, each in the shape that it gets by itself."""
    sys.path.insert(0, str(ROOT))
    from kseq.generation import generate

    model = kseq_model()
    counts = (31, 63, 127, 255)
    times = {count: [] for count in counts}
    for number in range(options.rounds + 1):
        for count in counts:
            start = time.perf_counter()
            generate(model, "A", count)
            if number:
                times[count].append((time.perf_counter() - start) / count * 1e3)
    print("| tokens | ms a token |\n|---|---|")
    for count in counts:
        print(f"| {count} | {statistics.median(times[count]):.2f} |")


def compile_costs(options):
    """On TensorFlow: seconds until the first token and milliseconds for each one, by XLA and as a graph."""
    sys.path.insert(0, str(ROOT))
    from kseq.generation import generate, loops

    print("| XLA | first call s | ms a token | tokens for which XLA pays |\n|---|---|---|---|")
    rows = []
    for xla in (True, False):
        loops.pays = lambda stepper, steps, xla=xla: xla
        model, times = kseq_model(), []
        start = time.perf_counter()
        generate(model, "A", 1)
        first = time.perf_counter() - start
        for _ in range(options.rounds):
            start = time.perf_counter()
            generate(model, "A", 31)
            times.append((time.perf_counter() - start) / 31)
        rows.append((first, statistics.median(times)))
        print(f"| {xla} | {first:.2f} | {rows[-1][1] * 1e3:.2f} | |", flush=True)
    (first_xla, fast), (first_graph, slow) = rows
    print(f"| | | | {(first_xla - first_graph) / (slow - fast):.0f} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", nargs="*", choices=CONTENDERS, default=None)
    parser.add_argument("--lengths", action="store_true")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--work", choices=CONTENDERS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        work(given.work)
    else:
        (lengths if given.lengths else compile_costs if given.compile else compare)(given)
