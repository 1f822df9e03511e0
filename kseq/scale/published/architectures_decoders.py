"""Decoders beside GPT and LLaMA: DeepMind's, Google's, and those whose weights were given away."""

from kseq.scale.description import Architecture

CHINCHILLA = "Hoffmann et al. (2022), arXiv 2203.15556, table 4"
GOPHER = "Rae et al. (2021), arXiv 2112.11446, table 1"
MEGATRON = "Narayanan et al. (2021), arXiv 2104.04473, table 1"
OPT = "Zhang et al. (2022), arXiv 2205.01068, table 1, and Meta's released weights"
BLOOM = "Le Scao et al. (2022), arXiv 2211.05100, table 3, and BigScience's released weights"
PALM = "Chowdhery et al. (2022), arXiv 2204.02311, table 1"
LAMDA = "Thoppilan et al. (2022), arXiv 2201.08239, section 4"
FALCON = "Almazrouei et al. (2023), arXiv 2311.16867, and TII's released weights"
MISTRAL = "Jiang et al. (2023), arXiv 2310.06825, table 1"
DEEPSEEK = "DeepSeek-AI (2024), arXiv 2401.02954, table 2, and its released weights"
NEOX = "Black et al. (2022), arXiv 2204.06745, and EleutherAI's released weights"
GEMMA = "Gemma Team (2024), arXiv 2403.08295, table 1, and Google's released weights"

M, B = 10**6, 10**9
LIKE_LLAMA = {
    "activation": "silu",
    "gated": True,
    "position": "rotary",
    "normalization": "rms",
    "use_bias": False,
    "tied_embeddings": False,
}


def deepmind(name, num_heads, embedding_dim, published, source):
    """Gopher and Chinchilla: GPT-2's form with RMS normalization and the relative positions of Transformer-XL."""
    return Architecture(
        name=name,
        vocabulary_size=32_000,
        context_length=2048,
        num_layers=80,
        num_heads=num_heads,
        key_dim=128,
        embedding_dim=embedding_dim,
        position="transformer-xl",
        normalization="rms",
        published_parameters=published,
        source=source,
        note="The paper does not say which biases there are and whether the output is tied: GPT-2's form is taken. "
        "The matrices of the relative positions are what brings the count to the printed number.",
    )


def megatron(billions, num_heads, embedding_dim, num_layers):
    """The ten sizes of table 1: GPT-2's form, a vocabulary of 51,200, Megatron-LM's dropout (arXiv 1909.08053)."""
    return Architecture(
        name=f"megatron-{billions:g}b",
        vocabulary_size=51_200,
        context_length=2048,
        num_layers=num_layers,
        num_heads=num_heads,
        embedding_dim=embedding_dim,
        dropout=0.1,
        published_parameters=billions * B,
        source=MEGATRON,
        note="The table prints 1.7; its own formula gives 1.65." if billions == 1.7 else "",
    )


def palm(name, num_layers, num_heads, embedding_dim, published):
    """PaLM: heads of 256 with one head of keys and values, no biases, attention and feed-forward side by side."""
    return Architecture(
        name=name,
        vocabulary_size=256_000,
        context_length=2048,
        num_layers=num_layers,
        num_heads=num_heads,
        num_key_value_heads=1,
        key_dim=256,
        embedding_dim=embedding_dim,
        activation="silu",
        gated=True,
        position="rotary",
        use_bias=False,
        norms_per_block=1,
        published_parameters=published,
        source=PALM,
    )


def falcon(name, num_layers, num_heads, groups, embedding_dim, norms, published):
    """Falcon: heads of 64 in few groups, normalizations with biases and nothing else with them."""
    return Architecture(
        name=name,
        vocabulary_size=65_024,
        context_length=2048,
        num_layers=num_layers,
        num_heads=num_heads,
        num_key_value_heads=groups,
        embedding_dim=embedding_dim,
        position="rotary",
        use_bias=False,
        norm_bias=True,
        norms_per_block=norms,
        published_parameters=published,
        source=FALCON,
    )


