"""Remarks on splits that hold almost nothing, the same for all tasks."""

from kseq.data.errors import counted

LEAST = {"train": 50, "validation": 10, "test": 10}  # examples in a split, below which a remark is due
LEAST_TOKENS = {"train": 1_000, "validation": 100, "test": 100}  # of running text


def few_examples(counts, noun, least=LEAST):
    """Remarks on splits that are too small to say much.

    Args:
        counts: dictionary of split -> number of examples; a split without any was not wanted, or has a remark already.
        noun: what is counted, such as `"sentence"`.
        least: dictionary of split -> number of examples that need no remark.
    """
    notes = []
    if counts["train"] < least["train"]:
        notes.append(f"ATTENTION: only {counted(counts['train'], noun)} to train on: hardly anything can be learned")
    for split, consequence in (("validation", "the best epoch is chosen by chance"), ("test", "scores say little")):
        if 0 < counts[split] < least[split]:
            notes.append(f"ATTENTION: only {counted(counts[split], noun)} in the {split} split: {consequence}")
    return notes
