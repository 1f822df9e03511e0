"""The course's equations in plain NumPy, forward and backward, to be read aloud (rows R1–R8, G1, G2, G4).

Nothing here knows Keras or the rest of kseq. Start with `simple_rnn.py`: the equation stands above each line that
computes it. `recurrent.py` walks through time in both directions, for every cell.
"""

import lazy_loader

# No module is called like a name in it: whoever imports the module would hide the name.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "activations": ["ACTIVATIONS", "Activation", "find_activation", "sigmoid", "softmax"],
        "bidirectional": ["Bidirectional"],
        "checking": ["GradientCheck", "gradient_check"],
        "clipping": ["clip_by_global_norm", "clip_by_norm", "clip_by_value", "global_norm"],
        "dense": ["Dense"],
        "embedding": ["Embedding"],
        "gru": ["GRU"],
        "jacobians": ["state_jacobian"],
        "keras_weights": ["read_weights", "write_weights"],
        "losses": ["binary_cross_entropy", "mean_squared_error", "softmax_cross_entropy"],
        "lstm": ["LSTM"],
        "optimizers": ["SGD", "Adam"],
        "recurrent": ["Recurrent"],
        "runs": ["Back", "FlatRun", "Run"],
        "simple_rnn": ["SimpleRNN"],
        "stacked": ["Last", "Stacked"],
        "training": ["train"],
        "truncation": ["Chunk", "truncated_bptt"],
    },
)
