"""The published sizes, written down once, each with its source; and a few small ones for a laptop.

A size that contradicts another one in the same table is the one with which the published number of parameters comes
out; `note` says so.
"""

from kseq.scale.description import Architecture
from kseq.scale.published.architectures_decoders import DECODERS, LIKE_LLAMA
from kseq.scale.published.architectures_encoders import ENCODERS
from kseq.scale.published.models import UNPUBLISHED

GPT2 = "Radford et al. (2019), Language models are unsupervised multitask learners, and OpenAI's released weights"
GPT3 = "Brown et al. (2020), arXiv 2005.14165, tables 2.1 and D.1"
LLAMA1 = "Touvron et al. (2023), arXiv 2302.13971, table 2"
LLAMA2 = "Touvron et al. (2023), arXiv 2307.09288, and Meta's released weights"
LLAMA3 = "Grattafiori et al. (2024), arXiv 2407.21783, table 3, and Meta's released weights"
OURS = "kseq: made for this course"

M, B = 10**6, 10**9


def gpt(name, num_layers, embedding_dim, num_heads, published, source, context_length, note=""):
    """GPT-2 and GPT-3: one design, twelve sizes. GPT-2's dropout is that of its released configuration."""
    return Architecture(
        name=name,
        vocabulary_size=50257,
        context_length=context_length,
        num_layers=num_layers,
        num_heads=num_heads,
        embedding_dim=embedding_dim,
        dropout=0.1,
        published_parameters=published,
        source=source,
        note=f"{note} {GPT3_DROPOUT}".strip() if source == GPT3 else note,
    )


def llama(name, num_layers, embedding_dim, num_heads, groups, intermediate_dim, published, **changes):
    """LLaMA: RMS normalization, rotary positions, a gated feed-forward layer, no biases, nothing tied."""
    return Architecture(
        name=name,
        num_layers=num_layers,
        embedding_dim=embedding_dim,
        num_heads=num_heads,
        num_key_value_heads=groups,
        intermediate_dim=intermediate_dim,
        published_parameters=published,
        **LIKE_LLAMA,
        **changes,
    )


def teaching(name, num_layers, num_heads, embedding_dim, context_length):
    """A small GPT in today's form; its vocabulary is that of the text."""
    return Architecture(
        name=name,
        context_length=context_length,
        num_layers=num_layers,
        num_heads=num_heads,
        embedding_dim=embedding_dim,
        position="rotary",
        use_bias=False,
        source=OURS,
    )


V1 = {"vocabulary_size": 32_000, "context_length": 2048, "source": LLAMA1}
V2 = {"vocabulary_size": 32_000, "context_length": 4096, "source": LLAMA2}
V3 = {"vocabulary_size": 128_256, "context_length": 8192, "rotary_wavelength": 500_000, "source": LLAMA3}
V31 = {**V3, "context_length": 131_072}

GPT3_DROPOUT = "The paper names no dropout; GPT-2's 0.1 is taken, whose design it says to be the same."
GPT3_XL = "Table 2.1 prints 24 heads of width 128, which makes 3072, not the width of 2048 beside it: 16 heads do."
GPT3_13B = (
    "Table 2.1 prints a width of 5140, but 40 heads of 128 make 5120, and 5120 gives the 12,850 M of table D.1 "
    "to 0.03 % where 5140 misses it by 0.8 %."
)
GPT3_175B = "A course deck prints the width as 12,228; the paper has 12,288, which is 96 heads of 128."
LLAMA2_34B = "Its weights were not released; the sizes are those of Code Llama 34B, which was trained from it."

