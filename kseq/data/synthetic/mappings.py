"""Few-shot prompts: a mapping made up on the spot, shown by examples, and one question: "a→k,d→q,a→"."""

import string

import numpy as np

from kseq.data.synthetic.checks import check_integer

HELD_OUT = 512  # mappings that no training text is about
SPLITS = ("train", "test")
PADDING = "␀"  # the token of id 0, which stands in no prompt


def few_shot_mappings(keys=6, values=8, mappings=4096, seed=0):
    """Prompts of many toy mappings, of which new ones are asked in the test (row L3).

    A mapping gives each key a value, at random: `a→k`, `b→m`, … A prompt shows some of it and asks for one more value:
    `a→k,d→q,a→`. Nobody can know a new mapping; whoever answers must read it from the examples in the prompt. With n
    examples of different keys, and a question about any key, the best that can be reached is

        n / keys + (1 - n / keys) / values

    since a key that was not shown can only be guessed.

    A key with its arrow is one token, a value with its comma another (a sub-word tokenizer would find the same): the
    prompt above is read as `a→`, `k,`, `d→`, `q,`, `a→`.

    Args:
        keys: number of keys, the first letters of the alphabet; 2 or more.
        values: number of values, the letters after those; 2 or more. At most 26 letters in all.
        mappings: number of different mappings in training. With few of them a network learns them by heart; with many
            it has to learn to read. The test has 512 others.
        seed: fixes all mappings and prompts.

    Returns:
        A `FewShotMappings`.

    Raises:
        ValueError: A number is out of its range, or there are not so many different mappings.

    Example:

    >>> task = few_shot_mappings()
    >>> task.prompts("test", examples=2, count=3)["text"]

    References:
        Brown et al. (2020), Language models are few-shot learners (the prompts); Chan et al. (2022), Data
        distributional properties drive emergent in-context learning in transformers (why many mappings).
    """
    check_integer("keys", keys, 2)
    check_integer("values", values, 2)
    check_integer("mappings", mappings, 1)
    check_integer("seed", seed, 0)
    letters = len(string.ascii_lowercase)
    if keys + values > letters:
        raise ValueError(f"`keys` and `values` must be {letters} at most together. Received: {keys=}, {values=}")
    if mappings + HELD_OUT > values**keys // 2:
        raise ValueError(
            f"`mappings` must be {max(0, values**keys // 2 - HELD_OUT):,} at most: {keys} keys and {values} values "
            f"make {values**keys:,} different ones, and {HELD_OUT} are for the test. Received: mappings={mappings!r}"
        )
    return FewShotMappings(keys, values, mappings, seed)


