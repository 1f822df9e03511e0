"""Raw files -> tables -> numbers -> batches: loaders, vectorizers, length buckets, synthetic generators.

Importing this room loads neither Keras nor pandas: each name below is imported when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["synthetic"],
    submod_attrs={
        "characters": ["CharacterVectorizer"],
        "dataset": ["Dataset"],
        "errors": ["DataError"],
        "reviews": ["DATASETS", "bundled_path", "load_reviews"],
        "subwords": ["SubwordVectorizer"],
        "text": ["load_text"],
        "text_dataset": ["TextDataset"],
        "text_words": ["SpacedWordVectorizer"],
        "words": ["WordVectorizer"],
    },
)
