"""The bouncing ball: where will it be next? One picture does not tell, its history does."""

import numpy as np

from kseq.data.synthetic.checks import check_flag, check_integer, check_number
from kseq.data.synthetic.guesses import mean_target
from kseq.data.synthetic.task import SyntheticTask

SPEEDS = (0.02, 0.1)  # of the ball at first, in widths of the box per step
BURN_IN = 5  # steps before the first one that is shown


def bouncing_ball(length=10, size=8192, seed=0, batch_size=32, *, history=True, gravity=0.0, noise=0.0):
    """Given where the ball was, where will it be (course row S1)?

    A ball moves in a box that reaches from 0 to 1 in both directions and is thrown back by its walls without loss.
    Shown are `length` positions, one per step; asked is the next one. With `history=False` only the last of these
    positions is shown, of the very same balls: what is missing then is the direction.

    Args:
        length: number of positions in the history, 2 or more.
        size: training examples; validation and test have an eighth of them each.
        seed: fixes all examples; the same with and without history.
        batch_size: examples in a batch.
        history: whether all `length` positions are shown or the last one only.
        gravity: how much the upward speed falls at each step, from 0 to 0.05; 0.005 can be seen well.
        noise: standard deviation of the error of the positions shown (not of the one asked), from 0 to 0.5. A shown
            position is never outside of the box.

    Returns:
        A `SyntheticTask`. Input `(batch_size, length, 2)`, or `(batch_size, 1, 2)` without history: x to the right
        and y upwards; target `(batch_size, 2)`; a linear output; mean squared error.
    """
    check_integer("length", length, 2, "one position has no direction; `history=False` shows only one")
    check_flag("history", history)
    check_number("gravity", gravity, 0, 0.05)
    check_number("noise", noise, 0, 0.5)

    def draw(random, count):
        path = trajectories(random, count, BURN_IN + length + 1, gravity)[:, BURN_IN:]
        shown = np.clip(path[:, :-1] + noise * random.normal(size=(count, length, 2)), 0, 1)
        return shown.astype("float32"), path[:, -1].astype("float32")

    def encode(shown, following):
        return (shown if history else shown[:, -1:]), following

    def readable(shown, following):
        last, following = shown[:, -1], following
        return {"x": last[:, 0], "y": last[:, 1], "next x": following[:, 0], "next y": following[:, 1]}

    guesses = {"middle of the training targets": mean_target, "constant position": lambda x, y: x[:, -1]}
    if history:
        guesses["constant velocity"] = lambda x, y: 2 * x[:, -1] - x[:, -2]

    def half_of_the_naive(task):
        return 0.5 * float(task.baselines("validation")["mse"].min())

    return SyntheticTask(
        "bouncing ball",
        about="Where is the ball next" + (f", given {length} positions?" if history else ", given one position?"),
        draw=draw,
        encode=encode,
        readable=readable,
        guesses=guesses,
        output=(2, "linear"),
        loss="mse",
        metric="mse",
        solved=half_of_the_naive,
        reason="half the error of the best naive guess (on the validation split)",
        length=length,
        size=size,
        seed=seed,
        batch_size=batch_size,
    )


def trajectories(random, count, steps, gravity=0.0):
    """Positions of balls in a box, `(count, steps, 2)`, all within [0, 1]; the energy of each stays the same."""
    position = random.random((count, 2))
    angle, speed = random.uniform(0, 2 * np.pi, count), random.uniform(*SPEEDS, count)
    velocity = np.stack([np.cos(angle), np.sin(angle)], axis=1) * speed[:, None]
    energy = velocity[:, 1] ** 2 / 2 + gravity * position[:, 1]
    path = np.empty((count, steps, 2))
    for step in range(steps):
        path[:, step] = position
        position = position + velocity
        position[:, 1] -= gravity / 2
        velocity[:, 1] -= gravity
        # a wall mirrors what would lie behind it
        while (outside := (position < 0) | (position > 1)).any():
            position = np.where(position < 0, -position, np.where(position > 1, 2 - position, position))
            velocity = np.where(outside, -velocity, velocity)
        # with gravity, mirroring lifts the ball a little; its speed makes up for it, or it would get ever faster
        upward = np.sqrt(np.maximum(0, 2 * (energy - gravity * position[:, 1])))
        velocity[:, 1] = np.copysign(upward, velocity[:, 1])
    return path
