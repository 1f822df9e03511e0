"""Initializers that a seed fixes."""

import keras


def seeded(identifier, seed):
    """The Keras initializer of that name with its own seed, if it takes one; an object stays as it is."""
    initializer = keras.initializers.get(identifier)
    if seed is None or not isinstance(identifier, str):
        return initializer
    config = initializer.get_config()
    return type(initializer).from_config({**config, "seed": seed}) if "seed" in config else initializer
