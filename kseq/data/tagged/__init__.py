"""Sentences with a tag for each word: CoNLL-U and columns, and a grammar of ambiguous words (rows S5, G4)."""
