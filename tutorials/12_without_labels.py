# %% [markdown]
# # Learning without labels, and from the prompt
#
# Course rows L2, L3, S3. Two ideas made language models large. *Pre-training*: text without labels is free, so read
# it first, and fine-tune on the few labels there are. And *few-shot prompts*: show some examples in the prompt,
# change no weight at all, and the model goes on as they do. Both in small, both beside a control.

# %%
import os
import tempfile
from pathlib import Path

from kseq import build_sentiment_model, build_text_model, few_shot_curve, load_reviews, load_text, train
from kseq.plot import few_shot_curve as draw_curve

import numpy as np
import pandas as pd

quick = bool(os.environ.get("KSEQ_QUICK"))  # the tests run a shortened schedule
figures = Path(os.environ.get("KSEQ_FIGURES", "figures"))
figures.mkdir(parents=True, exist_ok=True)
results = {}

# %% [markdown]
# ## 1. Read first, then be told (L2)
#
# All the texts of the training reviews, without their labels, are raw text for a language model. Then its body, word
# vectors and LSTM, moves into a classifier that sees the labels of only a hundred reviews. Beside it the same network
# from scratch, and counting words.

# %%
frame = load_reviews().frame
training = frame[frame.split == "train"]
few = pd.concat([rows.sample(50, random_state=0) for _, rows in training.groupby("label")])
with tempfile.TemporaryDirectory() as folder:
    raw, labelled = Path(folder) / "raw.txt", Path(folder) / "few.csv"
    raw.write_text("\n".join(training.text), encoding="utf-8")
    pd.concat([few, frame[frame.split != "train"]])[["text", "label", "split"]].to_csv(labelled, index=False)
    text = load_text(raw, tokens="word", lowercase=True, context_length=32, test_fraction=0)
    reviews = load_reviews(labelled, vectorizer=text.vectorizer)

reader = build_text_model(text.vectorizer, architecture="lstm", embedding_dim=64, units=64, dropout=0.2, seed=0)
train(reader, text, epochs=1 if quick else 12, verbose=0)
print("what it has learned from raw text:", reader.generate("the food", max_new_tokens=15, temperature=0.7, seed=0))

seeds = range(1 if quick else 3)
for name, options in {"from scratch": {"architecture": "lstm"}, "pre-trained": {"pretrained": reader}}.items():
    scores = []
    for seed in seeds:
        model = build_sentiment_model(reviews.vectorizer, seed=seed, **options)
        train(model, reviews, epochs=1 if quick else 20, verbose=0)
        scores.append(model.evaluate(reviews.test, return_dict=True, verbose=0)["accuracy"])
    results[f"100 labels, {name}: accuracy"] = f"{np.mean(scores):.2f}"
results["100 labels, bag of words: accuracy"] = f"{reviews.baselines().accuracy['bag of words']:.2f}"

# %% [markdown]
# ## 2. Examples in the prompt (L3)
#
# A prompt such as `a→k,d→q,a→` has its answer in itself, if one can read it. A small GPT is trained on texts about
# 4,096 different mappings and then asked about *new* ones, with 0, 1, 2 … examples. `best` is what a perfect reader
# would reach: a key that was not shown can only be guessed.

# %%
curve = few_shot_curve("transformer", steps=200 if quick else 4_000, verbose=0)
print(curve[["examples", "accuracy", "accuracy_shown", "best", "guess"]].round(2).to_string(index=False))
draw_curve(curve).figure.savefig(figures / "few_shot_curve.png")
last = curve.iloc[-1]
results["new mapping, no example"] = f"{curve.accuracy.iloc[0]:.2f}"
results[f"new mapping, {last.examples} examples"] = f"{last.accuracy:.2f}"
results["a perfect reader"] = f"{last.best:.2f}"
results["seconds of training"] = f"{curve.attrs['models'][0]['seconds']:.0f}" if "models" in curve.attrs else "-"

# %%
print()
for name, value in results.items():
    print(f"{name:<50} {value}")

# %% [markdown]
# ## Expected output
#
# Two cores, TensorFlow.
#
# | | |
# |---|---:|