class FewShotMappings:
    """Mappings by `few_shot_mappings`, and texts about them.

    Attributes:
        keys, values, seed: as given to the function.
        mappings: dictionary of split -> integers `(mappings, keys)`: the number of the value of each key.
        tokens: list of the tokens in the order of their ids; id 0 is padding, and stands in no text.
    """

    def __init__(self, keys, values, mappings, seed):
        self.keys, self.values, self.seed = keys, values, seed
        drawn = different_rows(np.random.default_rng([seed, 0]), mappings + HELD_OUT, keys, values)
        self.mappings = {"train": drawn[:mappings], "test": drawn[mappings:]}
        letters = string.ascii_lowercase
        self.tokens = [PADDING, *(f"{key}→" for key in letters[:keys])]
        self.tokens += [f"{value}," for value in letters[keys : keys + values]]

    def text(self, ids):
        """What rows of ids say: a list of strings such as `a→k,d→q,a→`."""
        return ["".join(self.tokens[one] for one in row) for row in np.atleast_2d(ids)]

    @property
    def guess(self):
        """The share of right answers of whoever guesses."""
        return 1 / self.values

    def best(self, examples):
        """The share of right answers that can be reached with so many examples of different keys."""
        shown = examples / self.keys
        return shown + (1 - shown) * self.guess

    def sample(self, count, examples=12, seed=0, split="train"):
        """Texts to learn from, `count` of them, each about one mapping.

        Keys come again and again: in one text all of them, in another only two, so that something can be learned
        from the first step on.

        Args:
            count: number of texts.
            examples: examples in each.
            seed: another one gives other texts.
            split: whose mappings.

        Returns:
            `(x, y, weights)`, each `(count, 2 * examples - 1)`: ids, the ids one step later, and weights that are 0
            except where the value comes next, 1 on average.
        """
        random = np.random.default_rng([self.seed, 1, SPLITS.index(self._known(split)), seed])
        mapping = self._some(random, split, count)
        order = random.permuted(np.tile(np.arange(self.keys), (count, 1)), axis=1)
        different = random.integers(2, self.keys + 1, (count, 1))  # how many keys a text is about
        keys = np.take_along_axis(order, (random.random((count, examples)) * different).astype(int), axis=1)
        ids = self._ids(keys, np.take_along_axis(mapping, keys, axis=1))
        x, y = ids[:, :-1], ids[:, 1:]
        weights = np.zeros(x.shape, "float32")
        weights[:, ::2] = 1
        return x, y, weights / weights.mean()

    def prompts(self, split="test", examples=4, count=512, seed=0):
        """Prompts with so many examples of different keys and a question about any key.

        Args:
            split: `"test"` for mappings that were in no training text, `"train"` for those that were.
            examples: examples before the question, 0 to `keys`.
            count: number of prompts.
            seed: another one gives other prompts.

        Returns:
            A dictionary: `ids` `(count, 2 * examples + 1)`, ending with the asked key; `text`, the same as a list of
            strings; `answer` `(count,)`, ids; `shown` `(count,)`, whether the asked key is among the examples.
        """
        check_integer("examples", examples, 0)
        if examples > self.keys:
            raise ValueError(f"`examples` must be {self.keys} at most, one for each key. Received: {examples=}")
        random = np.random.default_rng([self.seed, 2, SPLITS.index(self._known(split)), examples, seed])
        mapping = self._some(random, split, count)
        order = random.permuted(np.tile(np.arange(self.keys), (count, 1)), axis=1)
        asked = random.integers(0, self.keys, (count, 1))
        keys = np.concatenate([order[:, :examples], asked], axis=1)
        ids = self._ids(keys, np.take_along_axis(mapping, keys, axis=1))
        return {
            "ids": ids[:, :-1],
            "text": self.text(ids[:, :-1]),
            "answer": ids[:, -1],
            "shown": (order[:, :examples] == asked).any(axis=1),
        }

    def describe(self):
        """A report for people: how many mappings, a prompt, what can be reached."""
        from kseq.data.report import Report

        one = self.prompts("test", examples=min(3, self.keys), count=1)
        lines = [
            f"few-shot mappings: {self.keys} keys, {self.values} values, read from examples in the prompt",
            "",
            f"mappings  train {len(self.mappings['train']):,}, test {HELD_OUT}, none of them in both",
            f"prompt    {one['text'][0]}   answer {self.tokens[one['answer'][0]][0]}",
            f"guessing  {self.guess:.3f}",
            "best      " + ", ".join(f"{self.best(n):.3f} with {n}" for n in sorted({0, 1, self.keys // 2, self.keys})),
        ]
        return Report("\n".join(lines))

    def __repr__(self):
        return (
            f"FewShotMappings(keys={self.keys}, values={self.values}, mappings={len(self.mappings['train']):,}, "
            f"seed={self.seed})"
        )

    def _known(self, split):
        if split not in SPLITS:
            raise ValueError(f"`split` must be one of {', '.join(SPLITS)}. Received: split={split!r}")
        return split

    def _some(self, random, split, count):
        check_integer("count", count, 1)
        rows = self.mappings[split]
        return rows[random.integers(len(rows), size=count)]  # (count, keys)

    def _ids(self, keys, values):
        """Numbers of keys and values `(count, examples)` -> ids of `a→k,d→q,`: `(count, 2 * examples)`."""
        return np.stack([1 + keys, 1 + self.keys + values], axis=2).reshape(len(keys), -1).astype("int32")


def different_rows(random, count, keys, values):
    """That many mappings, no two of them the same, in random order."""
    seen = {}
    while len(seen) < count:
        for row in random.integers(0, values, (count, keys)):
            seen.setdefault(row.tobytes(), row)
    return np.stack(list(seen.values())[:count])
