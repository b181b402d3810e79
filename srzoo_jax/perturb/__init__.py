"""Restorers as functions to be differentiated: attacks, sensitivity, attribution.

Everything is a pure function of (restore, params, image, ...), which `jit` and `vmap` take as they
are: over images, strengths, seeds.
"""
