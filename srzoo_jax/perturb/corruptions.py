"""What befalls images without an attacker, by strength; [B, H, W, C] in [0, 1] -> the same.

Every curve starts at a strength that changes nothing.
"""

import io
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from srzoo_jax import image as images
from srzoo_jax.perturb import attribution
from srzoo_jax.types import Image


def noise(image: Image, strength: float, key: jax.Array) -> Image:
    """White Gaussian noise; the strength is its deviation in levels of 255."""
    return (image + strength / 255 * jax.random.normal(key, image.shape)).clip(0, 1)


def blur(image: Image, strength: float, key: jax.Array) -> Image:
    """Gaussian blur; the strength is its deviation in pixels."""
    del key
    return attribution.blurred(image, strength, radius=max(4, int(np.ceil(4 * strength))))


def jpeg(image: Image, strength: float, key: jax.Array) -> Image:
    """JPEG and back, by Pillow, 4:2:0; the strength is 100 - quality. Not differentiable."""
    from PIL import Image as pillow

    del key
    if strength == 0:
        return image
    decoded = []
    for pixels in images.to_bytes(np.asarray(image)):
        buffer = io.BytesIO()
        pillow.fromarray(pixels).save(buffer, "JPEG", quality=round(100 - strength))
        decoded.append(np.asarray(pillow.open(buffer)))
    return jnp.asarray(images.from_bytes(np.stack(decoded)))


class Curve(NamedTuple):
    """A corruption and the strengths it is shown at."""

    apply: Callable[[Image, float, jax.Array], Image]
    strengths: tuple[float, ...]
    unit: str


CURVES = {
    "noise": Curve(noise, (0, 1, 2, 5, 10, 20), "deviation in levels of 255"),
    "blur": Curve(blur, (0, 0.25, 0.5, 0.75, 1, 1.5), "deviation in pixels"),
    "jpeg": Curve(jpeg, (0, 5, 10, 20, 40, 60), "100 - quality"),
}
