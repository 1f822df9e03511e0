"""CSV files of positions: `x` and `y` (and `z`), a column of time, one that says which track a row belongs to.

track,t,x,y
a,0,0.31,0.80
"""

import itertools

import numpy as np

from kseq.data.errors import DataError, counted
from kseq.data.series.cells import csv_numbers, csv_rows, is_value, read_numbers

AXES = (("x", "pos_x", "x_pos", "cx"), ("y", "pos_y", "y_pos", "cy"), ("z", "pos_z", "z_pos", "cz"))
TIMES = ("t", "time", "frame", "step", "timestamp", "second", "seconds")
TRACKS = ("track", "track_id", "trackid", "id", "object", "object_id", "ball", "particle", "name", "path")
DEGREES = ("lon", "lng", "long", "longitude", "lat", "latitude")
EVEN = 1e-3  # times may be rounded: so much of a step


def read_trajectories(path, columns=None, usual=()):
    """Reads a CSV file of positions.

    Args:
        path: the file.
        columns: names of the two or three columns that hold the positions; `None`: x and y (and z).
        usual: names that are taken in their place where the file has them: those that a model was trained on.

    Returns:
        `(tracks, notes)`: dictionary of name -> `(T, D)`, and remarks.

    Raises:
        DataError: file, line, what was expected and what was found.
    """
    text, notes = read_numbers(path)
    tracks, more = parse_trajectories(text, str(path), columns, usual)
    return tracks, notes + more


def parse_trajectories(text, where, columns=None, usual=()):
    """Like `read_trajectories`, from text that has been read already."""
    header, rows, delimiter = csv_rows(text, where)
    lower = [name.casefold() for name in header]
    if not columns and usual and all(name in header for name in usual):
        columns = usual
    if columns:
        absent = next((name for name in columns if name not in header), None)
        if absent is not None:
            raise DataError(f"{where}: line 1: expected a column {absent!r}, found {', '.join(map(repr, header))}")
        places = [header.index(name) for name in columns]
    else:
        places = [next((lower.index(n) for n in names if n in lower), None) for names in AXES]
    if places[0] is None and all(name.startswith("column ") for name in header) and len(header) in (2, 3):
        places = [len(header) - 2, len(header) - 1, None]  # no header: (t), x, y
        lower = ["t", *lower[1:]] if len(header) == 3 else lower
    if None in places[:2]:
        found = ", ".join(map(repr, header))
        raise DataError(f"{where}: line 1: expected columns x and y, found {found}{_other_names(header)}")
    places = [place for place in places if place is not None]
    time = next((n for name in TIMES if name in lower and (n := lower.index(name)) not in places), None)
    track = next((n for name in TRACKS if name in lower and (n := lower.index(name)) not in places), None)
    lines = [line for line, _ in rows]
    notes = []
    if track is None:
        track = _other_track(header, rows, {*places, time})
        notes += [] if track is None else [f"column {header[track]!r} taken as the names of the tracks"]

    named = [header[place] for place in (*places, time) if place is not None]
    cells = {name: [cells[header.index(name)] for _, cells in rows] for name in named}
    arrays, remarks = csv_numbers(cells, named, where, lines, delimiter)
    notes += remarks
    positions = np.stack([arrays[header[place]] for place in places], axis=1)
    times = None if time is None else arrays[header[time]]
    if any(lower[place] in DEGREES for place in places):
        notes.append(
            "ATTENTION: positions in degrees, and so are all errors; away from the equator a degree of longitude is "
            "shorter than one of latitude: metres would be better"
        )
    notes += [] if times is not None else ["no column of time: the rows of a track are one step apart"]
    aside = [name for place, name in enumerate(header) if place not in (*places, time, track)]
    if aside:
        notes.append(f"columns that are no positions, left aside: {', '.join(aside)}")
    groups = {}
    for row, (_, cells) in enumerate(rows):
        groups.setdefault("" if track is None else cells[track], []).append(row)
    if track is not None and "" in groups:
        raise DataError(f"{where}: line {lines[groups[''][0]]}: expected the name of a track, found an empty cell")
    step, tracks, missing, gaps = _step(times, groups, lines, where), {}, 0, 0
    for name, members in groups.items():
        members = np.array(members)
        good = ~np.isnan(positions[members]).any(axis=1)
        missing += int((~good).sum())
        cut = np.zeros(len(members), bool)
        if times is not None:
            cut[1:] = np.round(np.diff(times[members]) / step) > 1
            gaps += int(cut.sum())
        cut |= ~good
        pieces = [piece for piece in np.split(np.arange(len(members)), np.flatnonzero(cut)) if len(piece)]
        pieces = [piece[good[piece]] for piece in pieces]
        pieces = [piece for piece in pieces if len(piece)]
        for number, piece in enumerate(pieces, 1):
            label = name or "track"
            tracks[label if len(pieces) == 1 else f"{label} ({number})"] = positions[members[piece]]
    if missing:
        notes.append(f"{counted(missing, 'row')} without a position; the track is cut there")
    if gaps:
        notes.append(f"{counted(gaps, 'gap')} in time; the track is cut there")
    return tracks, notes


def _other_names(header):
    """For an error: which columns may have been meant, and how they are named."""
    lower = [name.casefold() for name in header]
    meant = [name for names in (DEGREES[:4], DEGREES[4:]) for name in names if name in lower]
    meant = [header[lower.index(name)] for name in meant]
    if len(meant) != 2:
        return "; columns=['east', 'north'] (`--column east --column north`) names others"
    shell = " ".join(f"--column {name}" for name in meant)
    return f"; columns={meant} (`{shell}`) takes these, in degrees, or rename them"


def _other_track(header, rows, taken):
    """The place of the first column of words, by whatever name, that repeat: one word for each path."""
    for place in range(len(header)):
        cells = [cells[place] for _, cells in rows]
        words = all(cell and not is_value(cell) for cell in cells)
        if place not in taken and words and 2 * len(set(cells)) <= len(cells):
            return place
    return None


def _step(times, groups, lines, where):
    """The time from one position to the next, the same in all tracks; times are checked."""
    if times is None:
        return 1.0
    if np.isnan(times).any():
        raise DataError(f"{where}: line {lines[int(np.argmax(np.isnan(times)))]}: expected a time, found none")
    steps = {}
    for members in groups.values():
        for a, b in itertools.pairwise(members):
            if times[b] <= times[a]:
                what = "again" if times[b] == times[a] else f"after {times[a]:g}"
                raise DataError(
                    f"{where}: line {lines[b]}: expected ascending times in each track, found {times[b]:g} {what} "
                    "(a column named 'track' says which path a row is of)"
                )
            steps.setdefault(round(times[b] - times[a], 9), []).append(b)
    if not steps:
        return 1.0
    usual = max(steps, key=lambda size: len(steps[size]))
    for size, found in steps.items():
        if abs(size / usual - round(size / usual)) > EVEN or round(size / usual) < 1:
            raise DataError(
                f"{where}: line {lines[found[0]]}: expected times a constant distance apart (here {usual:g}, or "
                f"several where positions are missing), found {size:g}"
            )
    return usual
