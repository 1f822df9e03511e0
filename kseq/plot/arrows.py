"""Ways of an arrow from box to box, and which boxes they cross."""

import numpy as np

BENDS = (0, 0.18, -0.18, 0.35, -0.35)  # how far a curve leaves the straight line, as a part of its length
WIDE = (0.55, -0.55)
COUNT = 161  # points along a way


def ways(start, end, rise=0.0):
    """Ways from `start` to `end`, each `(points, 2)`, the plainest first.

    Args:
        start, end: middles of two boxes.
        rise: how far below `end` an arrow from further down may turn to it: straight up between the boxes first.
    """
    start, end = np.array(start, float), np.array(end, float)
    found = [_bent(start, end, bend) for bend in BENDS]
    if end[1] - start[1] > rise > 0:
        corner = np.array([start[0], end[1] - rise])
        up = np.linspace(start, corner, COUNT // 2, endpoint=False)
        found.append(np.vstack([up, _curve(corner, (start[0], end[1]), end)]))
    return found + [_bent(start, end, bend) for bend in WIDE]


def is_straight(points):
    """Whether a way has no bend."""
    (dx, dy), (x, y) = points[-1] - points[0], (points - points[0]).T
    return np.allclose(x * dy, y * dx)


def inside(points, boxes, margin=0.03):
    """Which points `(count, 2)` lie in which boxes `(boxes, 4)`: left, bottom, right, top."""
    x, y = points[:, :1], points[:, 1:]
    across = (x > boxes[:, 0] - margin) & (x < boxes[:, 2] + margin)
    return across & (y > boxes[:, 1] - margin) & (y < boxes[:, 3] + margin)


def _bent(start, end, bend):
    dx, dy = end - start
    return _curve(start, (start + end) / 2 + bend * np.array([dy, -dx]), end)


def _curve(start, control, end):
    """A quadratic Bézier curve."""
    t = np.linspace(0, 1, COUNT)[:, None]
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * np.array(control) + t**2 * end
