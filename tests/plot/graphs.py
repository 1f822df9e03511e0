"""Unrolled graphs made by hand, without Keras: what `kseq.plot.unrolled_graph` may be given."""

from types import SimpleNamespace as Record


def bidirectional(steps, tokens=None):
    """Many-to-many: inputs, a layer in both directions, one output per step."""
    rows = [
        Record(kind="input", name="words", cell="", direction="", timeline=0),
        Record(kind="state", name="bi/forward", cell="LSTM", direction="forward", timeline=0),
        Record(kind="state", name="bi/backward", cell="LSTM", direction="backward", timeline=0),
        Record(kind="output", name="tags", cell="Dense", direction="", timeline=0),
    ]
    symbols = "xhhy"
    nodes = [
        Record(id=row * steps + t, kind=rows[row].kind, row=row, step=t, label=f"{symbols[row]}{t + 1}")
        for row in range(4)
        for t in range(steps)
    ]
    for node, token in zip(nodes, tokens or [], strict=False):
        node.label = token
    edges = []
    for t in range(steps):
        x, there, back, y = (row * steps + t for row in range(4))
        edges += [Record(source=a, target=b, kind="up") for a, b in ((x, there), (x, back), (there, y), (back, y))]
        if t:
            edges.append(Record(source=there - 1, target=there, kind="time"))
            edges.append(Record(source=back, target=back - 1, kind="time"))
    return Record(
        nodes=nodes, edges=edges, rows=rows, timelines={0: steps}, shape="many-to-many, synchronised",
        traits=("recurrent", "bidirectional"),
    )  # fmt: skip


def stacked_ends(steps):
    """Many-to-one: y reads the last state of each direction; that of the forward layer lies below the backward one."""
    record = bidirectional(steps)
    record.rows[3].timeline = None
    record.nodes[3 * steps :] = [Record(id=3 * steps, kind="output", row=3, step=None, label="y")]
    record.edges = [edge for edge in record.edges if edge.target < 3 * steps]
    for node in (2 * steps - 1, 2 * steps):
        record.edges.append(Record(source=node, target=3 * steps, kind="up"))
    return record


def encoder_decoder(source, target):
    """Many-to-many, unsynchronised: the encoder's last state is the decoder's first; attention looks back."""
    parts = [  # kind, name, cell, timeline, steps
        ("input", "source", "", 0, source),
        ("state", "encoder", "GRU", 0, source),
        ("input", "target", "", 1, target),
        ("state", "decoder", "GRU", 1, target),
        ("attention", "attention", "Attention", 1, target),
        ("output", "words", "Dense", 1, target),
    ]
    rows = [
        Record(kind=k, name=n, cell=c, direction="forward" if k == "state" else "", timeline=t)
        for k, n, c, t, _ in parts
    ]
    nodes, of = [], []
    for row, (kind, _, _, _, steps) in enumerate(parts):
        of.append([len(nodes) + t for t in range(steps)])
        nodes += [
            Record(id=of[row][t], kind=kind, row=row, step=t, label="xhxhay"[row] + str(t + 1)) for t in range(steps)
        ]
    pairs = [
        (a, b, "up") for low, high in ((0, 1), (2, 3), (3, 4), (4, 5)) for a, b in zip(of[low], of[high], strict=True)
    ]
    pairs += [(a, b, "time") for row in (1, 3) for a, b in zip(of[row], of[row][1:], strict=False)]
    pairs += [(of[1][-1], of[3][0], "state")] + [(a, b, "attention") for a in of[1] for b in of[4]]
    edges = [Record(source=a, target=b, kind=kind) for a, b, kind in pairs]
    return Record(nodes=nodes, edges=edges, rows=rows, timelines={0: source, 1: target},
                  shape="many-to-many, unsynchronised", traits=("recurrent",))  # fmt: skip


def pooled(steps):
    """Many-to-one through a mean over all steps."""
    rows = [
        Record(kind="input", name="words", cell="", direction="", timeline=0),
        Record(kind="state", name="lstm", cell="LSTM", direction="forward", timeline=0),
        Record(kind="pool", name="mean", cell="mean", direction="", timeline=None),
        Record(kind="output", name="probability", cell="Dense", direction="", timeline=None),
    ]
    nodes = [Record(id=t, kind="input", row=0, step=t, label=f"x{t + 1}") for t in range(steps)]
    nodes += [Record(id=steps + t, kind="state", row=1, step=t, label=f"h{t + 1}") for t in range(steps)]
    nodes += [Record(id=2 * steps, kind="pool", row=2, step=None, label="mean")]
    nodes += [Record(id=2 * steps + 1, kind="output", row=3, step=None, label="y")]
    edges = [Record(source=t, target=steps + t, kind="up") for t in range(steps)]
    edges += [Record(source=steps + t - 1, target=steps + t, kind="time") for t in range(1, steps)]
    edges += [Record(source=steps + t, target=2 * steps, kind="pool") for t in range(steps)]
    edges += [Record(source=2 * steps, target=2 * steps + 1, kind="up")]
    return Record(nodes=nodes, edges=edges, rows=rows, timelines={0: steps}, shape="many-to-one", traits=("recurrent",))
