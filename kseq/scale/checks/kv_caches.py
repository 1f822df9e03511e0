"""Keys and values that are kept, against papers and a table that many people read."""

from kseq.scale.caches import kv_cache
from kseq.scale.checks.check import Check
from kseq.scale.quantity import derive

GIB, TIB = 2**30, 2**40
PER_TOKEN = "2·L·G·k·2 bytes, Pope et al. (2022), arXiv 2211.05102; sizes of the papers and the released config.json"
VLLM = "Kwon et al. (2023), vLLM, arXiv 2309.06180, section 3"
POPE = "Pope et al. (2022), arXiv 2211.05102, section 1"
FLEXGEN = "Sheng et al. (2023), FlexGen, arXiv 2303.06865, section 3"
MISTRAL = "Jiang et al. (2023), Mistral 7B, arXiv 2310.06825, section 2, rolling buffer cache"
LLAMA31 = "Hugging Face (2024), Llama 3.1, huggingface.co/blog/llama31, inference memory requirements"

# bytes of a token in 16 bits
TOKENS = {
    "gpt3-175b": 4_718_592,
    "llama-7b": 524_288,
    "llama-13b": 819_200,
    "llama2-70b": 327_680,
    "llama3-8b": 131_072,
    "llama3.1-405b": 516_096,
}
# sizes in a paper that has no name for them
OPT_13B = {"name": "opt-13b", "num_layers": 40, "num_heads": 40, "embedding_dim": 5120, "context_length": 2048}
MULTIHEAD_540B = {
    "name": "PaLM 540B with one key for each head", "num_layers": 118, "num_heads": 48, "embedding_dim": 18_432,
    "key_dim": 128, "context_length": 2048,
}  # fmt: skip
# model -> tokens, GB as printed, half the last digit. 1k are 1,024 tokens there, 16k are 16,000 and 128k are 128,000.
LLAMA31_TABLE = {
    "llama3.1-8b": ((1024, 0.125, 0.0005), (16_000, 1.95, 0.005), (128_000, 15.62, 0.005)),
    "llama3.1-70b": ((1024, 0.313, 0.0005), (16_000, 4.88, 0.005), (128_000, 39.06, 0.005)),
    "llama3.1-405b": ((1024, 0.984, 0.0005), (16_000, 15.38, 0.005), (128_000, 123.05, 0.005)),
}
TWICE = (
    "The page prints twice as much: what 16 heads of keys and values would need. Table 3 of the Llama 3 paper and the "
    "released config.json have 8. Asked about in huggingface/blog, issue 2345."
)


def rows():
    """All rows: bytes of a token, and of whole batches."""
    checks = [
        Check(
            table="Keys and values of a token", row=name, what="bytes per token, 16 bits",
            published=count, computed=kv_cache(name), source=PER_TOKEN,
        )
        for name, count in TOKENS.items()
    ]  # fmt: skip
    checks += [
        Check(
            table="GPT-3 in 16 bits", row="gpt3-175b, 2,048 tokens", what="bytes",
            published=9.66e9, rounding=0.005e9, computed=kv_cache("gpt3-175b", tokens=2048), source=PER_TOKEN,
        ),
        Check(
            table="Llama 2 in 16 bits", row="llama2-70b, 4,096 tokens", what="bytes",
            published=1.25 * GIB, computed=kv_cache("llama2-70b", tokens=4096), source=PER_TOKEN,
        ),
        Check(
            table="vLLM, section 3", row="OPT-13B, a token", what="bytes",
            published=800 * 1024, computed=kv_cache(OPT_13B), source=VLLM,
        ),
        Check(
            table="vLLM, section 3", row="OPT-13B, 2,048 tokens", what="bytes",
            published=1.6 * GIB, rounding=0.05 * GIB, computed=kv_cache(OPT_13B, tokens=2048), source=VLLM,
        ),
        Check(
            table="Pope et al., section 1", row="540B, 512 sequences of 2,048 tokens", what="bytes",
            published=3e12, rounding=0.5e12, source=POPE,
            computed=kv_cache(MULTIHEAD_540B, tokens=2048, batch_size=512),
        ),
        Check(
            table="FlexGen, section 3", row="OPT-175B, 512 sequences of 512 + 32 tokens", what="bytes",
            published=1.2 * TIB, rounding=0.05 * TIB, source=FLEXGEN,
            computed=kv_cache("opt-175b", tokens=512 + 32, batch_size=512),
        ),
        Check(
            table="Mistral 7B, section 2", row="mistral-7b, 32k tokens", what="times less with its window of 4,096",
            published=8, computed=_times_less("mistral-7b", 32 * 1024), source=MISTRAL,
        ),
    ]  # fmt: skip
    for name, lengths in LLAMA31_TABLE.items():
        checks += [
            Check(
                table="Llama 3.1 on Hugging Face", row=f"{name}, {tokens:,} tokens", what="bytes, 16 bits",
                published=size * GIB, rounding=half * GIB, computed=kv_cache(name, tokens=tokens), source=LLAMA31,
                cause=TWICE if name == "llama3.1-405b" else "",
            )
            for tokens, size, half in lengths
        ]  # fmt: skip
    return checks


def _times_less(name, tokens):
    """What a sliding window makes of the keys and values."""
    whole, kept = kv_cache(name, tokens=tokens, attention_window=0), kv_cache(name, tokens=tokens)
    return derive("keys and values without a window, over those with it", "", "M/M_kv", M=whole, M_kv=kept)
