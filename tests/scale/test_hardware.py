"""Accelerators: dense peaks, forgiving names, and types of numbers that a card does not have."""

import pytest

from kseq.scale import ACCELERATORS, Accelerator, ScaleError, accelerator


@pytest.mark.parametrize("one", ACCELERATORS.values(), ids=list(ACCELERATORS))
def test_each_says_all(one):
    assert ACCELERATORS[one.name] is one and accelerator(one.name) is one
    assert one.source and one.peaks and one.memory >= 2**33 and one.watts > 0
    assert all(one.peak(dtype).sources == (one.source,) for dtype in one.peaks)
    # Fewer bits are never slower, and a float32 peak beside a 16-bit one is not the sparse figure by mistake.
    order = [one.peaks[dtype] for dtype in ("float32", "tf32", "bfloat16", "float8") if dtype in one.peaks]
    assert order == sorted(order)
    assert one.peak() / one.bandwidth > 1  # no card can fetch its numbers as fast as it multiplies them


def test_sparsity_is_never_counted():
    for name, dense, sparse in (("h100", 989, 1979), ("a100", 312, 624), ("h100-pcie", 756, 1513), ("l4", 121, 242)):
        assert accelerator(name).peak() == dense * 1e12 != sparse * 1e12
        assert "sparsity" in accelerator(name).note
    assert accelerator("h200").peak() == accelerator("h100").peak()


@pytest.mark.parametrize(
    ("spelt", "name"),
    [
        ("A100", "a100-80gb"),
        ("NVIDIA A100 80GB", "a100-80gb"),
        ("a100_40GB", "a100-40gb"),
        ("H100 SXM5", "h100"),
        ("H100-PCIe", "h100-pcie"),
        ("Tesla V100", "v100"),
        ("Google TPU v4", "tpu-v4"),
        ("GeForce RTX 4090", "rtx-4090"),
        ("CPU", "laptop-cpu"),
    ],
)
def test_names_are_forgiving(spelt, name):
    assert accelerator(spelt).name == name


def test_near_names_are_offered_once_each():
    with pytest.raises(ScaleError, match=r"No accelerator is called 'a1000'\. Did you mean 'a100-80gb'") as caught:
        accelerator("a1000")
    offered = str(caught.value).split("Did you mean ")[1].split("?")[0].split(" or ")
    assert len(offered) == len(set(offered)) and "\n" not in str(caught.value)
    with pytest.raises(ScaleError, match=r"`gpu` must be a name .* Received: gpu=3"):
        accelerator(3)


def test_another_type_stands_in_and_says_so():
    volta = accelerator("v100").peak("bfloat16")
    assert volta == 125e12 and "No bfloat16 peak is published for v100: float16" in volta.note
    assert accelerator("laptop").peak() == accelerator("laptop").peak("float32") == 4 * 2 * 8 * 2 * 3e9
    assert accelerator("a100").peak("int4") == 312e12  # kept in four bits, multiplied in sixteen
    assert accelerator("a100").peak("float16").note == accelerator("a100").note


def test_types_that_are_not_there():
    with pytest.raises(ScaleError, match=r"`dtype` must be one of .*Did you mean 'bfloat16'.*Received: dtype='bfloat'"):
        accelerator("a100").peak("bfloat")
    with pytest.raises(
        ScaleError, match=r"`dtype` must be one that tpu-v3 has: 'bfloat16'\. Received: dtype='float32'"
    ):
        accelerator("tpu-v3").peak("float32")


def test_your_own():
    ours = Accelerator("ours", {"float32": 2e11}, memory=2**34, bandwidth=4e10, watts=45, source="measured")
    assert accelerator(ours) is ours and ours.peak() == 2e11
