"""Sentences and their translations: files, splits, dictionary, scores, and a grammar that makes pairs (row S6)."""
