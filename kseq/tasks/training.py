"""Training as the command line and the comparisons do it: `fit`, stopped when validation stops improving."""

import keras

# Before so many batches a model has hardly begun: a small data set needs several epochs for them.
FIRST_BATCHES = 200


def train(model, dataset, epochs=20, patience=3, callbacks=(), verbose="auto"):
    """Fits a model on a dataset and keeps the weights of its best epoch.

    Args:
        model: A compiled model.
        dataset: A `Dataset`; `train` and `validation` are used, `test` is not touched.
        epochs: At most this many passes over the training split.
        patience: Passes without a higher validation accuracy after which training stops.
        callbacks: Further Keras callbacks.
        verbose: As in `fit`.

    Returns:
        The Keras `History`.
    """
    batches = dataset.train
    best = keras.callbacks.EarlyStopping(
        monitor="val_accuracy",
        mode="max",
        patience=patience,
        restore_best_weights=True,
        verbose=0 if verbose == 0 else 1,  # says which epoch's weights are kept
        start_from_epoch=min(FIRST_BATCHES // len(batches), epochs - 1),
    )
    return model.fit(
        batches,
        validation_data=dataset.validation,
        epochs=epochs,
        callbacks=[best, *callbacks],
        verbose=verbose,
    )
