# %% [markdown]
# # Tagging, both ways
#
# Course rows S5, G4. A tag for every word, as soon as the word is read: many-to-many, synchronised. And four
# sentences in which a word cannot be tagged until later words are read.

# %%
import os
from pathlib import Path

from kseq import build_tagging_model, load_tagged_sentences
from kseq.plot import tag_strip
from kseq.tasks import train
from kseq.tasks.tagging_report import report_text, tag_report

quick = bool(os.environ.get("KSEQ_QUICK"))  # the tests run a shortened schedule
figures = Path(os.environ.get("KSEQ_FIGURES", "figures"))
figures.mkdir(parents=True, exist_ok=True)
results = {}

# %% [markdown]
# ## 1. What is given
#
# Sentences written for this course, each word with one of the 17 universal tags. The naive baseline gives each word
# the tag that it had most often, and an unknown word the tag that most words have. It is hard to beat: most words
# have one tag only.

# %%
sentences = load_tagged_sentences()
print(sentences.describe())
print(sentences.baselines().round(3).to_string())
results["accuracy, most frequent tag per word"] = sentences.baselines().loc["most frequent tag per word", "accuracy"]

# %% [markdown]
# ## 2. A tagger
#
# A word vector and a vector of the word's spelling go into an LSTM, and its state at each word decides about the tag.
# In training a word is now and then taken for an unknown one, so that the model learns what to do about those: look at
# the ending ("-ly", "-ing") and at the neighbours.

# %%
model = build_tagging_model(sentences.vectorizer, seed=0)
train(model, sentences, epochs=2 if quick else 30, verbose=0)
results["accuracy, LSTM in both directions"] = model.scores(sentences)["accuracy"]
results["accuracy on unknown words, the same"] = model.scores(sentences)["unknown-word accuracy"]
print(report_text(tag_report(model, sentences)))
print(model.tag("I like red apples"))
words, truth = sentences.sentences("test")[0], sentences.tags("test")[0]
tag_strip(model.tag([words])[0], truth=truth, title="A test sentence").figure.savefig(figures / "tag_strip.png")

# %% [markdown]
# ## 3. The four sentences (G4)
#
# "Rest" is a noun in the first and a verb in the second; "orange" a noun in the third and an adjective in the fourth.
# Up to that word the two of a pair are the same. Whoever reads from left to right and must answer at once can only
# guess, and gives both the same answer: one of each pair is wrong, whatever the weights are.
#
# The two models below differ in one argument. They learn from sentences of this kind that a small grammar makes, and
# are tested on words that they never saw, or never saw in that role.

# %%
ambiguous = load_tagged_sentences("ambiguous")
print(ambiguous.baselines().round(3).to_string())
four = {
    "Rest and relaxation are healthy": "NOUN CCONJ NOUN AUX ADJ",
    "Rest before your next class": "VERB ADP PRON ADJ NOUN",
    "Pass me the orange": "VERB PRON DET NOUN",
    "Pass me the orange marker": "VERB PRON DET ADJ NOUN",
}
places = [0, 0, 3, 3]
for bidirectional, name in ((False, "forwards only"), (True, "both directions")):
    settings = {"units": 32, "embedding_dim": 32, "learning_rate": 5e-3, "word_dropout": 0.2, "seed": 0}
    reader = build_tagging_model(ambiguous.vectorizer, bidirectional=bidirectional, **settings)
    reader.fit(ambiguous.train, validation_data=ambiguous.validation, epochs=1 if quick else 8, verbose=0)
    results[f"ambiguous words right, {name}"] = reader.scores(ambiguous)["ambiguous-word accuracy"]
    answers = reader.tag(list(four))
    truths = [tags.split() for tags in four.values()]
    right = sum(a[place].tag == t[place] for a, t, place in zip(answers, truths, places, strict=True))
    results[f"of the four sentences, {name}"] = right / 4
    for number, (answer, tags) in enumerate(zip(answers, truths, strict=True), 1):
        print(name, answer)
        kind = "both" if bidirectional else "one"
        strip = tag_strip(answer, truth=tags, title=name)
        strip.figure.savefig(figures / f"four_{number}_{kind}.png")

# %%
print()
for name, value in results.items():
    print(f"{name:<45} {value:.2f}")

# %% [markdown]
# From the command line, with your own CoNLL-U file or folder:
#
#     kseq train tagging --data my_treebank --save tagger.keras
#     kseq predict tagger.keras "Pass me the orange marker"
#     kseq evaluate tagger.keras --data my_treebank
#
# ## Expected output
#
# Two CPU cores, about a minute; other seeds move the numbers by a few hundredths. "Forwards only" is below one half,
# the share of a guess, because some words are met only in the role that training did not show.
#
# | what | value |
# |---|---|
# | accuracy, most frequent tag per word | 0.81 |
# | accuracy, LSTM in both directions | 0.90 |
# | accuracy on unknown words, the same | 0.76 |
# | ambiguous words right, forwards only | 0.35 |
# | of the four sentences, forwards only | 0.50 |
# | ambiguous words right, both directions | 0.98 |
# | of the four sentences, both directions | 1.00 |
