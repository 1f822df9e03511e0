"""The course's equations in plain NumPy, forward and backward, to be read aloud.

Nothing here knows Keras or the rest of kseq. The equation stands above each line that computes it.

Recurrent networks (rows R1–R8, G1, G2, G4): start with `simple_rnn.py`; `recurrent.py` walks through time in both
directions, for every cell.

Attention and the Transformer (rows Q3, Q4, X3, X4, X6–X8): start with `attention.py`, a few lines each. Then
`attention_scores.py` (dot product, additive, multiplicative), `positions.py`, `multi_head_attention.py`,
`layer_normalization.py`, `feed_forward.py`, and the blocks made of these. Every matrix on the way has a name:
`print(run)` lists them, `run["weights"]` is one, and `back["weights"]` its gradient. A mask is True where a query may
attend to a key; a query with nothing to attend to gets the weights 0.
"""

import lazy_loader

# No module is called like a name in it: whoever imports the module would hide the name.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "activations": ["ACTIVATIONS", "Activation", "find_activation", "sigmoid", "softmax"],
        "attention": [
            "attend",
            "attend_back",
            "scaled_dot_product_attention",
            "scaled_dot_product_attention_back",
        ],
        "attention_scores": ["AdditiveAttention", "DotProductAttention", "MultiplicativeAttention"],
        "bidirectional": ["Bidirectional"],
        "checking": ["GradientCheck", "gradient_check"],
        "clipping": ["clip_by_global_norm", "clip_by_norm", "clip_by_value", "global_norm"],
        "dense": ["Dense"],
        "embedding": ["Embedding"],
        "feed_forward": ["FeedForward"],
        "gru": ["GRU"],
        "jacobians": ["state_jacobian"],
        "keras_weights": ["read_weights", "write_weights"],
        "layer_normalization": ["LayerNormalization"],
        "losses": ["binary_cross_entropy", "mean_squared_error", "softmax_cross_entropy"],
        "lstm": ["LSTM"],
        "masking": ["causal_mask", "masked_softmax"],
        "matrices": ["MatrixBack", "MatrixRun"],
        "multi_head_attention": ["MultiHeadAttention"],
        "optimizers": ["SGD", "Adam"],
        "positions": [
            "PositionEmbedding",
            "PositionalEncoding",
            "RotaryEmbedding",
            "positional_encoding",
            "rotate",
            "rotate_back",
        ],
        "recurrent": ["Recurrent"],
        "runs": ["Back", "FlatRun", "Run"],
        "simple_rnn": ["SimpleRNN"],
        "stacked": ["Last", "Stacked"],
        "training": ["train"],
        "transformer_decoder": ["TransformerDecoder"],
        "transformer_encoder": ["TransformerEncoder"],
        "truncation": ["Chunk", "truncated_bptt"],
    },
)
