"""Initializers that a seed fixes."""

import zlib

import keras


def seeded(identifier, seed):
    """The Keras initializer of that name with its own seed, if it takes one; an object stays as it is."""
    initializer = keras.initializers.get(identifier)
    if seed is None or not isinstance(identifier, str):
        return initializer
    config = initializer.get_config()
    return type(initializer).from_config({**config, "seed": seed}) if "seed" in config else initializer


def for_weight(initializer, seed, name):
    """A copy of an initializer for one of several weights.

    The same initializer object gives weights of the same shape the same values: queries and keys would begin as one
    and the same projection. The seed of the copy, if one is given, belongs to `name`.
    """
    config = initializer.get_config()
    if "seed" not in config:
        return initializer
    own = config["seed"] if config["seed"] is not None else seed
    return type(initializer).from_config({**config, "seed": derived_seed(own, name)})


def derived_seed(seed, name):
    """A seed for one part of a layer; `None` and Keras's seed generators stay as they are."""
    return zlib.crc32(f"{seed}/{name}".encode()) & 0x7FFFFFFF if isinstance(seed, int) else seed
