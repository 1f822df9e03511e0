"""One file per task: `build_<task>_model` and the model class with that task's one verb.

Beside them what every task shares: saving, comparing, sharing as plain Keras, looking at the worst examples.
"""

import lazy_loader

from kseq.backend.quiet import import_keras

import_keras()

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "checkpoints": ["Checkpoint"],
        "comparing": ["compare"],
        "forecast": ["ForecastModel", "build_forecast_model"],
        "gpt": ["build_gpt_model"],
        "learning_rates": ["find_learning_rate"],
        "metrics": ["BitsPerCharacter", "Perplexity"],
        "music": ["MusicModel", "build_music_model"],
        "next_word": ["NextWordModel", "build_next_word_model"],
        "plain_keras": ["to_keras"],
        "saving": ["ModelFileError", "load_model"],
        "schedules": ["warmup_cosine"],
        "sentiment": ["SentimentModel", "build_sentiment_model"],
        "step_loss": ["StepLoss"],
        "tagging": ["TaggingModel", "build_tagging_model"],
        "text": ["TextModel", "build_text_model"],
        "training": ["train"],
        "trajectory": ["TrajectoryModel", "build_trajectory_model"],
        "translation": ["TranslationModel", "build_translation_model"],
        "worst": ["worst_examples"],
    },
)
