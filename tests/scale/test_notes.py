"""docs/llm-scale.md is what its generator writes now, and names everything that was published or was not."""

import importlib
import re

import pytest

from kseq.scale import CONTRADICTIONS, UNPUBLISHED, architecture, memory, plan_training, published_checks
from kseq.scale.published.models import MODELS


@pytest.fixture(scope="module")
def docs(checkout):
    return checkout / "docs"


@pytest.fixture(scope="module")
def page(docs):
    return (docs / "llm-scale.md").read_text("utf-8")


@pytest.fixture(scope="module")
def scripts(docs):
    """Imports the scripts of docs/, which import each other by their bare names, as when one of them is run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(docs))
        yield importlib.import_module


def test_the_page_is_what_the_code_computes_now(scripts, page):
    built = scripts("llm_scale").page()
    for number, (new, old) in enumerate(zip(built.splitlines(), page.splitlines(), strict=False), start=1):
        assert new == old, f"line {number} differs: python docs/llm_scale.py writes the page anew"
    assert built == page


def test_every_published_number_stands_in_its_table(scripts, page):
    form = scripts("llm_scale_tables")
    tables = {text.splitlines()[0]: text for text in page.split("\n### ")[1:]}
    checks = published_checks()
    assert list(tables) == list(dict.fromkeys(check.table for check in checks))
    for check in checks:
        begins = f"| {check.row} | {check.what} | {form.printed(check.published)} | {form.digits(check.computed)}"
        (line,) = {line for line in tables[check.table].splitlines() if line.startswith(begins)}
        assert check.source in " ".join(tables[check.table].split())
        cause = line.rsplit("|", 2)[1].strip()
        assert cause == ("" if check.agrees else check.cause) and (check.agrees or cause)


def test_contradictions_and_what_is_not_published_are_rows(page):
    for one in CONTRADICTIONS:
        (line,) = [line for line in page.splitlines() if line.startswith(f"| {one.subject} |")]
        assert all(text in line for text in one.shown) and one.explanation in line
    unpublished = [one.name for one in UNPUBLISHED.values()]
    for one in MODELS:
        (line,) = [line for line in page.splitlines() if line.startswith(f"| {one.name} | {one.maker} |")]
        assert ("| not published |" in line) == (one.name in unpublished)


def test_no_braces_are_left_and_all_course_rows_are_there(page):
    assert not re.search(r"\{[a-z_]+[(:.}\[]", page)
    for row in ("L1", "L5", "L6", "L7", "G6", "X9"):
        assert row in page
    assert "1000 t CO₂e a month" in page and "no source that we could find" in page


def test_figures_of_the_page_are_those_that_the_script_draws(docs, scripts, page):
    named = re.findall(r"\]\(figures/(\w+)\.png\)", page)
    assert sorted(named) == sorted(scripts("llm_scale_figures").FIGURES)
    for name in named:
        picture = (docs / "figures" / f"{name}.png").read_bytes()
        assert picture[:4] == b"\x89PNG" and 5_000 < len(picture) < 80_000


@pytest.mark.parametrize("draw", ["frontier", "budgets", "footprints", "costs"])
def test_figures_that_are_computed_can_be_drawn(scripts, draw):
    ax = getattr(scripts("llm_scale_figures"), draw)()
    assert ax.get_title() and len(ax.get_children()) > 12


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("No example, one, or a few (L3)", ["zero-shot", "one-shot", "few-shot", "arXiv 2005.14165"]),
        ("What they are tested on (L3)", ["translation", "question answering", "inference", "dialogue", "table"]),
        ("Codex: the text is a program (L4)", ["54 million public repositories", "2107.03374", "pass@100", "159 GB"]),
        ("DALL·E: the text goes on as a picture (L5)", ["12 B", "256 tokens of text", "1,024 tokens", "2102.12092"]),
    ],
)
def test_the_page_on_prompts_quotes_with_sources(docs, heading, words):
    text = (docs / "prompting.md").read_text("utf-8")
    (section,) = [part for part in text.split("\n## ") if part.startswith(heading)]
    missing = [word for word in words if word.casefold() not in " ".join(section.casefold().split())]
    assert not missing


def test_what_the_page_on_prompts_says_of_dalle_is_what_the_code_has():
    assert architecture("dall-e").context_length == 256 + 32 * 32


@pytest.mark.parametrize("name", ["llama-7b", "llama2-70b"])
def test_the_cards_of_the_page_are_what_the_planner_finds(scripts, page, name):
    plan, how = scripts("llm_scale_costs").fewest(name)
    assert plan.fits and f"| {name} | {plan.gpus:,} | {how} |" in page
    for recompute in ("none", "selective", "flash", "full"):
        for tensor in (n for n in (1, 2, 4, 8) if n <= plan.gpus // 2):
            assert not plan_training(name, gpus=plan.gpus // 2, recompute=recompute, tensor=tensor).fits
    assert plan.gpus > memory(name, precision="mixed").training / plan.gpu.memory


def test_like_is_compared_with_like(page):
    words = " ".join(page.split())
    assert "24.69 t or 4.9% of GPT-3" in words and "29.63 t or 5.4%" in words  # without the PUE, and with it
    assert "0.385 kg/kWh, wherever the training took place" in words and "about 75 t" in words
