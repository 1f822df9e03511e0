"""Text that appears as it is made: only what can no longer change is shown."""

UNFINISHED = "�"  # what `decode` makes of a character whose last bytes are still to come


class TextStream:
    """Turns a growing row of ids into pieces of text that join to the final text.

    Three things are held back: a character of which only some bytes are there yet (byte-level sub-words), the
    beginning of a stop string, and white space that the vectorizer may still take back.

    Args:
        vectorizer: has `decode`.
        prompt_ids: the row before the first new token.
        stop: strings that end the text; they are not part of it.
        prompt: the text of the prompt. Where it ends in a space that the vectorizer does not see, the new text does
            not begin with another one.
    """

    def __init__(self, vectorizer, prompt_ids, stop=(), prompt=""):
        self._vectorizer = vectorizer
        self._before = self._decode(prompt_ids)
        self._drops_space = prompt[-1:].isspace() and not self._before[-1:].isspace()
        self._prompt = len(prompt_ids)
        self._stop = tuple(stop)
        self._shown = ""
        self.text = ""  # all new text so far, up to a stop string
        self.is_finished = False

    def _decode(self, ids):
        return self._vectorizer.decode([list(ids)])[0]

    def push(self, ids, is_last=False):
        """Takes the whole row so far; returns the new piece of text, perhaps an empty one.

        Args:
            ids: prompt and new tokens.
            is_last: whether no more will come, so that nothing needs to be held back.
        """
        if self.is_finished:
            return ""
        self.text = new_text(self._before, self._decode(ids), lambda: self._decode(ids[self._prompt :]))
        if self._drops_space:
            self.text = self.text.removeprefix(" ")
        end = first_stop(self.text, self._stop)
        if end is not None:
            self.text, self.is_finished = self.text[:end], True
        elif not is_last:
            end = settled(self.text, self._stop)
        self.is_finished = self.is_finished or is_last
        ready = self.text[:end]
        if not ready.startswith(self._shown):  # the vectorizer took something back: wait until it settles
            return ""
        piece = ready[len(self._shown) :]
        self._shown = ready
        return piece


def new_text(before, whole, alone):
    """What was added to the text `before` to make it `whole`; if it is no beginning of it, the new tokens alone."""
    before = before.rstrip(UNFINISHED)
    return whole[len(before) :] if whole.startswith(before) else alone()


def first_stop(text, stop):
    """Where the first of the stop strings begins, or `None`."""
    return min((place for place in (text.find(one) for one in stop) if place >= 0), default=None)


def settled(text, stop):
    """The length of the part of a text that no later token can change or cut off."""
    end = len(text.rstrip(UNFINISHED))
    for one in stop:
        # the longest end of the text with which the stop string begins
        for length in range(min(len(one) - 1, end), 0, -1):
            if text[:end].endswith(one[:length]):
                end -= length
                break
    return end
