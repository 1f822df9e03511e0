"""Two senses: one word form, two meanings, and only the words around it say which."""

import functools
from typing import NamedTuple

import numpy as np

from kseq.data.splits import SPLITS, check_split
from kseq.data.synthetic.checks import check_integer
from kseq.data.synthetic.senses_words import BRIDGES, FRAMES, OWN_FRAMES, PEOPLE, SENSES

HELD_OUT = 4  # words of each sense that never stand beside the ambiguous word in training


def two_senses(words=("bank", "bat", "spring", "pitch"), size=6000, seed=0):
    """Sentences in which one word has two senses: a bank of money, a bank of a river (row X5).

    The course's example is one of the sentences that can come: "He went to the bank and learned of his empty account,
    after which he went to a river bank and cried." Of the training sentences a quarter has one sense of an ambiguous
    word, half have both, and a quarter has none of these words and only tells what belongs together.

    What does *not* give a sense away: sentences come in pairs with the same frame, the same people and the ambiguous
    word in the same place, once in either sense (or with both, once in either order). Whoever knows only positions is
    right in exactly half of them. What the held-out sentences ask for is more than to remember neighbours:

    - `"train"`: an ambiguous word stands beside eight of the twelve words of its sense. The other four come too, but
      only in sentences without the ambiguous word.
    - `"validation"`: new sentences with the same neighbours.
    - `"test"`: an ambiguous word stands beside those four words only, which never stood beside it in training.

    Args:
        words: the ambiguous words; `"bank"`, `"bat"`, `"spring"` and `"pitch"` are there.
        size: training sentences; validation and test have an eighth of them each, all with an ambiguous word.
        seed: fixes all sentences.

    Returns:
        A `TwoSenses`.

    Raises:
        ValueError: A word is not there, or a number is out of its range.

    Example:

    >>> task = two_senses(["bank"])
    >>> task.frame[["text", "senses"]].head()
    """
    words = (words,) if isinstance(words, str) else tuple(words)
    if not words or len(set(words)) < len(words) or not set(words) <= set(SENSES):
        raise ValueError(f"`words` must be some of {', '.join(SENSES)}, each once. Received: words={words!r}")
    check_integer("size", size, 96, "there are three kinds of sentences, and two of each in a pair")
    check_integer("seed", seed, 0)
    return TwoSenses(words, size, seed)


class Sentence(NamedTuple):
    """One sentence and the senses of the ambiguous words in it."""

    tokens: tuple
    places: tuple  # numbers of the tokens that are an ambiguous word
    senses: tuple  # sense of each of them, such as "money"
    word: str | None  # the ambiguous word
    bridge: int | None = None  # number of the first token of what joins two clauses


