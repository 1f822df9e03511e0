"""What `model.fit` and `model.evaluate` take: `Batches` in the form that suits the current Keras backend."""

import functools


def keras_batches(batches):
    """`batches` as a `tf.data.Dataset` on the TensorFlow backend, as a `keras.utils.PyDataset` elsewhere.

    Either has the attributes `texts` and `labels` (ids), in the order of the frame, and `batches`, whose `epoch` and
    `start` say where the next epoch begins.
    """
    from kseq.backend.quiet import import_keras

    keras = import_keras()
    if keras.backend.backend() == "tensorflow":
        from kseq.backend.batches_tensorflow import tensorflow_batches

        result = tensorflow_batches(batches)
    else:
        result = _py_dataset_class()(batches)
    result.texts, result.labels, result.batches = batches.texts, batches.labels, batches
    return result


@functools.cache
def _py_dataset_class():
    import keras

    class BucketedBatches(keras.utils.PyDataset):
        """Hands `Batches` to Keras.

        `fit` asks for the batches in an order drawn from Python's global random numbers. Inside an epoch this
        class hands them out in its own order instead, so that the seed of the dataset alone fixes it.
        """

        def __init__(self, batches):
            super().__init__(workers=1)
            self.batches = batches
            self._plans, self._asked, self._start = batches.next_epoch(), None, 0
            batches.epoch = 0  # that was only a look at the first epoch

        def __len__(self):
            return len(self.batches) - (self._start if self._asked is not None else 0)

        def __getitem__(self, index):
            if self._asked is not None:
                index, self._asked = self._asked, self._asked + 1
            return self.batches.batch(self._plans[index])

        def __iter__(self):
            return iter(self.batches)

        def on_epoch_begin(self):
            self._start, self.batches.start = self.batches.start, 0
            self._plans, self._asked = self.batches.next_epoch(), self._start

        def on_epoch_end(self):
            self._asked = None

    return BucketedBatches
