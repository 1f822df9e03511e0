"""Curves of arrows, and which boxes they cross."""

import numpy as np


def curve(start, end, bend):
    """A quadratic Bézier curve `(3, 2)`; `bend` is how far it leaves the straight line, as a part of its length."""
    start, end = np.array(start), np.array(end)
    (dx, dy) = end - start
    return np.array([start, (start + end) / 2 + bend * np.array([dy, -dx]), end])


def points_of(line, count=161):
    """Points along a curve, `(count, 2)`."""
    t = np.linspace(0, 1, count)[:, None]
    return (1 - t) ** 2 * line[0] + 2 * t * (1 - t) * line[1] + t**2 * line[2]


def inside(points, boxes, margin=0.03):
    """Which points `(count, 2)` lie in which boxes `(boxes, 4)`: left, bottom, right, top."""
    x, y = points[:, :1], points[:, 1:]
    across = (x > boxes[:, 0] - margin) & (x < boxes[:, 2] + margin)
    return across & (y > boxes[:, 1] - margin) & (y < boxes[:, 3] + margin)
