"""Many small programs are compiled here and each runs once: on JAX the compiler need not try hard."""

import keras

if keras.backend.backend() == "jax":
    import jax

    jax.config.update("jax_disable_most_optimizations", True)
