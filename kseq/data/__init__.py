"""Raw files -> tables -> numbers -> batches: loaders, vectorizers, length buckets, synthetic generators.

Importing this room loads neither Keras nor pandas: each name below is imported when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["synthetic"],
    submod_attrs={
        "aligned_batches": ["AlignedBatches"],
        "characters": ["CharacterVectorizer"],
        "dataset": ["Dataset"],
        "errors": ["DataError"],
        "texts.next_word_dataset": ["NextWordDataset"],
        "texts.next_words": ["load_next_words"],
        "reviews": ["DATASETS", "bundled_path", "load_reviews"],
        "pairs.loader": ["load_sentence_pairs"],
        "series.loader": ["load_series"],
        "series.dataset": ["SeriesDataset"],
        "subwords": ["SubwordVectorizer"],
        "tagged.loader": ["load_tagged_sentences"],
        "texts.loader": ["load_text"],
        "texts.dataset": ["TextDataset"],
        "texts.spaced_words": ["SpacedWordVectorizer"],
        "trajectories.loader": ["load_trajectories"],
        "tunes.loader": ["load_tunes"],
        "word_vectors": ["WordVectors", "load_word_vectors"],
        "words": ["WordVectorizer"],
    },
)
