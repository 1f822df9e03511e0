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
H100 = {"float32": 67, "tf32": 494.7, "bfloat16": 989.4, "float16": 989.4, "float8": 1978.9, "int8": 1978.9}
A100_SHEET = "NVIDIA A100 data sheet (2021)"
H100_SHEET = "NVIDIA H100 data sheet (2023) and Hopper white paper (2022), table 2"

# 4 cores, 2 fused multiply-adds of 8 numbers in each cycle, 3 GHz: 4·2·8·2·3e9. Two channels of 8 bytes at 3.2 GHz.
LAPTOP = "kseq's example: 4 cores with AVX2 at 3 GHz, two channels of DDR4-3200; not one machine's data sheet"

ACCELERATORS = {
    one.name: one
    for one in (
        card("v100", 32, 900, 300, "NVIDIA V100 data sheet (2020), SXM2", float32=15.7, float16=125),
        card("t4", 16, 320, 70, "NVIDIA T4 data sheet (2019)", float32=8.1, float16=65, int8=130),
        card("a100-40gb", 40, 1555, 400, A100_SHEET + ", SXM", note=SPARSE, **A100),
        card("a100-80gb", 80, 2039, 400, A100_SHEET + ", SXM", note=SPARSE, **A100),
        card("a100-pcie-80gb", 80, 1935, 300, A100_SHEET + ", PCIe", note=SPARSE, **A100),
        card("h100", 80, 3350, 700, H100_SHEET + ", SXM", note=SPARSE, **H100),
        card("h200", 141, 4800, 700, "NVIDIA H200 data sheet (2024), SXM", note=SPARSE, **H100),
        Accelerator(
            "laptop-cpu", {"float32": 384 * GIGA}, 16 * GIB, 51.2 * GIGA, 28, LAPTOP, "Change it to your own machine."
        ),
    )
}
