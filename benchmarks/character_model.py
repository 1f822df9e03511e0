"""A character GPT of kseq beside the same model in plain PyTorch, a character LSTM, and counting.

    python benchmarks/character_model.py --data ../shared/data/charlm/tinyshakespeare.txt
    python benchmarks/character_model.py --quick          the bundled text, 100 steps, one seed

All learn from the first 90 % of the text and are scored by the mean loss over *all* of the last 10 %, in windows of
64 characters side by side. GPT and PyTorch: 4 layers, 4 heads, width 128, context 64, batch 12, 2,000 steps, the same
batches, no dropout, tied embeddings, no biases. PyTorch has the usual recipe (learned positions, AdamW, 1e-3 with
warm-up and cosine, weight decay 0.1, clipping at 1, N(0, 0.02) with scaled residual projections). kseq has what
`build_gpt_model(vectorizer, "tiny")` has without any further argument. The LSTM, also with defaults, may train as
long as the GPT did. Every run is a process of its own; models take turns, so that a noisy machine is noisy for all.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time

import numpy as np

from kseq.data import load_text

MODELS = ("kseq GPT", "PyTorch GPT", "kseq LSTM")
BATCH, CONTEXT = 12, 64
LSTM_BATCH = 32  # a recurrent step is short: more rows at once use the machine better
LAYERS, HEADS, WIDTH = 4, 4, 128


def main():
    """Runs everything in turns and prints a table; or, inside a process, one run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=None, help="a text file; default: the bundled texts")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--models", nargs="+", default=MODELS, choices=MODELS)
    parser.add_argument("--quick", action="store_true", help="100 steps, one seed")
    parser.add_argument("--run", nargs=3, metavar=("MODEL", "SEED", "SECONDS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.quick:
        options.steps, options.seeds = 100, 1
    if options.run:
        name, seed, seconds = options.run
        print(json.dumps(RUNS[name](options, int(seed), float(seconds))))
        return
    runs = {name: [] for name in options.models}
    for seed in range(options.seeds):
        seconds = 60.0  # for the LSTM, should there be no GPT
        for name in options.models:
            run = in_own_process(name, seed, seconds)
            seconds = run["seconds"] if name == MODELS[0] else seconds
            runs[name].append(run)
            print(f"seed {seed}  {name:12} loss {run['loss']:.4f}  {run['seconds']:6.1f} s", flush=True)
    text = the_text(options, BATCH, options.steps)
    print(f"\n{len(text.ids('validation')):,} characters of {text.name} for validation, {options.seeds} seeds")
    print(table(runs, text.baselines("validation")))
    print(versions())


def in_own_process(name, seed, seconds):
    """One run in a new process; its result as a dictionary."""
    command = [sys.executable, __file__, *sys.argv[1:], "--run", name, str(seed), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def the_text(options, batch_size, steps, seed=0):
    """First 90 % for training, last 10 % for validation."""
    fractions = {"validation_fraction": 0.1, "test_fraction": 0}
    return load_text(
        options.data, context_length=CONTEXT, batch_size=batch_size, steps_per_epoch=steps, seed=seed, **fractions
    )


def run_gpt(options, seed, seconds):
    """kseq's GPT with its defaults."""
    from kseq import build_gpt_model

    text = the_text(options, BATCH, options.steps, seed)
    return fitted(build_gpt_model(text.vectorizer, "tiny", seed=seed), text)


def run_lstm(options, seed, seconds):
    """kseq's LSTM with its defaults, for about so many seconds."""
    from kseq import build_text_model

    trial, steps = build_text_model(the_text(options, LSTM_BATCH, 1).vectorizer, seed=seed), 60
    for _ in range(2):  # the first time it is compiled
        started = time.perf_counter()
        trial.fit(the_text(options, LSTM_BATCH, steps, seed).train, verbose=0)
        speed = (time.perf_counter() - started) / steps
    text = the_text(options, LSTM_BATCH, max(1, round(seconds / speed)), seed)
    return fitted(build_text_model(text.vectorizer, architecture="lstm", seed=seed), text)


def fitted(model, text):
    """Trains for one epoch; what came of it."""
    import keras

    started, used = time.perf_counter(), time.process_time()
    model.fit(text.train, epochs=1, verbose=0)
    result = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - used}
    loss = model.evaluate(text.validation, return_dict=True, verbose=0)["loss"]
    steps = len(text.train)
    tool = f"Keras {keras.__version__} on {keras.backend.backend()}"
    return {**result, "loss": loss, "parameters": model.count_params(), "steps": steps, "tool": tool}


def run_torch(options, seed, seconds):
    """The same GPT in plain PyTorch with the usual recipe."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norms = nn.ModuleList(nn.LayerNorm(WIDTH, bias=False) for _ in range(2))
            self.qkv, self.project = nn.Linear(WIDTH, 3 * WIDTH, bias=False), nn.Linear(WIDTH, WIDTH, bias=False)
            self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH, bias=False), nn.Linear(4 * WIDTH, WIDTH, bias=False)

        def forward(self, x):
            rows, steps, _ = x.shape
            q, k, v = self.qkv(self.norms[0](x)).view(rows, steps, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
            heads = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.project(heads.transpose(1, 2).reshape(rows, steps, WIDTH))
            return x + self.down(F.gelu(self.up(self.norms[1](x))))

    class GPT(nn.Module):
        def __init__(self, vocabulary_size):
            super().__init__()
            self.tokens, self.positions = nn.Embedding(vocabulary_size, WIDTH), nn.Embedding(CONTEXT, WIDTH)
            self.blocks = nn.Sequential(*(Block() for _ in range(LAYERS)))
            self.norm = nn.LayerNorm(WIDTH, bias=False)
            for name, weight in self.named_parameters():
                if weight.ndim > 1:
                    last = name.endswith(("project.weight", "down.weight"))
                    nn.init.normal_(weight, std=0.02 / (2 * LAYERS) ** 0.5 if last else 0.02)

        def forward(self, ids):
            x = self.tokens(ids) + self.positions.weight[: ids.shape[1]]
            return self.norm(self.blocks(x)) @ self.tokens.weight.T

    text = the_text(options, BATCH, options.steps, seed)
    torch.manual_seed(seed)
    model = GPT(text.vectorizer.vocabulary_size)
    groups = [[p for p in model.parameters() if (p.ndim > 1) == is_matrix] for is_matrix in (True, False)]
    groups = [{"params": group, "weight_decay": decay} for group, decay in zip(groups, (0.1, 0.0), strict=True)]
    optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99))
    started, used = time.perf_counter(), time.process_time()
    for step, (x, y) in enumerate(text.arrays("train")):
        fallen = 0.1 + 0.45 * (1 + np.cos(np.pi * max(0, step - 100) / max(1, options.steps - 100)))
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * min((step + 1) / 100, fallen)
        logits = model(torch.from_numpy(x))
        loss = F.cross_entropy(logits.flatten(0, 1), torch.from_numpy(y).long().flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    result = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - used}
    total = cells = 0
    with torch.no_grad():
        for x, y, weights in text.arrays("validation"):
            losses = F.cross_entropy(
                model(torch.from_numpy(x)).flatten(0, 1), torch.from_numpy(y).long().flatten(), reduction="none"
            )
            total, cells = total + float(losses.numpy() @ weights.flatten()), cells + weights.size
    parameters = sum(p.numel() for p in model.parameters())
    tool = f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads"
    return {**result, "loss": total / cells, "parameters": parameters, "steps": options.steps, "tool": tool}


RUNS = dict(zip(MODELS, (run_gpt, run_torch, run_lstm), strict=True))


def table(runs, baselines):
    """All results as markdown, best first."""
    rows = [
        (
            np.mean([run["loss"] for run in done]),
            f"{np.std([run['loss'] for run in done], ddof=1):.4f}" if len(done) > 1 else "",
            f"{name} ({done[0]['tool']})",
            f"{done[0]['parameters']:,}",
            f"{np.mean([run['steps'] for run in done]):,.0f}",
            f"{np.mean([run['seconds'] for run in done]):.1f}",
            f"{np.mean([run['cpu'] for run in done]):.1f}",
        )
        for name, done in runs.items()
    ]
    rows += [(row["loss"], "", name, "", "", f"{row['seconds']:.1f}", "") for name, row in baselines.iterrows()]
    lines = ["| model | loss | ± | parameters | steps | seconds | CPU seconds |", "|---|---:|---:|---:|---:|---:|---:|"]
    for loss, spread, name, *rest in sorted(rows):
        lines.append(f"| {name} | {loss:.4f} | {spread} | {' | '.join(rest)} |")
    return "\n".join(lines)


def versions():
    """With what it was measured."""
    return f"Python {platform.python_version()}, {os.cpu_count()} cores ({platform.machine()})"


if __name__ == "__main__":
    main()
