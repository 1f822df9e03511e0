"""What `model.fit` and `model.evaluate` take for a text: its windows in the form that suits the Keras backend."""

import functools

from kseq.data.texts.windows import TrainingWindows


def keras_windows(windows):
    """`windows` as a `tf.data.Dataset` on the TensorFlow backend, as a `keras.utils.PyDataset` elsewhere.

    Either has the attribute `batches`, what it was made from: windows or, of `kseq.data.texts.streams`, streams.
    Setting `batches.epoch` and `batches.start` before an epoch begins (such as in a callback's `on_epoch_begin`) says
    which one comes next, and how many of its batches are left out. `len` stays that of a whole epoch; `fit` must be
    kept from asking TensorFlow for more than there is, since Keras's optimizer would count one step too many.
    """
    from kseq.backend.quiet import import_keras

    keras = import_keras()
    training = isinstance(windows, TrainingWindows)
    if keras.backend.backend() == "tensorflow":
        from kseq.backend import windows_tensorflow
        from kseq.backend.batches_tensorflow import tensorflow_batches

        evaluation = tensorflow_batches if hasattr(windows, "spec") else windows_tensorflow.evaluation_dataset
        result = (windows_tensorflow.training_dataset if training else evaluation)(windows)
    else:
        training_class, evaluation_class = _py_dataset_classes()
        result = (training_class if training else evaluation_class)(windows)
    result.batches = windows
    return result


@functools.cache
def _py_dataset_classes():
    import keras

    class EvaluationBatches(keras.utils.PyDataset):
        """Hands `EvaluationWindows` to Keras."""

        def __init__(self, windows):
            super().__init__(workers=1)
            self.batches = windows

        def __len__(self):
            return len(self.batches)

        def __getitem__(self, index):
            return self.batches.batch(index)

    class TrainingBatches(EvaluationBatches):
        """Hands `TrainingWindows` to Keras.

        `fit` asks for the batches in an order drawn from Python's global random numbers. Inside an epoch this
        class hands them out in its own order instead, so that the seed of the dataset alone fixes it. An epoch
        counts when all of it was asked for: Keras also looks at the first batch alone, to see its shape.
        """

        _asked = None  # inside an epoch: the number of the next batch

        @property
        def num_batches(self):
            # Keras goes through so many; it asks before the first epoch too, and then wants to know of a whole one.
            return len(self) - (0 if self._asked is None else self.batches.start)

        def __getitem__(self, index):
            if self._asked is not None:
                index, self._asked = self._asked, self._asked + 1
            return self.batches.batch(self.batches.epoch, index)

        def __iter__(self):
            return iter(self.batches)

        def on_epoch_begin(self):
            self._asked = self.batches.start

        def on_epoch_end(self):
            if self._asked and self._asked >= len(self):
                self.batches.end_epoch(self.batches.epoch)
            self._asked = None

    return TrainingBatches, EvaluationBatches
