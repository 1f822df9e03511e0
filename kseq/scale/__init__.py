"""Arithmetic of large models, with sources. Standard library and NumPy only; nothing is allocated."""
