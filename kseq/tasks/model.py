"""What the models of all tasks have in common: they carry their vectorizer."""

import keras

from kseq.data import CharacterVectorizer, SpacedWordVectorizer, SubwordVectorizer, WordVectorizer

# The vectorizers are plain Python and know nothing of Keras; whoever saves or loads a model comes by here.
for _class in (WordVectorizer, SpacedWordVectorizer, SubwordVectorizer, CharacterVectorizer):
    keras.saving.register_keras_serializable(package="kseq")(_class)


class TaskModel(keras.Model):
    """A compiled `keras.Model` that knows how its numbers were made from raw input.

    `fit`, `evaluate`, `predict`, `summary` and `save` are Keras's own. A subclass adds its task's one verb.
    There is no `__init__`: the class must stay constructible the way Keras constructs a functional model, or
    cloning and loading would lose the vectorizer.
    """

    monitor, monitor_mode = "val_accuracy", "max"  # the score that `train` watches, and which way is up

    @property
    def vectorizer(self):
        """The vectorizer the model was built with, or `None` if it was built from a plain size."""
        carriers = (layer for layer in self.layers if getattr(layer, "vectorizer", None) is not None)
        return next((layer.vectorizer for layer in carriers), None)

    def measures(self, dataset):
        """Callbacks that put scores of the validation split, such as `monitor`, into the logs of each epoch."""
        return []

    def scores(self, dataset, split="test"):
        """How good the model is on a split, in the terms of `dataset.baselines(split)`.

        Args:
            dataset: A dataset of the kind that the model was trained on.
            split: `"train"`, `"validation"` or `"test"`.

        Returns:
            Dictionary of score -> number.
        """
        scores = self.evaluate(dataset.batches(split), return_dict=True, verbose=0)
        return {"accuracy": scores["accuracy"]}

    def _require_vectorizer(self, verb):
        if self.vectorizer is None:
            raise ValueError(
                f"`{verb}` needs raw text turned into ids, but this model was built from a plain size and has no "
                "vectorizer. Build it with `dataset.vectorizer` as the first argument, or call `predict` on ids."
            )
        return self.vectorizer

    def get_compile_config(self):
        """As Keras's, but without a backend's private optimizer class.

        On PyTorch Keras stores `keras.src.backend.torch.optimizers…`, a file that no other backend could load.
        """
        config = super().get_compile_config()
        optimizer = config.get("optimizer")
        if isinstance(optimizer, dict) and str(optimizer.get("module", "")).startswith("keras.src.backend"):
            optimizer["module"] = "keras.optimizers"
            optimizer["registered_name"] = None
        return config
