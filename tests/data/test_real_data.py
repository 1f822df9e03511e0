"""Real files, where `KSEQ_REAL_DATA` says there are some."""

import time

import pytest

from kseq.data import load_reviews
from kseq.data.containment import PhraseIndex
from kseq.data.splits import text_key

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def sst(real_data):
    begin = time.process_time()
    dataset = load_reviews(real_data / "sentiment" / "SST-2")
    dataset.seconds = time.process_time() - begin
    return dataset


def test_nothing_is_lost_and_the_test_part_is_as_published(sst):
    assert len(sst.frame) == 60_614 + 6_735 + 872
    assert not sst.about.skipped
    assert len(sst.texts("test")) == 872
    assert sst.vectorizer.labels == ("negative", "positive")
    assert sst.texts("test")[0] == "it 's a charming and often affecting journey ."
    assert sst.seconds < 15


def test_no_validation_text_is_part_of_a_training_text(sst):
    index = PhraseIndex([text_key(text) for text in sst.texts("train")])
    validation = {text_key(text) for text in sst.texts("validation")}
    assert len(validation) > 4_000
    assert not any(index.contains(key) for key in validation)
    assert any(note.startswith("89% of the 6,735 validation texts occur inside") for note in sst.notes)


def test_few_cells_are_padding(sst):
    batches = sst.arrays("train")
    cells = sum(ids.size for ids, _, _ in batches)
    filled = sum(map(len, batches.rows))
    assert len(sst.bucket_lengths) <= 5
    assert filled / cells > 0.7


@pytest.mark.slow
def test_the_baseline_that_a_network_has_to_beat(sst):
    table = sst.baselines()
    assert 0.80 < table.accuracy["bag of 1–2-grams"] < 0.84
    assert table.accuracy["majority class"] < 0.52