ARCHITECTURES = {
    one.name: one
    for one in (
        # layers, heads, width, context
        teaching("nano", 2, 2, 64, 32),
        teaching("tiny", 4, 4, 128, 64),
        teaching("mini", 6, 6, 384, 256),
        teaching("small", 8, 8, 512, 256),
        # layers, width, heads, parameters as published
        gpt("gpt2", 12, 768, 12, 124 * M, GPT2, 1024, "The paper prints 117M: its count was wrong, say its authors."),
        gpt("gpt2-medium", 24, 1024, 16, 355 * M, GPT2, 1024, "The paper prints 345M: its count was wrong."),
        gpt("gpt2-large", 36, 1280, 20, 774 * M, GPT2, 1024, "The paper prints 762M: its count was wrong."),
        gpt("gpt2-xl", 48, 1600, 25, 1558 * M, GPT2, 1024, "The paper prints 1542M: its count was wrong."),
        gpt("gpt3-small", 12, 768, 12, 125 * M, GPT3, 2048),
        gpt("gpt3-medium", 24, 1024, 16, 356 * M, GPT3, 2048, "Table 2.1 prints 350M, table D.1 356M."),
        gpt("gpt3-large", 24, 1536, 16, 760 * M, GPT3, 2048),
        gpt("gpt3-xl", 24, 2048, 16, 1320 * M, GPT3, 2048, GPT3_XL),
        gpt("gpt3-2.7b", 32, 2560, 32, 2650 * M, GPT3, 2048),
        gpt("gpt3-6.7b", 32, 4096, 32, 6660 * M, GPT3, 2048),
        gpt("gpt3-13b", 40, 5120, 40, 12_850 * M, GPT3, 2048, GPT3_13B),
        gpt("gpt3-175b", 96, 12_288, 96, 174_600 * M, GPT3, 2048, GPT3_175B),
        # layers, width, heads, heads of keys and values, feed-forward width, parameters as published
        llama("llama-7b", 32, 4096, 32, 32, 11_008, 6.7 * B, **V1),
        llama("llama-13b", 40, 5120, 40, 40, 13_824, 13.0 * B, **V1),
        llama("llama-33b", 60, 6656, 52, 52, 17_920, 32.5 * B, **V1),
        llama("llama-65b", 80, 8192, 64, 64, 22_016, 65.2 * B, **V1),
        llama("llama2-7b", 32, 4096, 32, 32, 11_008, 7 * B, **V2),
        llama("llama2-13b", 40, 5120, 40, 40, 13_824, 13 * B, **V2),
        llama("llama2-34b", 48, 8192, 64, 8, 22_016, 34 * B, **V2, note=LLAMA2_34B),
        llama("llama2-70b", 80, 8192, 64, 8, 28_672, 70 * B, **V2),
        llama("llama3-8b", 32, 4096, 32, 8, 14_336, 8 * B, **V3),
        llama("llama3-70b", 80, 8192, 64, 8, 28_672, 70 * B, **V3),
        llama("llama3.1-8b", 32, 4096, 32, 8, 14_336, 8 * B, **V31),
        llama("llama3.1-70b", 80, 8192, 64, 8, 28_672, 70 * B, **V31),
        llama("llama3.1-405b", 126, 16_384, 128, 8, 53_248, 405 * B, **V31),
        *ENCODERS,
        *DECODERS,
    )
}

ALIASES = {
    "gpt2-small": "gpt2",
    "gpt2-124m": "gpt2",
    "gpt2-355m": "gpt2-medium",
    "gpt2-774m": "gpt2-large",
    "gpt2-1.5b": "gpt2-xl",
    "gpt3": "gpt3-175b",
    "davinci": "gpt3-175b",
    "gpt3-125m": "gpt3-small",
    "gpt3-350m": "gpt3-medium",
    "gpt3-760m": "gpt3-large",
    "gpt3-1.3b": "gpt3-xl",
    "transformer": "transformer-base",
    "llama1-7b": "llama-7b",
    "llama1-13b": "llama-13b",
    "llama-30b": "llama-33b",
    "llama1-33b": "llama-33b",
    "llama1-65b": "llama-65b",
    "llama3.0-8b": "llama3-8b",
    "llama3.0-70b": "llama3-70b",
    "attention is all you need": "transformer-base",
    "chinchilla-70b": "chinchilla",
    "gopher-280b": "gopher",
    "opt": "opt-175b",
    "bloom": "bloom-176b",
    "neox": "gpt-neox-20b",
    "lamda": "lamda-137b",
    "palm": "palm-540b",
    "mistral": "mistral-7b",
    "megatron-1t": "megatron-1008b",
    "deepseek-llm-7b": "deepseek-7b",
    "deepseek-llm-67b": "deepseek-67b",
    "bert": "bert-base",
    "roberta": "roberta-base",
    "t5": "t5-base",
    "vit-base": "vit-b/16",
    "vit-large": "vit-l/16",
    "vit-huge": "vit-h/14",
    "vit": "vit-b/16",
    "dall-e-1": "dall-e",
}

__all__ = ["ALIASES", "ARCHITECTURES", "UNPUBLISHED"]
