"""What models are made of: Keras layers, some of them faster on a CPU than Keras's own, and two of Keras as they are.

>>> from kseq.layers import LSTM, Bidirectional, Dense, Embedding
"""

from kseq.backend.quiet import import_keras

import_keras()  # before the first `import keras` of this room, so that TensorFlow starts silently

from keras.layers import Dense, Embedding

from kseq.layers.attention import AdditiveAttention, DotProductAttention, MultiplicativeAttention
from kseq.layers.bidirectional import Bidirectional
from kseq.layers.multi_head_attention import MultiHeadAttention
from kseq.layers.positions import PositionalEncoding, PositionEmbedding
from kseq.layers.recurrent import GRU, LSTM, SimpleRNN
from kseq.layers.rotary import RotaryEmbedding
from kseq.layers.transformer_decoder import TransformerDecoder
from kseq.layers.transformer_encoder import TransformerEncoder
from kseq.layers.truncated import TruncatedBPTT

__all__ = [
    "GRU",
    "LSTM",
    "AdditiveAttention",
    "Bidirectional",
    "Dense",
    "DotProductAttention",
    "Embedding",
    "MultiHeadAttention",
    "MultiplicativeAttention",
    "PositionEmbedding",
    "PositionalEncoding",
    "RotaryEmbedding",
    "SimpleRNN",
    "TransformerDecoder",
    "TransformerEncoder",
    "TruncatedBPTT",
]
