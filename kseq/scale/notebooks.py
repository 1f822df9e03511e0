"""`pretty`: what a notebook shows of a result that is the last line of a cell: the text that `print` writes."""


def pretty(thing, printer, cycle):
    """Writes `str(thing)`; a class takes it as its `_repr_pretty_`, which IPython calls in place of `repr`.

    Args:
        thing: the object.
        printer: IPython's printer.
        cycle: whether it holds itself; nothing here does.
    """
    printer.text(str(thing))
