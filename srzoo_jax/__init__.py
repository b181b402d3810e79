"""Official super-resolution models of the literature as pure JAX functions."""

__version__ = "0.1.0"
