"""A photograph restored: its transparency apart, its depth and its notes kept."""

import dataclasses
from collections.abc import Callable

import numpy as np
from scipy import ndimage

from srzoo_jax.photograph import Photograph
from srzoo_jax.resize import imresize

Run = Callable[[np.ndarray], np.ndarray]
"""uint8 or uint16 [H, W, 3] -> float32 [sH, sW, 3], nominally in [0, 1]."""


def upscale(photograph: Photograph, run: Run, size: tuple[int, int] | None = None) -> Photograph:
    """Restores a photograph.

    Opacity is restored as if it were an image of its own, where it varies. Before, the colours of
    opaque pixels are spread under fully transparent ones: what lies there is arbitrary, often
    black, and would bleed into the edges.

    Args:
        photograph: What to restore.
        run: The restorer.
        size: Height and width of the result, if not as `run` gives it: resized bicubically, with
            antialiasing.
    """
    pixels, alpha = photograph.pixels, photograph.alpha
    if alpha is not None:
        pixels = bled(pixels, alpha)
    levels = np.iinfo(pixels.dtype).max

    def restored(image: np.ndarray) -> np.ndarray:
        sr = np.asarray(run(image), np.float32)
        if size is not None and size != sr.shape[:2]:
            sr = imresize(sr, size)
        return (sr.clip(0, 1) * levels).round().astype(pixels.dtype)

    pixels = restored(pixels)
    if photograph.grey:  # A model of colours leaves a tint of a level or so.
        pixels = pixels.mean(-1, keepdims=True).round().astype(pixels.dtype).repeat(3, -1)
    if alpha is not None:
        constant = (alpha == alpha[0, 0]).all()
        if constant:
            alpha = np.broadcast_to(alpha[0, 0], (*pixels.shape[:2], 1))
        else:
            alpha = restored(alpha.repeat(3, -1)).mean(-1, keepdims=True).round()
        alpha = alpha.astype(pixels.dtype)
    return dataclasses.replace(photograph, pixels=pixels, alpha=alpha)


def bled(pixels: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Gives fully transparent pixels the colour of the nearest other one.

    Args:
        pixels: [H, W, C].
        alpha: Opacity [H, W, 1].
    """
    hidden = alpha[..., 0] == 0
    if hidden.all():
        return pixels
    nearest = ndimage.distance_transform_edt(hidden, return_distances=False, return_indices=True)
    return pixels[tuple(nearest)]
