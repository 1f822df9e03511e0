"""Accelerators as their makers describe them: dense peaks, memory, bandwidth and power, each with its data sheet.

Peaks are those of matrix products with dense matrices. Data sheets since the A100 print twice as much "with
sparsity", for weights of which half are zero in a fixed pattern; no training or inference here is of that kind, so the
H100's 16-bit peak is 989 TFLOP/s, not 1979.

A gigabyte of memory on a card is 2^30 bytes, as its driver counts; of that a driver keeps one to four per cent.
"""

from kseq.scale.hardware import Accelerator

GIB = 2**30
TERA, GIGA = 1e12, 1e9
SPARSE = "The data sheet's larger figures are with sparsity, twice the dense ones here."


def card(name, memory, bandwidth, watts, source, *, note="", **teraflops):
    """Memory in GiB, bandwidth in GB/s, peaks in TFLOP/s: as data sheets have them."""
    peaks = {dtype: value * TERA for dtype, value in teraflops.items()}
    return Accelerator(name, peaks, memory * GIB, bandwidth * GIGA, watts, source, note)


A100 = {"float32": 19.5, "tf32": 156, "bfloat16": 312, "float16": 312, "int8": 624}
H100 = {"float32": 67, "tf32": 494.7, "bfloat16": 989, "float16": 989, "float8": 1979, "int8": 1979}
H100_PCIE = {"float32": 51, "tf32": 378, "bfloat16": 756, "float16": 756, "float8": 1513, "int8": 1513}
B200 = {"bfloat16": 2250, "float16": 2250, "float8": 4500, "int8": 4500}
A10 = {"float32": 31.2, "tf32": 62.5, "bfloat16": 125, "float16": 125, "int8": 250}
L4 = {"float32": 30.3, "tf32": 60, "bfloat16": 121, "float16": 121, "float8": 242.5, "int8": 242.5}
RTX_3090 = {"float32": 35.6, "tf32": 35.6, "bfloat16": 71, "float16": 71}
RTX_4090 = {"float32": 82.6, "tf32": 82.6, "bfloat16": 165.2, "float16": 165.2, "float8": 330.3}

A100_SHEET = "NVIDIA A100 data sheet (2021)"
H100_SHEET = "NVIDIA H100 data sheet (2023) and Hopper architecture white paper (2022)"
B200_SHEET = "NVIDIA DGX B200 data sheet and Blackwell architecture brief (2024)"
AMPERE = "NVIDIA Ampere GA102 white paper (2021), appendix"
ADA = "NVIDIA Ada GPU architecture white paper (2023), appendix"
TPU = "Google Cloud TPU documentation, one chip and the highest power measured on it, TPU"

GEFORCE = SPARSE + " 16-bit products add up in float32, as training does; in float16 they are twice as fast."
# 4 cores, 2 fused multiply-adds of 8 numbers in each cycle, 3 GHz: 4·2·8·2·3e9. Two channels of 8 bytes at 3.2 GHz.
LAPTOP = "kseq's example: 4 cores with AVX2 at 3 GHz, two channels of DDR4-3200; not one machine's data sheet"

ACCELERATORS = {
    one.name: one
    for one in (
        # name, GiB, GB/s, watts
        card("v100", 32, 900, 300, "NVIDIA V100 data sheet (2020), SXM2", float32=15.7, float16=125),
        card("t4", 16, 320, 70, "NVIDIA T4 product brief (2019)", float32=8.1, float16=65, int8=130),
        card("a10", 24, 600, 150, "NVIDIA A10 data sheet (2021)", note=SPARSE, **A10),
        card("a100-40gb", 40, 1555, 400, A100_SHEET + ", SXM", note=SPARSE, **A100),
        card("a100-80gb", 80, 2039, 400, A100_SHEET + ", SXM", note=SPARSE, **A100),
        card("a100-pcie-80gb", 80, 1935, 300, A100_SHEET + ", PCIe", note=SPARSE, **A100),
        card("h100", 80, 3350, 700, H100_SHEET + ", SXM", note=SPARSE, **H100),
        card("h100-pcie", 80, 2000, 350, H100_SHEET + ", PCIe", note=SPARSE, **H100_PCIE),
        card("h200", 141, 4800, 700, "NVIDIA H200 data sheet (2024), SXM", note=SPARSE, **H100),
        card("b200", 180, 8000, 1000, B200_SHEET, note=SPARSE, **B200),
        card("l4", 24, 300, 72, "NVIDIA L4 data sheet (2023)", note=SPARSE, **L4),
        card("rtx-3090", 24, 936, 350, AMPERE, note=GEFORCE, **RTX_3090),
        card("rtx-4090", 24, 1008, 450, ADA, note=GEFORCE, **RTX_4090),
        card("tpu-v3", 32, 900, 262, f"{TPU} v3", bfloat16=123),
        card("tpu-v4", 32, 1200, 192, f"{TPU} v4", bfloat16=275, int8=275),
        Accelerator(
            "laptop-cpu",
            {"float32": 384 * GIGA},
            16 * GIB,
            51.2 * GIGA,
            28,
            LAPTOP,
            "Put your own machine in its place.",
        ),
    )
}
