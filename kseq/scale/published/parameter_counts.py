"""Numbers of parameters as they were printed, or as files of released weights hold them."""

M, B = 10**6, 10**9

GPT2_FILES = "OpenAI's released weights of GPT-2, counted"
GPT2_PAPER = "Radford et al. (2019), Language models are unsupervised multitask learners, table 2"
NANOGPT = "karpathy/nanoGPT, model.py with bias=False"
GPT3_SIZES = "Brown et al. (2020), arXiv 2005.14165, table 2.1"
GPT3_COMPUTE = "Brown et al. (2020), arXiv 2005.14165, table D.1"
LLAMA_FILES = "Meta's released weights, counted"
# a cause that two tables share
T5_LARGE = "The released weights share one table for input and output; with one more it would be 770.6M."

# name -> the exact number, in the file or where its makers print all digits
EXACT_GPT2 = {
    "gpt2": 124_439_808,
    "gpt2-medium": 354_823_168,
    "gpt2-large": 774_030_080,
    "gpt2-xl": 1_557_611_200,
}
NANOGPT_WITHOUT_BIASES = 124_337_664
EXACT_LLAMA = {
    "llama-7b": 6_738_415_616,
    "llama-13b": 13_015_864_320,
    "llama-33b": 32_528_943_616,
    "llama-65b": 65_285_660_672,
    "llama2-70b": 68_976_648_192,
    "llama3-8b": 8_030_261_248,
    "llama3-70b": 70_553_706_496,
    "llama3.1-405b": 405_853_388_800,
}
EXACT_OTHERS = {
    "bert-base": 109_482_240,
    "bert-large": 335_141_888,
    "roberta-base": 124_645_632,
    "roberta-large": 355_359_744,
    "t5-small": 60_506_624,
    "t5-base": 222_903_552,
    "t5-large": 737_668_096,
    "t5-3b": 2_851_598_336,
    "t5-11b": 11_307_321_344,
    "vit-b/16": 86_567_656,
    "vit-l/16": 304_326_632,
    "vit-h/14": 632_045_800,
    "bloom-176b": 176_247_271_424,
    "gpt-neox-20b": 20_554_567_680,
    "mistral-7b": 7_241_732_096,
    "gemma-2b": 2_506_172_416,
    "gemma-7b": 8_537_680_896,
}

# name -> (as printed, half of the last digit that is printed)
PRINTED_GPT2 = {
    "gpt2": (117 * M, M / 2),
    "gpt2-medium": (345 * M, M / 2),
    "gpt2-large": (762 * M, M / 2),
    "gpt2-xl": (1542 * M, M / 2),
}
PRINTED_GPT3 = {
    "gpt3-small": (125 * M, M / 2),
    "gpt3-medium": (350 * M, M / 2),
    "gpt3-large": (760 * M, M / 2),
    "gpt3-xl": (1.3 * B, B / 20),
    "gpt3-2.7b": (2.7 * B, B / 20),
    "gpt3-6.7b": (6.7 * B, B / 20),
    "gpt3-13b": (13.0 * B, B / 20),
    "gpt3-175b": (175.0 * B, B / 2),
}
PRINTED_D1 = {
    "t5-small": (60 * M, 5 * M),
    "t5-base": (220 * M, 5 * M),
    "t5-large": (770 * M, 5 * M),
    "t5-3b": (3000 * M, B / 2),
    "t5-11b": (11_000 * M, B / 2),
    "bert-base": (109 * M, M / 2),
    "bert-large": (355 * M, M / 2),
    "roberta-base": (125 * M, M / 2),
    "roberta-large": (355 * M, M / 2),
    "gpt3-small": (125 * M, M / 2),
    "gpt3-medium": (356 * M, M / 2),
    "gpt3-large": (760 * M, M / 2),
    "gpt3-xl": (1320 * M, 5 * M),
    "gpt3-2.7b": (2650 * M, 5 * M),
    "gpt3-6.7b": (6660 * M, 5 * M),
    "gpt3-13b": (12_850 * M, 5 * M),
    "gpt3-175b": (174_600 * M, 50 * M),
}
PRINTED_LLAMA = {
    "llama-7b": (6.7 * B, B / 20),
    "llama-13b": (13.0 * B, B / 20),
    "llama-33b": (32.5 * B, B / 20),
    "llama-65b": (65.2 * B, B / 20),
    "llama2-7b": (7 * B, B / 2),
    "llama2-13b": (13 * B, B / 2),
    "llama2-34b": (34 * B, B / 2),
    "llama2-70b": (70 * B, B / 2),
    "llama3-8b": (8 * B, B / 2),
    "llama3-70b": (70 * B, B / 2),
    "llama3.1-405b": (405 * B, B / 2),
}
PRINTED_OTHERS = {
    "transformer-base": (65 * M, M / 2),
    "transformer-big": (213 * M, M / 2),
    "bert-base": (110 * M, 5 * M),
    "bert-large": (340 * M, 5 * M),
    "roberta-base": (125 * M, M / 2),
    "roberta-large": (355 * M, M / 2),
    "t5-small": (60 * M, 5 * M),
    "t5-base": (220 * M, 5 * M),
    "t5-large": (770 * M, 5 * M),
    "t5-3b": (2.8 * B, B / 20),
    "t5-11b": (11 * B, B / 2),
    "vit-b/16": (86 * M, M / 2),
    "vit-l/16": (307 * M, M / 2),
    "vit-h/14": (632 * M, M / 2),
    "dall-e": (12 * B, B / 2),
    "chinchilla": (70 * B, B / 2),
    "gopher": (280 * B, B / 2),
    "opt-175b": (175 * B, B / 2),
    "bloom-176b": (176_247 * M, M / 2),
    "lamda-137b": (137 * B, B / 2),
    "palm-8b": (8.63 * B, B / 200),
    "palm-62b": (62.50 * B, B / 200),
    "palm-540b": (540.35 * B, B / 200),
    "falcon-7b": (7 * B, B / 2),
    "falcon-40b": (40 * B, B / 2),
    "falcon-180b": (180 * B, B / 2),
    "mistral-7b": (7 * B, B / 2),
    "deepseek-7b": (7 * B, B / 2),
    "deepseek-67b": (67 * B, B / 2),
}
