"""Agreement at a distance (Q6): "The animal didn't cross the street because it was too tired / too wide"."""

import pytest

from kseq import build_translation_model, load_sentence_pairs
from kseq.data.pairs.grammar import agreements, right_pronouns


@pytest.mark.slow
def test_attention_finds_the_noun_that_one_vector_loses():
    """Held-out pairs of nouns, each once with an adjective for the one and once for the other: guessing has 50 %."""
    pairs = load_sentence_pairs("grammar", max_pairs=4_000)
    agreed = agreements(pairs)
    right = {}
    for architecture in ("attention", "seq2seq"):
        model = build_translation_model(
            pairs.vectorizer, architecture=architecture, embedding_dim=64, units=128, dropout=0.1, seed=0
        )
        model.fit(pairs.train, epochs=10, verbose=0)
        right[architecture] = right_pronouns(model.translate([one.source for one in agreed], beam=1), agreed)
    assert right["attention"] >= 0.95
    assert right["seq2seq"] < right["attention"] - 0.15
