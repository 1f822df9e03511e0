"""Positions over time: the balls obey their walls; files are read or refused with a line; whole tracks are held out."""

import numpy as np
import pytest

from kseq.data import load_trajectories
from kseq.data.errors import DataError
from kseq.data.trajectories.ball import TIME, bouncing_balls
from kseq.data.trajectories.files import parse_trajectories


def test_balls_stay_in_their_box_and_keep_their_speed():
    paths = bouncing_balls(50, 80, seed=1)
    assert paths.shape == (50, 80, 2)
    assert paths.min() >= 0 and paths.max() <= 1
    speeds = np.linalg.norm(np.diff(paths, axis=1), axis=-1) / TIME
    fastest = np.quantile(speeds, 0.9, axis=1)
    free = np.isclose(speeds, fastest[:, None], rtol=1e-6)  # between bounces nothing changes the speed
    assert free.mean() > 0.7
    assert (speeds <= fastest[:, None] * (1 + 1e-6)).all()
    np.testing.assert_array_equal(paths, bouncing_balls(50, 80, seed=1))


def test_gravity_pulls_down():
    free, falling = bouncing_balls(1, 3, seed=0), bouncing_balls(1, 3, gravity=True, seed=0)
    assert falling[0, 2, 1] < free[0, 2, 1]
    assert falling[0, 2, 0] == free[0, 2, 0]


def test_whole_tracks_are_held_out():
    balls = load_trajectories(count=20, steps=20)
    names = {split: {name for name, _, _ in balls.parts[split]} for split in balls.parts}
    assert {split: len(found) for split, found in names.items()} == {"train": 14, "validation": 3, "test": 3}
    assert not names["train"] & names["test"] and not names["train"] & names["validation"]
    assert len(balls.frame) == 400
    assert "20 tracks in 2 dimensions" in balls.describe()


def test_few_tracks_are_cut_in_time(tmp_path):
    t = np.arange(100)
    path = tmp_path / "one.csv"
    path.write_text("t,x,y\n" + "".join(f"{n},{n},{2 * n}\n" for n in t))
    one = load_trajectories(path, context_length=4, horizon=2)
    assert one.windows("train").truth.max() < 2 * 70
    assert one.windows("test").truth[:, 0, 0].min() == 85
    assert one.windows("test").inputs.shape == (14, 4, 2)  # what is read may lie before
    assert one.baselines().error["constant velocity"] == pytest.approx(0)
    assert one.baselines().error["constant position"] == pytest.approx(1.5 * 5**0.5)


def test_tracks_are_cut_where_positions_or_times_are_missing():
    text = "id,t,x,y\na,0,0,0\na,1,1,1\na,2,,\na,3,3,3\nb,0,5,5\nb,4,6,6\nb,5,7,7\n"
    tracks, notes = parse_trajectories(text, "f.csv")
    assert {name: len(path) for name, path in tracks.items()} == {"a (1)": 2, "a (2)": 1, "b (1)": 1, "b (2)": 2}
    assert any("1 row without a position" in note for note in notes)
    assert any("1 gap in time" in note for note in notes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n1,2\n", "f.csv: line 1: expected columns x and y, found 'a', 'b'"),
        ("t,x,y\n0,1,2\n1,1\n", "f.csv: line 3: expected 3 cells, found 2"),
        ("t,x,y\n0,1,2\n1,up,2\n2,1,1\n", "f.csv: line 3: expected a number in the column 'x', found 'up'"),
        ("t,x,y\n0,1,2\n0,1,2\n", "f.csv: line 3: expected ascending times in each track, found 0 again"),
        ("t,x,y\n1,1,2\n0,1,2\n", "f.csv: line 3: expected ascending times in each track, found 0 after 1"),
        ("t,x,y\n0,1,2\n1,1,2\n2,1,2\n2.5,1,2\n", "f.csv: line 5: expected times a constant distance apart (here 1"),
        ("t,x,y,id\n0,1,2,a\n1,1,2,\n", "f.csv: line 3: expected the name of a track, found an empty cell"),
    ],
)
def test_bad_files_are_refused_with_the_line(text, expected):
    with pytest.raises(DataError) as error:
        parse_trajectories(text, "f.csv")
    assert str(error.value).startswith(expected)


def test_names_and_lengths():
    with pytest.raises(DataError, match="did you mean 'ball'"):
        load_trajectories("bal")
    with pytest.raises(DataError, match="expected tracks of 13 or more positions"):
        load_trajectories(steps=10)


def test_tracks_by_another_name_and_one_track_alone(tmp_path):
    path = tmp_path / "who.csv"
    path.write_text("who,t,x,y\n" + "".join(f"{who},{t},{t},{t}\n" for who in "ab" for t in range(40)))
    paths = load_trajectories(path)
    assert "who: 2 tracks" in str(paths.describe()) and "column 'who' taken as the names" in str(paths.describe())
    path.write_text("t,x,y\n" + "".join(f"{t},{t},{t}\n" for t in range(80)))
    assert "1 track in" in str(load_trajectories(path).describe())
    assert "the one track was cut in time" in str(load_trajectories(path).describe())
    path.write_text("7,0,1,2\n".join(["k,t,x,y\n", ""]) * 1 + "8,0,1,2\n")
    with pytest.raises(DataError, match="a column named 'track' says which path"):
        load_trajectories(path)


def walk(path, header="t,x,y", steps=80, start=0):
    path.write_text(header + "\n" + "".join(f"{t},{t * 0.5 + start},{t}\n" for t in range(steps)))
    return path


def test_splits_with_nothing_in_them_are_pointed_out_and_not_scored(tmp_path):
    paths = load_trajectories(walk(tmp_path / "short.csv", steps=20), context_length=4)
    for split in ("validation", "test"):
        assert f"ATTENTION: nothing for {split}: horizon=5" in str(paths.describe())
    with pytest.raises(ValueError, match=r"The test split of 'short' is empty: .*horizon=5.*Received: 3 positions"):
        paths.baselines()
    with pytest.raises(ValueError, match="is empty"):
        _ = paths.test
    assert paths.validation is None
    chosen = load_trajectories(walk(tmp_path / "all.csv"), test_fraction=0)
    assert "ATTENTION: nothing for test; no score" in str(chosen.describe())


def test_columns_by_another_name(tmp_path):
    path = walk(tmp_path / "gps.csv", "time,lon,lat")
    with pytest.raises(DataError, match=r"found 'time', 'lon', 'lat'; columns=\['lon', 'lat'\] \(`--column lon --col"):
        load_trajectories(path)
    paths = load_trajectories(path, columns=["lon", "lat"])
    assert paths.paths("train")[0][1].tolist() == [0.5, 1]
    assert any("positions in degrees" in note for note in paths.notes)
    again = type(paths.vectorizer).from_config(paths.vectorizer.get_config())
    assert len(load_trajectories(path, vectorizer=again).windows("test"))  # a model knows its columns
    assert len(load_trajectories(walk(tmp_path / "xy.csv"), vectorizer=again).windows("test"))
    with pytest.raises(DataError, match="expected a column 'east', found 'time', 'lon', 'lat'"):
        load_trajectories(path, columns=["east", "lat"])
    with pytest.raises(ValueError, match=r"two or three columns\. Received: columns='lon'"):
        load_trajectories(path, columns="lon")
