"""A text longer than the context: refused, or windows that read the last half anew."""

import numpy as np
import pytest

from kseq.generation import GenerationError, generate
from kseq.generation.session import window_start
from tests.generation.models import CONTEXT, VECTORIZER, recurrent, slow_ids, slow_logits, transformer

LINE = "roses are red violets are blue sugar is sweet and so are you "


@pytest.fixture(scope="module")
def model():
    return transformer("learned", blocks=1)


def test_a_window_is_half_full_when_it_begins_and_never_more_than_full():
    for length in (1, 2, 5, 8):
        starts = [window_start(position, length) for position in range(1, 60)]
        sizes = [position - start for position, start in zip(range(1, 60), starts, strict=True)]
        assert starts == sorted(starts) and starts[:length] == [0] * length
        assert max(sizes) == length and min(sizes[length:], default=length) == length // 2 + 1


def windowed(model, prompt, count):
    """The slow way, on the same windows."""
    ids = VECTORIZER.ids(prompt)
    for _ in range(count):
        window = ids[window_start(len(ids), CONTEXT) :]
        ids.append(int(np.argmax(slow_logits(model, window))))
    return VECTORIZER.decode([ids])[0]


@pytest.mark.backend
@pytest.mark.parametrize("prompt", [LINE[:40], LINE[:48], LINE * 2, "a"])
def test_windows_equal_the_whole_pass_on_the_same_windows(model, prompt):
    assert generate(model, prompt, 60, sampler="greedy", overflow="window") == windowed(model, prompt, 60)


def test_windows_of_a_batch_are_those_of_its_rows(model):
    prompts = ["a", LINE * 2, LINE[:40]]
    options = {"sampler": "greedy", "overflow": "window", "repetition_penalty": 1.2}
    alone = [generate(model, prompt, 30, **options) for prompt in prompts]
    assert generate(model, prompts, 30, **options) == alone


def test_beams_go_on_over_windows(model):
    options = {"overflow": "window", "include_prompt": False}
    text = generate(model, LINE[:45], 12, sampler="greedy", **options)
    assert generate(model, LINE[:45], 12, sampler="beam", num_beams=1, **options) == text


def test_no_window_is_needed_up_to_the_last_token(model):
    prompt = LINE[: CONTEXT - 5]
    expected = VECTORIZER.decode([slow_ids(model, VECTORIZER.ids(prompt), 5)])[0]
    assert generate(model, prompt, 5, sampler="greedy") == expected
    assert generate(model, prompt, 5, sampler="greedy", overflow="window") == expected
    with pytest.raises(GenerationError) as error:
        generate(model, prompt, 6)
    assert "43 tokens" in str(error.value) and "max_new_tokens=6" in str(error.value) and "is 48" in str(error.value)
    assert "max_new_tokens=5," in str(error.value) and "overflow='window'" in str(error.value)


def test_recurrent_models_have_no_limit():
    assert len(generate(recurrent("SimpleRNN"), "a", 500, seed=0)) == 501
