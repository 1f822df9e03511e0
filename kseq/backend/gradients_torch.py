"""`kseq.backend.gradients` on PyTorch: autograd."""

import numpy as np


def value_and_gradients(function, arrays):
    import torch
    from keras import ops

    with torch.enable_grad():
        tensors = [ops.convert_to_tensor(a).detach().clone().requires_grad_() for a in arrays]
        value = function(*tensors)
    numbers = value.reshape(-1)
    each = [_gradients(number, tensors) for number in numbers]
    return _array(value), [np.stack([_array(d) for d in ds]) for ds in zip(*each, strict=True)]


def _gradients(number, tensors):
    import torch

    if not number.requires_grad:  # nothing led here
        return [torch.zeros_like(t) for t in tensors]
    found = torch.autograd.grad(number, tensors, retain_graph=True, allow_unused=True)
    return [torch.zeros_like(t) if d is None else d for t, d in zip(tensors, found, strict=True)]


def _array(tensor):
    import torch

    tensor = tensor.detach().cpu()
    return (tensor.float() if tensor.dtype in (torch.bfloat16, torch.float16) else tensor).numpy()


def _tensor(array):
    import torch

    return torch.as_tensor(np.asarray(array, order="C"))  # PyTorch knows no negative strides


def numpy_function(forward, backward, tensors):
    import torch

    first = tensors[0]
    dtypes = [t.dtype for t in tensors]

    class Call(torch.autograd.Function):
        @staticmethod
        def forward(context, *tensors):
            outputs = forward(*(_array(t) for t in tensors))
            return tuple(_tensor(y).to(first.device, first.dtype) for y in outputs)

        @staticmethod
        def backward(context, *upstream):
            gradients = backward(*(_array(d) for d in upstream))
            return tuple(_tensor(d).to(first.device, t) for d, t in zip(gradients, dtypes, strict=True))

    return Call.apply(*tensors)
