"""Windows over one long row of token ids: a language model reads a window and predicts each next token (row L1).

A window that starts at position `s` gives the input `ids[s : s + T]` and, shifted by one, the target
`ids[s + 1 : s + T + 1]`, T being the context length. For training, windows lie side by side, or overlap by a
`stride`; where the first one begins is drawn anew each time, so that the borders move and every token is met at every
place of a window. For validation and test nothing is random and each token is predicted exactly once.
"""

import numpy as np

_ROUNDS_KEPT = 4  # a batch or a chunk of batches seldom reaches over more


class TrainingWindows:
    """Shuffled windows for training, as NumPy arrays: batches `(x, y)`, each int32 of shape `(batch_size, T)`.

    The windows come in *rounds*. A round starts at a random offset, goes through the text by `stride` and is shuffled.
    Batches are taken from the endless row of rounds, so all have the same shape, and an epoch is nothing but
    a number of batches: as many as a round fills, or `steps_per_epoch`. Offset and order of a round are fixed by
    `seed` and its number alone: any batch of any epoch can be made at once, which is what resuming needs.

    Args:
        ids: int32 array of shape `(num_tokens,)`, longer than `context_length`.
        context_length: T, the tokens in a window.
        stride: distance between the starts of windows; `None`: T.
        batch_size: windows in a batch.
        seed: fixes offsets and order.
        steps_per_epoch: batches in an epoch; `None`: as many as one round fills.
        epoch: the epoch that the next iteration goes through.
        start: how many batches of that epoch are left out, because a run that was broken off has seen them.

    Attributes:
        epoch, start: may be set; an iteration that comes to its end sets them to the next epoch and 0.
    """

    def __init__(
        self, ids, context_length, *, stride=None, batch_size=32, seed=0, steps_per_epoch=None, epoch=0, start=0
    ):
        self.ids = np.ascontiguousarray(ids, np.int32)
        self.context_length, self.stride = context_length, stride or context_length
        self.batch_size, self.seed = batch_size, seed
        last = len(self.ids) - 1 - context_length  # where the last possible window starts
        if last < 0:
            raise ValueError(
                f"`ids` must be longer than a window of context_length={context_length}. Received: {len(self.ids)} ids"
            )
        # One window less than would fit, so that the offset has room for every phase of the stride.
        self.num_windows = max(1, (last + 1) // self.stride)
        self._room = last - (self.num_windows - 1) * self.stride
        self.steps_per_epoch = steps_per_epoch or -(-self.num_windows // batch_size)
        if not 0 <= start < self.steps_per_epoch:
            raise ValueError(
                f"`start` must be at least 0 and less than the {self.steps_per_epoch} batches of an epoch. "
                f"Received: start={start}"
            )
        self.epoch, self.start = epoch, start
        self._rounds = {}

    def __len__(self):
        return self.steps_per_epoch

    def __iter__(self):
        epoch = self.epoch
        for number in range(self.start, self.steps_per_epoch):
            yield self.batch(epoch, number)
        self.end_epoch(epoch)

    def batch(self, epoch, number):
        """The arrays `(x, y)` of one batch of one epoch."""
        windows = self.ids[self.starts(epoch, number, number + 1)[0][:, None] + np.arange(self.context_length + 1)]
        return windows[:, :-1], windows[:, 1:]

    def starts(self, epoch, first, last):
        """Where the windows of the batches `first` to `last - 1` of an epoch begin: int64 `(last - first, B)`."""
        begin = (epoch * self.steps_per_epoch + first) * self.batch_size
        end = (epoch * self.steps_per_epoch + last) * self.batch_size
        parts = []
        while begin < end:
            number, place = divmod(begin, self.num_windows)
            parts.append(self._round(number)[place : place + end - begin])
            begin += len(parts[-1])
        return np.concatenate(parts).reshape(last - first, self.batch_size)

    def end_epoch(self, epoch):
        """Notes that an epoch has come to its end."""
        self.epoch, self.start = epoch + 1, 0

    def _round(self, number):
        if number not in self._rounds:
            random = np.random.default_rng([self.seed, number])
            offset = random.integers(self._room + 1)
            starts = offset + self.stride * random.permutation(self.num_windows)
            self._rounds[number] = starts
            for old in list(self._rounds)[:-_ROUNDS_KEPT]:
                self._rounds.pop(old, None)
        return self._rounds[number]


class EvaluationWindows:
    """Windows in their order that predict each token once: batches `(x, y, weights)`, each of shape `(batch, T)`.

    There is no padding: the last window is moved back until it is full, and what it shares with the one before
    weighs 0. A text shorter than a window is one shorter window. All other targets weigh `cells / predicted_tokens`
    (1 where nothing overlaps), so that the loss Keras reports, a mean over the cells of all batches, is exactly the
    mean over all tokens but the first, which nothing comes before. The last batch is as short as it is.

    Args:
        ids: int32 array of shape `(num_tokens,)`, at least 2.
        context_length: T, the tokens in a window.
        stride: distance between the starts of windows, at most T; `None`: T. A smaller one lets each token be
            predicted from at least `context_length - stride` tokens before it, at the price of more windows.
        batch_size: windows in a batch.
    """

    def __init__(self, ids, context_length, *, stride=None, batch_size=32):
        self.ids = np.ascontiguousarray(ids, np.int32)
        if len(self.ids) < 2:
            raise ValueError(f"`ids` must hold 2 tokens or more. Received: {len(self.ids)}")
        predicted = len(self.ids) - 1
        self.context_length = min(context_length, predicted)
        self.stride = min(stride or self.context_length, self.context_length)
        self.batch_size = batch_size
        last = predicted - self.context_length
        self.starts = np.append(np.arange(0, last, self.stride), last)
        # In each window, the first column whose target no earlier window has predicted.
        ends = self.starts + self.context_length
        self.new = np.append(0, ends[:-1] - self.starts[1:])
        self.weight = np.float32(len(self.starts) * self.context_length / predicted)

    def __len__(self):
        return -(-len(self.starts) // self.batch_size)

    def __iter__(self):
        return map(self.batch, range(len(self)))

    def batch(self, number):
        """The arrays `(x, y, weights)` of one batch."""
        rows = slice(number * self.batch_size, (number + 1) * self.batch_size)
        windows = self.ids[self.starts[rows, None] + np.arange(self.context_length + 1)]
        is_new = np.arange(self.context_length) >= self.new[rows, None]
        return windows[:, :-1], windows[:, 1:], is_new * self.weight
