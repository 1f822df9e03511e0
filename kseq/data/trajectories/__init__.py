"""Paths of things that move: files, and balls that bounce (row S1)."""