class TwoSenses:
    """Sentences by `two_senses`.

    Attributes:
        words, size, seed: as given to the function.
        senses: dictionary of word -> its two senses.
    """

    def __init__(self, words, size, seed):
        self.words, self.size, self.seed = words, size, seed
        self.senses = {word: tuple(SENSES[word]) for word in words}
        self._kept = {}

    def sentences(self, split="train"):
        """The sentences of a split: a list of `Sentence(tokens, places, senses, word)`."""
        check_split(split)
        if split not in self._kept:
            random = np.random.default_rng([self.seed, SPLITS.index(split)])
            self._kept[split] = list(self._draw(random, split))
        return self._kept[split]

    def texts(self, split="train"):
        """The sentences of a split as strings."""
        return [" ".join(one.tokens).replace(" ,", ",") for one in self.sentences(split)]

    @functools.cached_property
    def vectorizer(self):
        """A `WordVectorizer` that knows every word there can be."""
        from kseq.data.words import WordVectorizer

        nouns = [noun for word in self.words for sense in self.senses[word] for noun in SENSES[word][sense]]
        return WordVectorizer.fit([*self.texts("train"), " ".join(nouns)])

    def ids(self, split="train"):
        """The sentences as ids, padded at the end: `(sentences, longest)` int32, the same width in every split."""
        width = max(len(one.tokens) for which in SPLITS for one in self.sentences(which))
        rows = self.vectorizer.encode(self.texts(split))
        padded = np.zeros((len(rows), width), "int32")
        padded[:, : rows.shape[1]] = rows
        return padded

    def occurrences(self, split="train"):
        """Where the ambiguous words are: a pandas frame, one row for each.

        Its columns: `sentence` (row of `ids`), `position` (column of `ids`), `word`, `sense`, and `both`: whether the
        other sense is in the same sentence.
        """
        import pandas as pd

        rows = [
            (number, place, one.word, sense, len(one.places) == 2)
            for number, one in enumerate(self.sentences(split))
            for place, sense in zip(one.places, one.senses, strict=True)
        ]
        return pd.DataFrame(rows, columns=["sentence", "position", "word", "sense", "both"])

    @functools.cached_property
    def frame(self):
        """All sentences: a pandas frame with the columns `text`, `word`, `senses`, `split`."""
        import pandas as pd

        parts = [
            pd.DataFrame(
                {
                    "text": self.texts(split),
                    "word": [one.word for one in self.sentences(split)],
                    "senses": [" ".join(one.senses) for one in self.sentences(split)],
                    "split": split,
                }
            )
            for split in SPLITS
        ]
        return pd.concat(parts, ignore_index=True)

    def baselines(self, split="test"):
        """How often naive guesses name the right sense.

        Args:
            split: where they are scored.

        Returns:
            pandas frame with the column `accuracy`: `"position"` guesses the sense that was most frequent at this place
            of a sentence of this length; `"words seen beside it"` lets every word of the sentence vote for the sense
            in whose sentences it was seen.
        """
        import pandas as pd

        train, asked = self.occurrences("train"), self.occurrences(split)
        scores = {}
        for name, features in {"position": self._places, "words seen beside it": self._bags}.items():
            votes, right = {}, []
            for word, sense, seen in zip(train.word, train.sense, features("train", train), strict=True):
                for feature in seen:
                    counts = votes.setdefault((word, feature), dict.fromkeys(self.senses[word], 0))
                    counts[sense] += 1
            for word, sense, seen in zip(asked.word, asked.sense, features(split, asked), strict=True):
                first, second = self.senses[word]
                lean = [v[first] / (v[first] + v[second]) - 0.5 for f in seen if (v := votes.get((word, f)))]
                total = round(sum(lean), 9)
                right.append(0.5 if total == 0 else float((first if total > 0 else second) == sense))
            scores[name] = np.mean(right)
        return pd.DataFrame.from_dict(scores, orient="index", columns=["accuracy"])

    def describe(self):
        """A report for people: what there is, an example of each kind, what naive guesses get."""
        from kseq.data.report import Report

        lines = ["two senses: one word form, two meanings, decided by the words around it", ""]
        lines += [f"{word:<10}{' or '.join(senses)}" for word, senses in self.senses.items()]
        lines += ["", "sentences " + ", ".join(f"{split} {len(self.sentences(split)):,}" for split in SPLITS), ""]
        test = self.occurrences("test")
        for both, kind in ((False, "one sense"), (True, "both")):
            lines.append(f"{kind:<10}{self.texts('test')[test.sentence[test.both == both].iloc[0]]}")
        for split in ("validation", "test"):
            scores = self.baselines(split).accuracy
            lines.append(f"naive, {split}: " + ", ".join(f"{name} {score:.3f}" for name, score in scores.items()))
        return Report("\n".join(lines))

    def __repr__(self):
        return f"TwoSenses({', '.join(self.words)}, size={self.size:,}, seed={self.seed})"

    def _places(self, split, occurrences):
        sentences = self.sentences(split)
        at = zip(occurrences.sentence, occurrences.position, strict=True)
        return [[(position, len(sentences[number].tokens))] for number, position in at]

    def _bags(self, split, occurrences):
        sentences = self.sentences(split)
        return [set(sentences[number].tokens) for number in occurrences.sentence]

    def _draw(self, random, split):
        if split != "train":
            pairs = max(2, self.size // 8 // 2)
            kinds = [self._one, self._both]
        else:
            pairs, kinds = self.size // 2, [self._one, self._both, self._both, self._none]
        for number in range(pairs):
            yield from kinds[number % len(kinds)](random, split)

    def _one(self, random, split):
        """Two sentences with the same frame, once in either sense."""
        word = choice(random, self.words)
        frame, person = self._frame(random, word), choice(random, PEOPLE)
        for sense in self.senses[word]:
            tokens, places = fill(frame, person, word, self._neighbours(random, word, sense, split))
            yield Sentence(tokens, places, (sense,), word)

    def _both(self, random, split):
        """Two sentences with the same two frames, the senses in either order."""
        word, person, bridge = choice(random, self.words), choice(random, PEOPLE), choice(random, BRIDGES)
        frames = self._frame(random, word), self._frame(random, word)
        for senses in (self.senses[word], self.senses[word][::-1]):
            first, second = (
                fill(frame, person, word, self._neighbours(random, word, sense, split))
                for frame, sense in zip(frames, senses, strict=True)
            )
            start = len(first[0]) + len(bridge)
            places = first[1] + tuple(start + place for place in second[1])
            yield Sentence(first[0] + bridge + second[0], places, senses, word, len(first[0]))

    def _none(self, random, split):
        """Two sentences about what belongs together, with a third such word in the place of the ambiguous one."""
        for _ in range(2):
            word = choice(random, self.words)
            nouns = list(random.permutation(SENSES[word][choice(random, self.senses[word])]))
            tokens, _ = fill(choice(random, FRAMES), choice(random, PEOPLE), nouns.pop(), nouns)
            yield Sentence(tokens, (), (), None)

    def _frame(self, random, word):
        return choice(random, FRAMES + OWN_FRAMES.get(word, ()))

    def _neighbours(self, random, word, sense, split):
        nouns = SENSES[word][sense]
        return list(random.permutation(nouns[-HELD_OUT:] if split == "test" else nouns[:-HELD_OUT]))


def choice(random, items):
    """One of the items as it is (NumPy would make arrays of them)."""
    return items[random.integers(len(items))]


def fill(frame, person, word, nouns):
    """A frame with its gaps filled: `(tokens, places of the word)`."""
    gaps = {"{he}": person[0], "{him}": person[1], "{his}": person[2], "{W}": word, "{N}": nouns[0], "{M}": nouns[1]}
    tokens = [gaps.get(token, token) for token in frame.split()]
    for number, token in enumerate(tokens[:-1]):
        if token == "a" and tokens[number + 1][0] in "aeiou":
            tokens[number] = "an"
    return tuple(map(str, tokens)), tuple(number for number, token in enumerate(frame.split()) if token == "{W}")
