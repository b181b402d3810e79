"""Feature similarity (Zhang, Zhang, Mou, Zhang, IEEE TIP 2011), with colour: FSIMc."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np

from srzoo_jax.metrics import maps

_SCHARR = (3 / 16, 10 / 16, 3 / 16)
_YIQ = np.array(((0.299, 0.587, 0.114), (0.596, -0.274, -0.322), (0.211, -0.523, 0.312)))
_T_PHASE, _T_GRADIENT, _T_CHROMA, _POWER = 0.85, 160, 200, 0.03
_SCALES, _ORIENTATIONS = 4, 4


def fsimc(sr: jax.Array, hr: jax.Array) -> jax.Array:
    """Returns the feature similarity, colour included, of each image; higher is better.

    The authors' `FeatureSIM.m`: similarity of phase congruency, gradient magnitude (Scharr) and of
    I and Q of YIQ, weighted by the larger phase congruency; images whose shorter side is above 383
    pixels are reduced to about 256 first.

    Args:
        sr: Restored RGB images [B, H, W, 3] in [0, 1].
        hr: Reference images, like `sr`.

    Returns:
        [B]; 1 where the images are equal; NaN where one is constant, which has no phase.

    Raises:
        AssertionError: The shapes differ, or their rank is not 4.
        ValueError: The images are not RGB, or a side is shorter than 16 pixels, where phase has no
            meaning.
    """
    maps.checked("FSIMc", sr, hr, 16)
    if sr.shape[-1] != 3:
        raise ValueError(f"FSIMc is of RGB images, not of {sr.shape[-1]} channels")
    factor = max(1, math.floor(min(sr.shape[1:3]) / 256 + 0.5))
    sr, hr = (maps.reduced(_yiq(255 * image), factor) for image in (sr, hr))
    similar = 1
    for channel in (1, 2):
        similar *= maps.similarity(sr[..., channel], hr[..., channel], _T_CHROMA)
    similar = _real_power(similar)
    gradients = (maps.gradient_magnitude(image[..., :1], _SCHARR)[..., 0] for image in (sr, hr))
    similar *= maps.similarity(*gradients, _T_GRADIENT)
    phases = [phase_congruency(image[..., 0]) for image in (sr, hr)]
    similar *= maps.similarity(*phases, _T_PHASE)
    weight = jnp.maximum(*phases)
    return (similar * weight).sum((1, 2)) / weight.sum((1, 2))


def _yiq(image):
    return jnp.matmul(image, _YIQ.T.astype(image.dtype), precision="highest")


def _real_power(x):
    """The real part of x^0.03, x of either sign; zero gradient instead of NaN at zero."""
    zero = x == 0
    size = jnp.where(zero, 1, jnp.abs(x)) ** _POWER
    return jnp.where(zero, 0, jnp.where(x < 0, math.cos(math.pi * _POWER), 1) * size)


def phase_congruency(image: jax.Array) -> jax.Array:
    """Returns in how far the frequencies of an image are in phase at each pixel: at edges, lines.

    Kovesi's PC_2 ("Image Features From Phase Congruency", Videre 1999) as FSIM's authors use it:
    log-Gabor filters of four scales and four orientations, less what noise would give.

    Args:
        image: [B, H, W], on levels of 255.

    Returns:
        [B, H, W] in [0, 1]; NaN where the image is constant.
    """
    filters, noise = _filters(*image.shape[1:])
    constant = (image.max((1, 2)) == image.min((1, 2)))[:, None, None]
    spectrum = jnp.fft.fft2(image)[:, None, None]
    response = jnp.fft.ifft2(spectrum * filters.astype(image.dtype))  # [B, 4, 4, H, W]
    even, odd = response.real, response.imag
    mean_even, mean_odd = even.sum(2, keepdims=True), odd.sum(2, keepdims=True)
    length = maps.root(mean_even**2 + mean_odd**2) + 1e-4
    mean_even, mean_odd = mean_even / length, mean_odd / length
    energy = even * mean_even + odd * mean_odd - jnp.abs(even * mean_odd - odd * mean_even)
    smallest = even[:, :, 0] ** 2 + odd[:, :, 0] ** 2
    typical = maps.root(jnp.median(smallest, (2, 3), keepdims=True))
    threshold = noise.astype(image.dtype)[:, None, None] * typical
    energies = (energy.sum(2) - threshold).clip(0).sum(1)
    amplitudes = maps.root(even**2 + odd**2).sum((1, 2))
    return jnp.where(constant, jnp.nan, energies / jnp.where(constant, 1, amplitudes))


@functools.lru_cache(maxsize=16)
def _filters(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Spectra of filters [orientations, scales, H, W], and by what noise goes with each.

    The second is the threshold for each orientation, by the root of the median energy of the
    smallest scale: mean and two deviations of noise of such a median, Rayleigh distributed, by 1.7.
    """
    y, x = np.meshgrid(_frequencies(height), _frequencies(width), indexing="ij")
    radius, angle = np.hypot(x, y), np.arctan2(-y, x)
    low_pass = 1 / (1 + (radius / 0.45) ** 30)
    radius[0, 0] = 1  # No logarithm of zero; what comes of it does not count.
    centres = 1 / (6 * 2.0 ** np.arange(_SCALES))
    bands = [np.exp(-(np.log(radius / f) ** 2) / (2 * np.log(0.55) ** 2)) for f in centres]
    bands = np.array(bands) * low_pass
    bands[:, 0, 0] = 0
    directions = np.arange(_ORIENTATIONS) * np.pi / _ORIENTATIONS
    apart = np.angle(np.exp(1j * (angle - directions[:, None, None])))
    width_of_angle = np.pi / _ORIENTATIONS / 1.2
    spread = np.exp(-(apart**2) / (2 * width_of_angle**2))
    filters = spread[:, None] * bands
    total = np.fft.ifft2(filters.sum(1)).real
    power = height * width * (total**2).sum((1, 2)) / (filters[:, 0] ** 2).sum((1, 2))
    rayleigh = np.sqrt(np.pi / 2) + 2 * np.sqrt(2 - np.pi / 2)
    return filters, np.sqrt(power / np.log(2)) * rayleigh / 1.7


def _frequencies(side: int) -> np.ndarray:
    """As the authors' code has them, zero first: of odd sides up to 1/2, divided by side - 1."""
    steps = np.arange(side) - side // 2
    return np.fft.ifftshift(steps / (side - side % 2))
