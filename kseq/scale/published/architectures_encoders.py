"""Architectures that are no decoder of text: encoders (BERT), encoder and decoder (T5), images (ViT, DALL·E)."""

from kseq.scale.description import Architecture

ORIGINAL = "Vaswani et al. (2017), arXiv 1706.03762, table 3"
BERT = "Devlin et al. (2019), arXiv 1810.04805, section 3, and Google's released weights"
ROBERTA = "Liu et al. (2019), arXiv 1907.11692, and Meta's released weights"
T5 = "Raffel et al. (2020), arXiv 1910.10683, sections 2.1 and 3.7, and Google's released weights"
VIT = "Dosovitskiy et al. (2021), arXiv 2010.11929, table 1"
DALLE = "Ramesh et al. (2021), arXiv 2102.12092, section 2.3"

M, B = 10**6, 10**9


def original(name, embedding_dim, num_heads, intermediate_dim, dropout, published):
    """The Transformer that the others come from: encoder and decoder, normalization after each sublayer."""
    return Architecture(
        name=name,
        vocabulary_size=37_000,
        context_length=512,
        num_layers=6,
        num_encoder_layers=6,
        num_heads=num_heads,
        embedding_dim=embedding_dim,
        intermediate_dim=intermediate_dim,
        activation="relu",
        position="sine",
        norm_first=False,
        dropout=dropout,
        published_parameters=published,
        source=ORIGINAL,
        note="The paper gives the vocabulary as 'about 37000' and no context length (its sines have no end).",
    )


def encoder(name, num_layers, num_heads, embedding_dim, published, **sizes):
    """BERT and RoBERTa: an encoder alone, normalization after each sublayer and behind the embedding."""
    return Architecture(
        name=name,
        context_length=512,
        num_layers=num_layers,
        num_heads=num_heads,
        embedding_dim=embedding_dim,
        causal=False,
        norm_first=False,
        embedding_norm=True,
        pooler=True,
        dropout=0.1,
        published_parameters=published,
        **sizes,
    )


def t5(size, num_layers, num_heads, key_dim, embedding_dim, intermediate_dim, published, note=""):
    """T5: encoder and decoder, relative positions, no biases; the heads of the largest are wider than the model."""
    return Architecture(
        name=f"t5-{size}",
        vocabulary_size=32_128,
        context_length=512,
        num_layers=num_layers,
        num_encoder_layers=num_layers,
        num_heads=num_heads,
        key_dim=key_dim,
        embedding_dim=embedding_dim,
        intermediate_dim=intermediate_dim,
        activation="relu",
        position="relative",
        normalization="rms",
        use_bias=False,
        dropout=0.1,
        published_parameters=published,
        source=T5,
        note=note,
    )


def vit(name, patch, num_layers, num_heads, embedding_dim, published, image=224):
    """The Vision Transformer: patches of an image for words, one more for the class."""
    return Architecture(
        name=name,
        context_length=(image // patch) ** 2 + 1,
        num_layers=num_layers,
        num_heads=num_heads,
        embedding_dim=embedding_dim,
        causal=False,
        image_size=image,
        patch_size=patch,
        num_classes=1000,
        published_parameters=published,
        source=VIT,
        note="Counted at 224 pixels with ImageNet's 1000 classes.",
    )


BERT_LARGE = (
    "The paper prints 340M; the released weights are counted here. Table D.1 of the GPT-3 paper prints 355M, which is "
    "RoBERTa-Large's number."
)
DALLE_NOTE = (
    "256 text tokens of a vocabulary of 16,384 and 1024 image tokens of one of 8,192. Counted here: both vocabularies, "
    "tables for 256 places in the text and for 32 rows and 32 columns of the image. Its weights were not released."
)
T5_LARGE = "The paper prints 770M; the released weights are counted here."
OF_BERT = {"vocabulary_size": 30_522, "segments": 2, "source": BERT}
OF_ROBERTA = {"vocabulary_size": 50_265, "segments": 1, "position_rows": 514, "source": ROBERTA}

ENCODERS = (
    original("transformer-base", 512, 8, 2048, 0.1, 65 * M),
    original("transformer-big", 1024, 16, 4096, 0.3, 213 * M),
    # layers, heads, width
    encoder("bert-base", 12, 12, 768, 110 * M, **OF_BERT),
    encoder("bert-large", 24, 16, 1024, 340 * M, **OF_BERT, note=BERT_LARGE),
    encoder("roberta-base", 12, 12, 768, 125 * M, **OF_ROBERTA),
    encoder("roberta-large", 24, 16, 1024, 355 * M, **OF_ROBERTA),
    # layers of each stack, heads, width of a head, width, feed-forward width
    t5("small", 6, 8, 64, 512, 2048, 60 * M),
    t5("base", 12, 12, 64, 768, 3072, 220 * M),
    t5("large", 24, 16, 64, 1024, 4096, 770 * M, T5_LARGE),
    t5("3b", 24, 32, 128, 1024, 16_384, 2.8 * B),
    t5("11b", 24, 128, 128, 1024, 65_536, 11 * B),
    # pixels of a patch, layers, heads, width
    vit("vit-b/16", 16, 12, 12, 768, 86 * M),
    vit("vit-l/16", 16, 24, 16, 1024, 307 * M),
    vit("vit-h/14", 14, 32, 16, 1280, 632 * M),
    Architecture(
        name="dall-e",
        vocabulary_size=16_384 + 8192,
        context_length=256 + 1024,
        position_rows=256 + 32 + 32,
        num_layers=64,
        num_heads=62,
        embedding_dim=62 * 64,
        published_parameters=12 * B,
        source=DALLE,
        note=DALLE_NOTE,
    ),
)
