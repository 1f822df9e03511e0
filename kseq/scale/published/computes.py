"""Tables of FLOPs and training times that papers printed, figure by figure."""

from collections import namedtuple

GPT3_D1 = "Brown et al. (2020), arXiv 2005.14165, table D.1"
MEGATRON_1 = "Narayanan et al. (2021), arXiv 2104.04473, table 1"
MEGATRON_2 = "Narayanan et al. (2021), arXiv 2104.04473, table 2"
MEGATRON_TEXT = "Narayanan et al. (2021), arXiv 2104.04473, section 5.1"
NANOGPT = "Karpathy, nanoGPT, transformer_sizing.ipynb"
LLAMA1 = "Touvron et al. (2023), arXiv 2302.13971, section 2.4"
LLAMA31 = "Grattafiori et al. (2024), arXiv 2407.21783, section 3.2"
LAMDA = "Thoppilan et al. (2022), arXiv 2201.08239, section 10"
PATTERSON = "Patterson et al. (2021), arXiv 2104.10350, table 4"

# FLOPs are `fwd` for each active parameter and token, `passes` times (backward counts two), for the share `active`.
TableD1 = namedtuple("TableD1", "row name pf_days flops millions billion_tokens passes fwd active")
TABLE_D1 = (
    TableD1("T5-Small", "t5-small", 2.08e00, 1.80e20, 60, 1000, 3, 1 * 2, 0.5),
    TableD1("T5-Base", "t5-base", 7.64e00, 6.60e20, 220, 1000, 3, 1 * 2, 0.5),
    TableD1("T5-Large", "t5-large", 2.67e01, 2.31e21, 770, 1000, 3, 1 * 2, 0.5),
    TableD1("T5-3B", "t5-3b", 1.04e02, 9.00e21, 3000, 1000, 3, 1 * 2, 0.5),
    TableD1("T5-11B", "t5-11b", 3.82e02, 3.30e22, 11000, 1000, 3, 1 * 2, 0.5),
    TableD1("BERT-Base", "bert-base", 1.89e00, 1.64e20, 109, 250, 3, 2, 1.0),
    TableD1("BERT-Large", "bert-large", 6.16e00, 5.33e20, 355, 250, 3, 2, 1.0),
    TableD1("RoBERTa-Base", "roberta-base", 1.74e01, 1.50e21, 125, 2000, 3, 2, 1.0),
    TableD1("RoBERTa-Large", "roberta-large", 4.93e01, 4.26e21, 355, 2000, 3, 2, 1.0),
    TableD1("GPT-3 Small", "gpt3-small", 2.60e00, 2.25e20, 125, 300, 3, 2, 1.0),
    TableD1("GPT-3 Medium", "gpt3-medium", 7.42e00, 6.41e20, 356, 300, 3, 2, 1.0),
    TableD1("GPT-3 Large", "gpt3-large", 1.58e01, 1.37e21, 760, 300, 3, 2, 1.0),
    TableD1("GPT-3 XL", "gpt3-xl", 2.75e01, 2.38e21, 1320, 300, 3, 2, 1.0),
    TableD1("GPT-3 2.7B", "gpt3-2.7b", 5.52e01, 4.77e21, 2650, 300, 3, 2, 1.0),
    TableD1("GPT-3 6.7B", "gpt3-6.7b", 1.39e02, 1.20e22, 6660, 300, 3, 2, 1.0),
    TableD1("GPT-3 13B", "gpt3-13b", 2.68e02, 2.31e22, 12850, 300, 3, 2, 1.0),
    TableD1("GPT-3 175B", "gpt3-175b", 3.64e03, 3.14e23, 174600, 300, 3, 2, 1.0),
)

# All with 51,200 words, 2,048 tokens, and recomputation; A100-80GB, peak 312 TFLOP/s. B: sequences of a step.
Megatron1 = namedtuple("Megatron1", "name billions tensor pipeline gpus batch teraflops percent petaflops")
MEGATRON_TABLE_1 = (
    Megatron1("megatron-1.7b", 1.7, 1, 1, 32, 512, 137, 44, 4.4),
    Megatron1("megatron-3.6b", 3.6, 2, 1, 64, 512, 138, 44, 8.8),
    Megatron1("megatron-7.5b", 7.5, 4, 1, 128, 512, 142, 46, 18.2),
    Megatron1("megatron-18.4b", 18.4, 8, 1, 256, 1024, 135, 43, 34.6),
    Megatron1("megatron-39.1b", 39.1, 8, 2, 512, 1536, 138, 44, 70.8),
    Megatron1("megatron-76.1b", 76.1, 8, 4, 1024, 1792, 140, 45, 143.8),
    Megatron1("megatron-145.6b", 145.6, 8, 8, 1536, 2304, 148, 47, 227.1),
    Megatron1("megatron-310.1b", 310.1, 8, 16, 1920, 2160, 155, 50, 297.4),
    Megatron1("megatron-529.6b", 529.6, 8, 35, 2520, 2520, 163, 52, 410.2),
    Megatron1("megatron-1008b", 1008.0, 8, 64, 3072, 3072, 163, 52, 502.0),
)

# Days for 300 billion tokens, by pipeline, tensor and data parallelism.
Megatron2 = namedtuple("Megatron2", "name billions gpus teraflops days")
MEGATRON_TABLE_2 = (
    Megatron2("gpt3-175b", 174.6, 384, 153, 84),
    Megatron2("gpt3-175b", 174.6, 768, 149, 43),
    Megatron2("gpt3-175b", 174.6, 1536, 141, 23),
    Megatron2("megatron-529.6b", 529.6, 560, 171, 156),
    Megatron2("megatron-529.6b", 529.6, 1120, 167, 80),
)

# GPU hours as LLaMA's table 15 has them; tokens of its table 2; what another calculator says of those hours, in per
# cent, at half of an A100's peak.
LLM_ANALYSIS = "llm-analysis, README, on the GPU hours of Touvron et al. (2023), arXiv 2302.13971, table 15"
Llama1 = namedtuple("Llama1", "name hours tokens percent")
LLAMA_TABLE_15 = (
    Llama1("llama-7b", 82_432, 1.0e12, -5.58),
    Llama1("llama-13b", 135_168, 1.0e12, +9.53),
    Llama1("llama-33b", 530_432, 1.4e12, -3.81),
    Llama1("llama-65b", 1_022_362, 1.4e12, -0.65),
)
