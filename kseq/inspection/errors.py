"""One exception for everything that cannot be looked into, and help with misspelt names."""

import difflib


class InspectionError(ValueError):
    """Raised when a model, a layer or an input cannot be inspected.

    The message is a single line that names the layer or the argument, and says what can be done instead.
    """


def listed(names, limit=8):
    """`'a', 'b' and 3 more`: names for a message."""
    names = [repr(name) for name in names]
    if len(names) > limit:
        return f"{', '.join(names[:limit])} and {len(names) - limit} more"
    return ", ".join(names)


def unknown_name(argument, name, known):
    """The error for a name that is none of the known ones; near ones come first."""
    near = difflib.get_close_matches(str(name), known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
    return InspectionError(f"{hint[:1].upper()}{hint[1:]}Known: {listed(known)}. Received: {argument}={name!r}")


def no_such(kind, name, known, there="There are", argument=None):
    """The error for a name that is none of the known ones: "There is no recurrent layer 'x'. There are: …".

    Args:
        kind: what was looked for, such as `"recurrent layer"`.
        name: what the caller said.
        known: what there is.
        there: how the list begins.
        argument: the argument of that name, if it was one.
    """
    close = near(name, known)
    hint = f"Did you mean {' or '.join(map(repr, close))}? " if close else ""
    received = f". Received: {argument}={name!r}" if argument else ""
    return InspectionError(f"There is no {kind} {name!r}. {hint}{there}: {listed(known)}{received}")


def near(name, known, number=3):
    """The known names that look most like this one; small and capital letters make no difference."""
    by_lower = {}
    for one in known:
        by_lower.setdefault(str(one).lower(), []).append(one)
    close = difflib.get_close_matches(str(name).lower(), list(by_lower), n=number, cutoff=0.5)
    return [one for lower in close for one in by_lower[lower]][:number]


def one_line(error, limit=300):
    """The part of an exception's message that says something, on one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    # Keras puts "Exception encountered when calling …" in front and the arguments behind
    lines = [line for line in lines if not line.startswith(("Exception encountered", "\x1b[1mException"))] or lines
    text = next(iter(lines), type(error).__name__)
    if "Expected shape" in str(error):  # "Invalid input shape for input [[[1 1 …" comes before, with all the numbers
        text = " ".join(str(error)[str(error).index("Expected shape") :].split("\n")[0].split())
    return text.replace("\x1b[1m", "").replace("\x1b[0m", "")[:limit]
