"""The argument `steps`: which positions of the input are wanted."""

import numpy as np

from kseq.inspection.errors import InspectionError


def positions_of(steps, length, name):
    """The argument `steps` as a list of positions from 0 to `length - 1`, or `None` for all of them."""
    if steps is None:
        return None
    if isinstance(steps, slice):
        chosen = list(range(length)[steps])
    elif isinstance(steps, int | np.integer):
        chosen = [int(steps)]
    else:
        chosen = list(np.asarray(steps).ravel()) if isinstance(steps, list | tuple | range | np.ndarray) else None
    if chosen is None or not all(isinstance(p, int | np.integer) for p in chosen):
        raise InspectionError(f"`steps` must be a slice, a range or a list of positions. Received: steps={steps!r}")
    outside = [int(p) for p in chosen if not -length <= p < length]
    if outside or not chosen:
        raise InspectionError(
            f"The input of the layer {name!r} has the steps 0 … {length - 1}. Received: steps={outside or steps!r}"
        )
    return [int(p) % length for p in chosen]
