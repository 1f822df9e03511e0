"""Arrays in, matplotlib `Axes` out. This room knows nothing of Keras.

Every figure is legible in a lecture hall (12 points and more), to colour-blind eyes and in grey print.
"""

import lazy_loader

# No module is called like the function in it: whoever imports the module would hide the function.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "style": ["INK", "PALETTE"],
        "training": ["training_curves"],
        "heatmaps": ["gate_panels", "heatmap"],
        "attention_maps": ["attention_heads", "attention_map"],
        "attention_strip": ["attention_steps"],
        "alignments": ["translation_alignment"],
        "forecasts": ["forecast_fan"],
        "links": ["token_links"],
        "music": ["piano_roll"],
        "paths": ["ball_paths"],
        "tags": ["tag_strip"],
        "word_maps": ["word_map"],
        "position_maps": ["positional_encoding"],
        "learning": ["learning_rate_curve"],
        "senses": ["sense_separation", "sense_vectors"],
        "prompts": ["few_shot_curve"],
        "lengths": ["cost_against_length", "score_against_length"],
        "texts": ["colored_text"],
        "curves": ["gradient_norms", "memory_curve", "parameter_counts", "spectral_radius", "truncation_bias"],
        "profiles": ["receptive_profile"],
        "unrolled": ["unrolled_graph"],
        "scaling": ["scaling_frontier", "theory_against_length"],
        "budgets": ["memory_budget", "training_footprints"],
    },
)
