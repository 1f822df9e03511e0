"""The only room that may import TensorFlow, JAX or PyTorch.

Everything here exists because one array library can do a thing that `keras.ops` cannot say, or not fast enough.
Modules import their library late: a student on JAX never loads PyTorch.
"""