def gemma(name, num_layers, num_heads, groups, embedding_dim, intermediate_dim, published, note=""):
    """Gemma: heads of 256 whatever the width, a gated feed-forward layer, everything tied."""
    return Architecture(
        **{**LIKE_LLAMA, "activation": "gelu", "tied_embeddings": True},
        name=name,
        vocabulary_size=256_000,
        context_length=8192,
        num_layers=num_layers,
        num_heads=num_heads,
        num_key_value_heads=groups,
        key_dim=256,
        embedding_dim=embedding_dim,
        intermediate_dim=intermediate_dim,
        published_parameters=published,
        source=GEMMA,
        note=note,
    )


def like_llama(name, num_layers, num_heads, groups, embedding_dim, intermediate_dim, published, **sizes):
    """LLaMA's form, of other makers."""
    return Architecture(
        **LIKE_LLAMA,
        name=name,
        num_layers=num_layers,
        num_heads=num_heads,
        num_key_value_heads=groups,
        embedding_dim=embedding_dim,
        intermediate_dim=intermediate_dim,
        published_parameters=published,
        **sizes,
    )


def like_gpt(name, num_layers, num_heads, embedding_dim, published, **sizes):
    """GPT-2's form, of other makers."""
    return Architecture(
        name=name,
        context_length=2048,
        num_layers=num_layers,
        num_heads=num_heads,
        embedding_dim=embedding_dim,
        published_parameters=published,
        **sizes,
    )


OF_DEEPSEEK = {"vocabulary_size": 102_400, "context_length": 4096, "source": DEEPSEEK}
OF_MISTRAL = {"vocabulary_size": 32_000, "context_length": 8192, "attention_window": 4096, "source": MISTRAL}
OF_OPT = {"vocabulary_size": 50_272, "position_rows": 2050, "activation": "relu", "dropout": 0.1, "source": OPT}
OF_BLOOM = {"vocabulary_size": 250_880, "position": "alibi", "embedding_norm": True, "source": BLOOM}
OF_NEOX = {"vocabulary_size": 50_432, "position": "rotary", "tied_embeddings": False, "source": NEOX}
OF_LAMDA = {"key_dim": 128, "intermediate_dim": 65_536, "position": "relative", "use_bias": False, "source": LAMDA}

DECODERS = (
    deepmind("chinchilla", 64, 8192, 70 * B, CHINCHILLA),
    deepmind("gopher", 128, 16_384, 280 * B, GOPHER),
    # billions, heads, width, layers
    megatron(1.7, 24, 2304, 24),
    megatron(3.6, 32, 3072, 30),
    megatron(7.5, 32, 4096, 36),
    megatron(18.4, 48, 6144, 40),
    megatron(39.1, 64, 8192, 48),
    megatron(76.1, 80, 10_240, 60),
    megatron(145.6, 96, 12_288, 80),
    megatron(310.1, 128, 16_384, 96),
    megatron(529.6, 128, 20_480, 105),
    megatron(1008, 160, 25_600, 128),
    # layers, heads, width
    like_gpt("opt-175b", 96, 96, 12_288, 175 * B, **OF_OPT),
    like_gpt("bloom-176b", 70, 112, 14_336, 176_247 * M, **OF_BLOOM),
    like_gpt("gpt-neox-20b", 44, 64, 6144, 20_554_567_680, **OF_NEOX),
    like_gpt("lamda-137b", 64, 128, 8192, 137 * B, vocabulary_size=32_000, gated=True, **OF_LAMDA),
    palm("palm-8b", 32, 16, 4096, 8.63 * B),
    palm("palm-62b", 64, 32, 8192, 62.5 * B),
    palm("palm-540b", 118, 48, 18_432, 540.35 * B),
    # layers, heads, heads of keys and values, width
    falcon("falcon-7b", 32, 71, 1, 4544, 1, 7 * B),
    falcon("falcon-40b", 60, 128, 8, 8192, 2, 40 * B),
    falcon("falcon-180b", 80, 232, 8, 14_848, 2, 180 * B),
    like_llama("mistral-7b", 32, 32, 8, 4096, 14_336, 7 * B, **OF_MISTRAL),
    like_llama("deepseek-7b", 30, 32, 32, 4096, 11_008, 7 * B, **OF_DEEPSEEK),
    like_llama("deepseek-67b", 95, 64, 8, 8192, 22_016, 67 * B, **OF_DEEPSEEK),
    gemma("gemma-2b", 18, 8, 1, 2048, 16_384, 2_506_172_416),
    gemma("gemma-7b", 28, 16, 16, 3072, 24_576, 8_537_680_896, "'7B' does not count the embedding."),
)
