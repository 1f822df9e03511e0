"""How good translations are: BLEU, chrF and exact match over a whole split, by the sacreBLEU library (row S6)."""

import unicodedata

import numpy as np

from kseq.data.unicode_words import unspaced_script


def bleu(hypotheses, references):
    """Corpus BLEU, 0 to 100: how many words, pairs, triples and quadruples of words the references have, too.

    Counted over all sentences together, with sacreBLEU's own tokens ("13a", case counts), so that the number can be
    compared with published ones. A translation may agree with any of its references; one that is too short is
    punished. Where the references are written without spaces (Thai, Chinese …), each character counts as a word.

    Args:
        hypotheses: list of translations.
        references: for each of them a list of right translations (or a single string).

    Returns:
        A float.

    References:
        Papineni et al. 2002, "BLEU: a method for automatic evaluation of machine translation"; Post 2018, "A call for
        clarity in reporting BLEU scores".
    """
    hypotheses, references = _checked(hypotheses, references)
    unspaced = unspaced_script([own[0] for own in references])
    return _score("BLEU", hypotheses, references, tokenize="char" if unspaced else "13a")


def chrf(hypotheses, references):
    """Corpus chrF, 0 to 100: agreement in stretches of up to six characters, kinder to endings than BLEU.

    Args:
        hypotheses, references: as for `bleu`.

    References:
        Popović 2015, "chrF: character n-gram F-score for automatic MT evaluation".
    """
    return _score("CHRF", *_checked(hypotheses, references))


def exact_match(hypotheses, references):
    """Share of translations, 0 to 1, that are a reference to the letter (after NFC; spaces at the ends aside)."""
    hypotheses, references = _checked(hypotheses, references)
    plain = [[_plain(text) for text in own] for own in references]
    return float(np.mean([_plain(text) in own for text, own in zip(hypotheses, plain, strict=True)]))


def pair_scores(hypotheses, references):
    """All three as a dictionary with the names of the columns of `baselines()`."""
    return {
        "BLEU": bleu(hypotheses, references),
        "chrF": chrf(hypotheses, references),
        "exact match": exact_match(hypotheses, references),
    }


def _score(metric, hypotheses, references, **settings):
    from sacrebleu import metrics

    most = max(map(len, references))
    # The library wants columns: the first reference of every sentence, the second, …; None where there is none.
    columns = [[own[place] if place < len(own) else None for own in references] for place in range(most)]
    return float(getattr(metrics, metric)(**settings).corpus_score(hypotheses, columns).score)


def _checked(hypotheses, references):
    hypotheses = list(hypotheses)
    references = [[own] if isinstance(own, str) else list(own) for own in references]
    if len(hypotheses) != len(references) or not hypotheses:
        raise ValueError(
            "`references` must hold a list for each of the hypotheses, and there must be some. Received: "
            f"{len(hypotheses):,} hypotheses, {len(references):,} references"
        )
    if not all(references):
        raise ValueError("`references` must hold at least one translation of each sentence. Received: none for one")
    return hypotheses, references


def _plain(text):
    return unicodedata.normalize("NFC", text).strip()
