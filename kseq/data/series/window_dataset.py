"""`WindowDataset`: what series and paths have in common: a split is a number of windows, and a batch some of them."""

from kseq.data.series.windows import WindowBatches
from kseq.data.split_dataset import SplitDataset


class WindowDataset(SplitDataset):
    """Data in three splits of windows; a subclass makes the `windows` of a split."""

    def _count(self, split):
        return len(self.windows(split))

    def arrays(self, split, *, batch_size=None, seed=None):
        """The batches of a split as NumPy arrays, without Keras: `kseq.data.series.windows.WindowBatches`."""
        self._check_not_empty(split)
        return WindowBatches(
            self.windows(split),
            batch_size=batch_size or self.batch_size,
            shuffle=split == "train",
            seed=self.seed if seed is None else seed,
        )
