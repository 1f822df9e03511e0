"""`PlannedFit`: what a language model settles when `fit` begins, for only then the length of the training is known."""

import keras
import numpy as np

from kseq.tasks.fit_schedule import FitSchedule
from kseq.tasks.step_loss import StepLoss
from kseq.tasks.token_loss import NextTokenLoss

# XLA makes a training step of a Transformer about a third cheaper on a CPU, but needs some seconds to compile it.
WORTH_COMPILING = 500  # batches


class PlannedFit(keras.callbacks.Callback):
    """Gives a `FitSchedule` its length, and has the training step of a long training compiled by XLA.

    Args:
        initial_epoch: as in `fit`: from 1 on, the training was begun before and its schedule is still the plan.
        xla: whether XLA helps this model on a CPU. Keras itself uses XLA with TensorFlow on accelerators only.
    """

    def __init__(self, initial_epoch=0, xla=False):
        super().__init__()
        self.initial_epoch, self.xla = initial_epoch, xla

    def on_train_begin(self, logs=None):
        """Plans; has the training step made anew where it would be another one."""
        batches, epochs = self.params.get("steps"), self.params["epochs"]
        steps = batches * epochs if batches else None
        self.build_metrics()
        changed = self.plan_rate(batches, steps)
        if changed or self.xla:
            self.make_train_function(self.xla and steps is not None and steps >= WORTH_COMPILING)

    def plan_rate(self, batches, steps):
        """Tells the schedule where it begins and ends; says whether that is new."""
        schedule = self.model.optimizer._learning_rate
        if not isinstance(schedule, FitSchedule):
            return False
        begin = int(self.model.optimizer.iterations) - (batches or 0) * self.initial_epoch
        return schedule.plan(steps, max(0, begin))

    def build_metrics(self):
        """Makes the metrics before TensorFlow traces the training step.

        Else it would trace the step twice: once to make their variables, then again to read them. A small Transformer
        translator (134 weights) took 16 seconds of processor time to its first step, and takes 10.
        """
        shape = getattr(self.model, "output_shape", None)
        if keras.backend.backend() != "tensorflow" or not isinstance(self.model.loss, StepLoss | NextTokenLoss):
            return  # other people's losses may have targets of other shapes
        if not isinstance(shape, tuple) or len(shape) != 3:
            return
        logits, targets = np.zeros((1, 1, shape[-1]), "float32"), np.ones((1, 1), "int32")
        self.model.compute_metrics(None, targets, logits, np.ones((1, 1), "float32"))
        self.model.reset_metrics()

    def make_train_function(self, xla):
        """Only the training step is compiled: other batches come in more shapes, and each would take seconds."""
        before = self.model.jit_compile
        if xla and keras.backend.backend() == "tensorflow" and not self.model.run_eagerly:
            self.model.jit_compile = True
        self.model.make_train_function(force=True)
        self.model.jit_compile = before
