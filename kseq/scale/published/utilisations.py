"""What share of their devices' peak published training runs reached."""

from dataclasses import dataclass

TYPICAL = 0.40  # the middle of Llama 3's three, and between GPT-3's fifth and Megatron's half


@dataclass(frozen=True)
class Utilisation:
    """One run: `kind` is "MFU" (model's FLOPs), "HFU" (with recomputation), or "" where its source does not say."""

    run: str
    share: float
    kind: str
    source: str


PATTERSON = "Patterson et al. (2021), arXiv 2104.10350, table 4: 24.6 TFLOP/s on V100s of 125"
MEGATRON = "Narayanan et al. (2021), arXiv 2104.04473, table 1"
LAMDA = "Thoppilan et al. (2022), arXiv 2201.08239, section 10"
PALM = "Chowdhery et al. (2022), arXiv 2204.02311, table 3"
LLAMA3 = "Grattafiori et al. (2024), arXiv 2407.21783, table 4"

UTILISATIONS = (
    Utilisation("GPT-3 175B, V100", 24.6 / 125, "MFU", PATTERSON),
    Utilisation("Megatron 1.7B, A100", 0.44, "HFU", MEGATRON),
    Utilisation("Megatron 1008B, A100", 0.52, "HFU", MEGATRON),
    Utilisation("LaMDA 137B, TPU v3", 0.565, "", LAMDA),
    Utilisation("PaLM 540B, TPU v4", 0.462, "MFU", PALM),
    Utilisation("Llama 3 405B, 16,384 H100, context 131,072", 0.38, "MFU", LLAMA3),
    Utilisation("Llama 3 405B, 16,384 H100, context 8,192", 0.41, "MFU", LLAMA3),
    Utilisation("Llama 3 405B, 8,192 H100, context 8,192", 0.43, "MFU", LLAMA3),
)
