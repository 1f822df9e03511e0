"""A ball in a box: given one picture, where will it go? Given its history of positions, where (S1)?"""

import numpy as np

TIME = 0.1  # between two positions
GRAVITY = 1.0
FASTEST = 0.8


def bouncing_balls(count, steps, gravity=False, noise=0.0, seed=0):
    """Positions of balls that fly through the unit square and bounce off its walls without loss.

        x(t) = fold(x_0 + v t)          fold: reflection into 0 … 1
        with gravity: y'' = -g between bounces

    Args:
        count: number of balls.
        steps: positions of each.
        gravity: whether the balls fall.
        noise: standard deviation of an error in each position that is seen.
        seed: fixes the numbers.

    Returns:
        Array `(count, steps, 2)`.
    """
    random = np.random.default_rng(seed)
    position = random.uniform(0.05, 0.95, (count, 2))
    angle, speed = random.uniform(0, 2 * np.pi, count), random.uniform(0.3, FASTEST, count)
    velocity = speed[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    found = np.zeros((count, steps, 2))
    fine = 20  # small steps, so that bounces come at the right moment
    for step in range(steps):
        found[:, step] = position
        for _ in range(fine):
            if gravity:
                velocity[:, 1] -= GRAVITY * TIME / fine
            position = position + velocity * TIME / fine
            outside = (position < 0) | (position > 1)
            velocity = np.where(outside, -velocity, velocity)
            position = np.where(position < 0, -position, np.where(position > 1, 2 - position, position))
    return found + noise * random.standard_normal(found.shape)
