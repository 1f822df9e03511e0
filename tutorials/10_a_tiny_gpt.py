# %% [markdown]
# # A tiny GPT
#
# Course rows L1, L4, S4, R3, T2. GPT is a stack of decoder blocks that guesses the next token, trained on text that
# nobody had to label. GPT-3 has 175 billion weights; this one has 0.8 million, and writes verse after two minutes on
# a laptop. Then the same program learns from your own files.

# %%
import os
import sysconfig
import tempfile
from pathlib import Path

from kseq import build_gpt_model, build_text_model, load_model, load_text
from kseq.plot import training_curves
from kseq.scale import parameters

quick = bool(os.environ.get("KSEQ_QUICK"))  # the tests run a shortened schedule
figures = Path(os.environ.get("KSEQ_FIGURES", "figures"))
figures.mkdir(parents=True, exist_ok=True)
results = {}

# %% [markdown]
# ## 1. Text into windows
#
# Characters are the tokens. The text is cut into windows of 64; the target of every character is the next one, so
# each window is 64 exercises at once. The split is by place: the end of the text is kept for testing.

# %%
text = load_text("all", context_length=64, batch_size=16)  # "all": verse and prose, 126 KB
print(text.describe())
ids, targets = next(iter(text.train))[:2]
first = [text.vectorizer.decode([row])[0] for row in (ids[0], targets[0])]
print("input :", repr(first[0]))
print("target:", repr(first[1]))

# %% [markdown]
# ## 2. What counting gives
#
# A score means nothing by itself. Guessing by how often characters occur; by the one before; by the last few (the
# smoothed n-gram): what a GPT does not beat, it has not earned. In bits per character: how many bits a perfect
# compressor would need.

# %%
baselines = text.baselines("test")
print(baselines.round(3).to_string())

# %% [markdown]
# ## 3. The model

# %%
model = build_gpt_model(text.vectorizer, config="tiny", dropout=0.1, seed=0)
results["parameters"] = f"{model.count_params():,}"
assert model.count_params() == parameters("tiny", vocabulary_size=text.vectorizer.vocabulary_size)
results["parameters of GPT-3, by the same formula"] = f"{parameters('gpt3-175b'):,}"

prompt = "Roses are red,\n"
print(model.generate(prompt, max_new_tokens=100, seed=1, overflow="window"))  # untrained: any character is as good

# %% [markdown]
# Guessing evenly has the perplexity of the vocabulary. An untrained GPT is worse: input and output share one table of
# vectors, so at first it bets on the character that it has just read. A few batches put that right.

# %%
untrained = model.evaluate(text.validation, return_dict=True, verbose=0)
results["perplexity before training"] = f"{untrained['perplexity']:.0f}"
history = model.fit(text.train, validation_data=text.validation, epochs=1 if quick else 10, verbose=2)
training_curves(history.history, "loss").figure.savefig(figures / "gpt_training.png")

# %%
scores = model.evaluate(text.test, return_dict=True, verbose=0)
bits = scores["loss"] / 0.6931471805599453  # nats -> bits; one token is one character
results["bits per character, GPT"] = f"{bits:.2f}"
results["bits per character, best n-gram"] = f"{baselines['bits_per_character'].min():.2f}"

# %% [markdown]
# ## 4. It writes
#
# Each new character is put behind the text, and the model asked again. `temperature` sharpens (below 1) or flattens
# its choice; `top_k` leaves only the k best; `sampler="greedy"` always takes the best, and soon goes round in
# circles; `"beam"` keeps several texts and looks for the most probable one.

# %%
for name, options in {
    "greedy": {"sampler": "greedy"},
    "temperature 0.7": {"temperature": 0.7, "seed": 1},
    "temperature 1.0, top 10": {"top_k": 10, "seed": 1},
    "temperature 1.5": {"temperature": 1.5, "seed": 1},
}.items():
    print(f"--- {name}")
    print(model.generate(prompt, max_new_tokens=150, overflow="window", **options))

# %% [markdown]
# The cache: for a new character only *its* query, key and value are computed; the keys and values of all before are
# kept. The result is the same, to the bit, as computing everything again at every step, only quicker.
#
# Model and vocabulary travel in one file:

# %%
model.save("tiny_gpt.keras")
again = load_model("tiny_gpt.keras")
assert again.generate(prompt, 40, seed=3) == model.generate(prompt, 40, seed=3)

# %% [markdown]
# ## 5. Your own text: code (L4)
#
# Codex is GPT trained on source code. Every machine with Python has some: its standard library. Here are a few
# modules of it; with `load_text("my_folder", glob="*.txt")` it is your folder. The tokens are sub-words now, if the
# `tokenizers` library is there (`pip install "kseq[subword]"`), else characters.

# %%
library = Path(sysconfig.get_paths()["stdlib"])
try:
    import tokenizers  # noqa: F401

    tokens = "subword"
except ImportError:
    tokens = "character"
with tempfile.TemporaryDirectory() as folder:
    for name in ("textwrap", "random", "statistics", "heapq", "bisect", "calendar"):
        (Path(folder) / f"{name}.py").write_text((library / f"{name}.py").read_text("utf-8"), "utf-8")
    code = load_text(folder, glob="*.py", tokens=tokens, max_tokens=500, context_length=64, batch_size=16)
print(code.describe())
coder = build_text_model(code.vectorizer, architecture="transformer", context_length=64, dropout=0.2, seed=0)
coder.fit(code.train, validation_data=code.validation, epochs=1 if quick else 4, verbose=2)
print(coder.generate("def ", max_new_tokens=58, temperature=0.7, seed=0))

# %%
print()
for name, value in results.items():
    print(f"{name:<50} {value}")

# %% [markdown]
# From the command line, with the text appearing as it is made:
#
#     kseq train text --data my_folder --save mine.keras
#     kseq generate mine.keras --prompt "Once upon a time"
#
# ## Expected output
#
# Two cores, TensorFlow, about a minute and a half. On so little text the n-gram is ahead of a GPT of a thousand
# batches.
#
# | | |
# |---|---:|
# | parameters | 795,520 |
# | parameters of GPT-3, by the same formula | 174,604,259,328 |
# | perplexity before training | 519 |
# | bits per character, GPT | 2.07 |
# | bits per character, best n-gram | 1.94 |
