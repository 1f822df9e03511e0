"""A plain loop that trains: forward, loss, back, clip, update."""


def train(model, x, targets, loss, optimizer, steps, clip=None, mask=None):
    """Trains on the same batch again and again.

    Args:
        model: anything with `parameters`, `forward` and `backward`: a cell, `Stacked`, `Bidirectional`.
        x: what `model.forward` reads.
        targets: what `loss` compares the outputs with.
        loss: function `(outputs, targets)` -> `(loss, d_outputs)`.
        optimizer: `SGD(…)` or `Adam(…)`.
        steps: how many times.
        clip: function of the gradients, such as `lambda g: clip_by_global_norm(g, 1.0)`.
        mask: passed to the model and to the loss where it is given.

    Returns:
        The list of losses, one per step, each from before its update.
    """
    masks = {} if mask is None else {"mask": mask}
    losses = []
    for _ in range(steps):
        run = model.forward(x, **masks)
        value, d_outputs = loss(run.outputs, targets, **masks)
        gradients = model.backward(run, d_outputs).gradients
        if clip is not None:
            gradients = clip(gradients)
        optimizer.update(model.parameters, gradients)
        losses.append(value)
    return losses
