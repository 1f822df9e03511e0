"""`SplitDataset`: what the datasets of all tasks have in common: three splits that go straight into `fit`."""


class SplitDataset:
    """Data in a training, a validation and a test split.

    A dataset of a task says how many examples a split has (`_count`) and makes its batches as NumPy arrays (`arrays`).
    """

    name = "data"

    @property
    def train(self):
        """Batches for `fit`, in another order in each epoch; each use of this property begins with the same epoch."""
        return self.batches("train")

    @property
    def validation(self):
        """Batches for `fit(validation_data=…)`; `None` if nothing was held out."""
        return self.batches("validation") if self._count("validation") else None

    @property
    def test(self):
        """Batches for `evaluate`."""
        return self.batches("test")

    def batches(self, split, **settings):
        """What `fit` and `evaluate` take: the batches of `arrays`, of the same shapes and with the same settings.

        Args:
            split: `"train"`, `"validation"` or `"test"`.
            **settings: such as `batch_size` and `seed`, in the place of the dataset's own.

        Raises:
            ValueError: The split is empty, or there is none of this name.
        """
        from kseq.data.keras_batches import keras_batches

        return keras_batches(self.arrays(split, **settings))

    def _count(self, split):
        raise NotImplementedError

    def _check_not_empty(self, split):
        if not self._count(split):
            raise ValueError(f"The {split} split of {self.name!r} is empty")
