"""Tunes: ABC notation read, written, composed and played (row S4)."""
