"""What the experiments of this room (`memory_curve`, `sense_separation`, `few_shot_curve`) ask of their arguments."""

from kseq.inspection.errors import InspectionError


def is_integer(value):
    """Whether it is a Python integer and no truth value."""
    return isinstance(value, int) and not isinstance(value, bool)


def as_list(value):
    """A list of what was given, one or several."""
    return [value] if isinstance(value, (str, int, float)) else list(value)


def list_of_seeds(seeds):
    """The seeds 0, 1, … of a number of seeds, or those of a list; refuses anything else."""
    found = list(range(seeds)) if is_integer(seeds) else as_list(seeds)
    if not found or not all(is_integer(seed) and seed >= 0 for seed in found):
        raise InspectionError(f"`seeds` must be a positive integer or a list of seeds. Received: seeds={seeds!r}")
    return found


def check_positive_integers(arguments):
    """Refuses a dictionary of arguments of which one is no integer from 1 on."""
    for argument, value in arguments.items():
        if not is_integer(value) or value < 1:
            raise InspectionError(f"`{argument}` must be a positive integer. Received: {argument}={value!r}")
