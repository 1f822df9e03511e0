"""Running a model without keeping anything for gradients."""

import contextlib

import keras


def without_gradients():
    """A context in which PyTorch keeps no graph; the other backends keep none anyway."""
    if keras.backend.backend() == "torch":
        import torch

        return torch.no_grad()
    return contextlib.nullcontext()
