"""kseq: the Keras toolkit for teaching sequence models.

>>> from kseq import load_reviews, build_sentiment_model

Each name below is imported when it is first used, so `import kseq` itself is instant and loads no TensorFlow.
"""

import os

import lazy_loader

__version__ = "0.1.0"

# TensorFlow prints pages while it starts. Its own switch turns them on again: TF_CPP_MIN_LOG_LEVEL=0.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["layers", "data", "tasks", "generation", "inspection", "plot", "scale", "scratch", "assignments"],
    submod_attrs={
        "layers": [
            "AdditiveAttention",
            "Bidirectional",
            "Dense",
            "DotProductAttention",
            "Embedding",
            "GRU",
            "LSTM",
            "MultiHeadAttention",
            "MultiplicativeAttention",
            "PositionEmbedding",
            "PositionalEncoding",
            "RotaryEmbedding",
            "SimpleRNN",
            "TransformerDecoder",
            "TransformerEncoder",
        ],
        "data": [
            "CharacterVectorizer",
            "Dataset",
            "SpacedWordVectorizer",
            "SubwordVectorizer",
            "TextDataset",
            "WordVectorizer",
            "WordVectors",
            "load_next_words",
            "load_reviews",
            "load_sentence_pairs",
            "load_series",
            "load_tagged_sentences",
            "load_text",
            "load_trajectories",
            "load_tunes",
            "load_word_vectors",
        ],
        "generation": ["generate"],
        "inspection": [
            "describe",
            "few_shot_curve",
            "gradient_flow",
            "memory_curve",
            "receptive_profile",
            "sense_separation",
            "trace",
            "unroll",
        ],
        "tasks": [
            "BitsPerCharacter",
            "Checkpoint",
            "Perplexity",
            "build_forecast_model",
            "build_gpt_model",
            "build_music_model",
            "build_next_word_model",
            "build_sentiment_model",
            "build_tagging_model",
            "build_text_model",
            "build_trajectory_model",
            "build_translation_model",
            "compare",
            "find_learning_rate",
            "load_model",
            "to_keras",
            "train",
            "warmup_cosine",
            "worst_examples",
        ],
    },
)
__all__ = [*__all__, "__version__"]
