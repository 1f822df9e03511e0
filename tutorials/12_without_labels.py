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

from kseq import build_sentiment_model, build_text_model, few_shot_curve, load_reviews, load_text
from kseq.plot import few_shot_curve as draw_curve

import numpy as np
import pandas as pd

quick = bool(os.environ.get("KSEQ_QUICK"))  # the tests run a shortened schedule
figures = Path(os.environ.get("KSEQ_FIGURES", "figures"))
figures.mkdir(parents=True, exist_ok=True)
results = {}

# %% [markdown]
# ## 1. What labels never told (L2)
#
# A made-up language: words that end in "la" are good, words that end in "zu" are bad, but the tokens are whole words,
# so nobody can see the ending. The raw text has 2,000 sentences, in which good words keep to good words. The labelled
# reviews use only four words of each kind; the test uses the others. From the labels alone this cannot be learned.
# But whoever has read the raw text knows which words keep company.

# %%
random = np.random.default_rng(0)
good, bad = ([first + vowel + end for first in "bdfgkmnprst" for vowel in "aio"] for end in ("la", "zu"))
sentences = [" ".join(random.choice(good if random.random() < 0.5 else bad, 10)) for _ in range(2_000)]
rows = [
    (" ".join(random.choice(words[:4] if number < 20 else words[4:], 5)), label, "train" if number < 20 else "test")
    for label, words in (("negative", bad), ("positive", good))
    for number in range(60)
]


def pre_train(lines, labelled, **sizes):
    """A language model that has read the lines, and the labelled texts in its vocabulary."""
    with tempfile.TemporaryDirectory() as folder:
        raw, file = Path(folder) / "raw.txt", Path(folder) / "labelled.csv"
        raw.write_text("\n".join(lines), encoding="utf-8")
        labelled[["text", "label", "split"]].to_csv(file, index=False)
        text = load_text(raw, tokens="word", lowercase=True, context_length=22, batch_size=16, test_fraction=0)
        reviews = load_reviews(file, vectorizer=text.vectorizer, batch_size=8)
    reader = build_text_model(text.vectorizer, architecture="gru", seed=0, learning_rate=0.01, **sizes)
    reader.fit(text.train, epochs=1 if quick else 8, verbose=0)
    return reader, reviews


def fine_tuned(reviews, **options):
    """Test accuracy after training on the labels."""
    model = build_sentiment_model(reviews.vectorizer, dropout=0.0, seed=0, **options)
    model.fit(reviews.train, epochs=1 if quick else 10, verbose=0)
    return f"{model.evaluate(reviews.test, return_dict=True, verbose=0)['accuracy']:.2f}"


sizes = {"embedding_dim": 16, "units": 16}
made_up = pd.DataFrame(rows, columns=["text", "label", "split"]).drop_duplicates("text")
reader, reviews = pre_train(sentences, made_up, **sizes)
results["made-up words, from scratch: accuracy"] = fine_tuned(reviews, architecture="gru", **sizes)
results["made-up words, pre-trained: accuracy"] = fine_tuned(reviews, pretrained=reader)

# %% [markdown]
# Now natural text: the language model reads the thousand training reviews without their labels, and the classifier
# sees the labels of a hundred.

# %%
frame = load_reviews().frame
training = frame[frame.split == "train"]
few = pd.concat([rows.sample(50, random_state=0) for _, rows in training.groupby("label")])
sizes = {"embedding_dim": 64, "units": 64}
reader, reviews = pre_train(training.text, pd.concat([few, frame[frame.split != "train"]]), **sizes)
results["100 reviews, from scratch: accuracy"] = fine_tuned(reviews, architecture="gru", **sizes)
results["100 reviews, pre-trained: accuracy"] = fine_tuned(reviews, pretrained=reader)
results["100 reviews, bag of words: accuracy"] = f"{reviews.baselines().accuracy['bag of words']:.2f}"

# %% [markdown]
# Here reading first hardly helps, and counting words is no worse. A thousand short reviews are 30,000 words; GPT-3
# read ten million times as many. The idea is in the first experiment, its price in the second.
#
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

# %%
print()
for name, value in results.items():
    print(f"{name:<50} {value}")

# %% [markdown]
# ## Expected output
#
# Two cores, TensorFlow, about a minute and a half; accuracies differ by a few points on other machines.
#
# | | |
# |---|---:|
# | made-up words, from scratch: accuracy | 0.54 |
# | made-up words, pre-trained: accuracy | 1.00 |
# | 100 reviews, from scratch: accuracy | 0.51 |
# | 100 reviews, pre-trained: accuracy | 0.50 |
# | 100 reviews, bag of words: accuracy | 0.57 |
# | new mapping, no example | 0.12 |
# | new mapping, 6 examples | 1.00 |
# | a perfect reader | 1.00 |
