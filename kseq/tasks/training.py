"""Training as the command line and the comparisons do it: `fit`, stopped when validation stops improving."""

import keras


def train(model, dataset, epochs=20, patience=3, callbacks=(), verbose="auto"):
    """Fits a model on a dataset and keeps the weights of its best epoch.

    Args:
        model: A compiled model.
        dataset: A `Dataset`; `train` and `validation` are used, `test` is not touched.
        epochs: At most this many passes over the training split.
        patience: Passes without a lower validation loss after which training stops.
        callbacks: Further Keras callbacks.
        verbose: As in `fit`.

    Returns:
        The Keras `History`.
    """
    best = keras.callbacks.EarlyStopping(monitor="val_loss", patience=patience, restore_best_weights=True)
    return model.fit(
        dataset.train,
        validation_data=dataset.validation,
        epochs=epochs,
        callbacks=[best, *callbacks],
        verbose=verbose,
    )
