"""`FitSchedule`: a learning rate that warms up and falls to nothing exactly over one call of `fit`."""

import math

import keras
from keras import ops

LONGEST_WARMUP = 100  # batches


@keras.saving.register_keras_serializable(package="kseq")
class FitSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """Rises in a straight line to `peak`, then falls along half a cosine to 0 at the last batch of `fit`.

    How many batches there will be is known only to `fit`, so `PlannedFit` fills it in when training begins.
    `kseq.tasks.schedules.warmup_cosine` is the same curve for those who want to fix its length themselves.

    Args:
        peak: highest learning rate.
        steps: number of batches of this training. `None`: nobody knows; the rate stays at its peak.
        begin: number of batches that the optimizer had seen before.
    """

    def __init__(self, peak, steps=None, begin=0):
        if isinstance(peak, bool) or not isinstance(peak, (int, float)) or not 0 < peak < float("inf"):
            raise ValueError(f"`learning_rate` must be a number above 0. Received: learning_rate={peak!r}")
        self.peak, self.steps, self.begin = float(peak), steps, begin

    def plan(self, steps, begin):
        """Sets the length and the beginning; says whether anything changed."""
        before = (self.steps, self.begin)
        self.steps, self.begin = steps, begin
        return before != (steps, begin)

    def __call__(self, step):
        done = ops.cast(step, "float32") - self.begin
        warmup = LONGEST_WARMUP if self.steps is None else max(1, min(LONGEST_WARMUP, self.steps // 10))
        rate = self.peak * ops.minimum((done + 1) / warmup, 1.0)
        if self.steps is None:
            return rate
        fallen = ops.clip((done - warmup) / max(1, self.steps - warmup), 0.0, 1.0)
        return rate * 0.5 * (1 + ops.cos(math.pi * fallen))

    def get_config(self):
        """What is needed to make an equal schedule."""
        return {"peak": self.peak, "steps": self.steps, "begin": self.begin}
