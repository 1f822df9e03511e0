"""Tag strips: a box for each tag, wrong ones marked without colours, long sentences wrapped."""

import pytest

from kseq.plot import tag_strip
from kseq.plot.tags import looks_of

WORDS, TAGS = ["Pass", "me", "the", "orange", "marker"], ["VERB", "PRON", "DET", "NOUN", "NOUN"]
TRUTH = ["VERB", "PRON", "DET", "ADJ", "NOUN"]


def boxes(axes, kind):
    return [patch for patch in axes.patches if patch.get_gid() == kind]


def test_wrong_tags_stand_out():
    axes = tag_strip(WORDS, TAGS, TRUTH, title="one direction")
    assert (len(boxes(axes, "tag")), len(boxes(axes, "wrong")), len(boxes(axes, "truth"))) == (4, 1, 5)
    (wrong,) = boxes(axes, "wrong")
    assert wrong.get_linewidth() > 2 and wrong.get_x() == pytest.approx(3.04)
    names = [text.get_text() for text in axes.texts if text.get_gid() == "name"]
    assert "✗ NOUN" in names and names.count("✗ NOUN") == 1
    assert not boxes(tag_strip(WORDS, TRUTH, TRUTH), "wrong")


def test_pairs_as_tag_returns_them_and_lines():
    axes = tag_strip(list(zip(WORDS, TAGS, strict=True)) * 4, per_line=6)
    assert len(boxes(axes, "tag")) == 20
    assert len({round(patch.get_y(), 3) for patch in boxes(axes, "tag")}) == 4
    assert [text.get_text() for text in axes.texts if text.get_gid() == "word"][:5] == WORDS


def test_equal_tags_look_equal_and_others_do_not(overlapping):
    looks = looks_of([f"T{n}" for n in range(17)])
    assert len({(look["facecolor"], look["hatch"]) for look in looks.values()}) == 17
    axes = tag_strip(WORDS, TAGS, TRUTH)
    assert not overlapping(axes.figure, [text for text in axes.texts if text.get_gid() != "none"])


def test_one_sentence_is_drawn_and_several_are_refused():
    sentence = list(zip(WORDS, TAGS, strict=True))
    assert len(boxes(tag_strip(sentence, truth=TRUTH), "wrong")) == 1
    with pytest.raises(ValueError, match=r"one sentence\. Received: 2 of them; .*tag_strip\(sentence\)"):
        tag_strip([sentence, sentence])
    for wrong in (WORDS, "Pass me", [], [[*WORDS]]):
        with pytest.raises(ValueError, match="`words` must be"):
            tag_strip(wrong)


@pytest.mark.parametrize("arguments", [(WORDS, TAGS[:3]), (WORDS, TAGS, TRUTH[1:]), ([], [])])
def test_refusals(arguments):
    with pytest.raises(ValueError, match=r"`(tags|truth|words)` must"):
        tag_strip(*arguments)
