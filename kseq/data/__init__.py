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
        "next_word_dataset": ["NextWordDataset"],
        "next_words": ["load_next_words"],
        "reviews": ["DATASETS", "bundled_path", "load_reviews"],
        "sentence_pairs": ["load_sentence_pairs"],
        "series": ["load_series"],
        "series_dataset": ["SeriesDataset"],
        "subwords": ["SubwordVectorizer"],
        "tagged_sentences": ["load_tagged_sentences"],
        "text": ["load_text"],
        "text_dataset": ["TextDataset"],
        "text_words": ["SpacedWordVectorizer"],
        "trajectories": ["load_trajectories"],
        "tunes": ["load_tunes"],
        "word_vectors": ["WordVectors", "load_word_vectors"],
        "words": ["WordVectorizer"],
    },
)
