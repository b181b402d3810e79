"""Winograd's algorithm against XLA's convolution; what holds bit for bit."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from srzoo_jax.models import winograd
from srzoo_jax.models.convolution import conv2d, shortcuts

KERNEL = jax.random.normal(jax.random.key(0), (3, 3, 32, 40)) / 17  # Of 288 products.
IMAGE = jax.random.normal(jax.random.key(1), (2, 19, 30, 32))


def exact(image, kernel, padding):
    """In float64, without JAX."""
    (top, left), (_, height, width, _) = padding, image.shape
    image = np.pad(np.float64(image), ((0, 0), (top, top), (left, left), (0, 0)))
    height, width = height + 2 * top - 2, width + 2 * left - 2
    return sum(
        image[:, i : i + height, j : j + width] @ np.float64(kernel[i, j])
        for i in range(3)
        for j in range(3)
    )


def error(image, kernel, padding, convolve=winograd.convolve):
    """Root mean square, of that of the result."""
    expected = exact(image, kernel, padding)
    ours = jax.jit(convolve, static_argnums=2)(image, kernel, padding)
    assert ours.shape == expected.shape
    return np.sqrt(((ours - expected) ** 2).mean() / (expected**2).mean())


@pytest.mark.parametrize("padding", [(1, 1), (0, 0), (2, 1)])
@pytest.mark.parametrize("whole", [winograd.WHOLE, 0])
def test_is_the_convolution(monkeypatch, padding, whole):
    monkeypatch.setattr(winograd, "WHOLE", whole)
    monkeypatch.setattr(winograd, "STRIP", 16 * KERNEL.shape[-1])  # A row of tiles.
    # float32 has 6e-8; the customary points (0, 1, -1, 2, -2) give 1.5e-6.
    assert error(IMAGE, KERNEL, padding) < 1e-6


@pytest.mark.parametrize("padding", [(1, 1), (0, 0), (2, 1)])
def test_at_once_is_the_convolution(padding):
    assert error(IMAGE, KERNEL, padding, winograd.convolve_at_once) < 1e-6


@pytest.mark.parametrize("size", [(1, 1), (2, 5), (3, 4), (4, 8)])
@pytest.mark.parametrize("convolve", [winograd.convolve, winograd.convolve_at_once])
def test_small_images(size, convolve):
    assert error(IMAGE[:1, : size[0], : size[1]], KERNEL, (1, 1), convolve) < 1e-6


def test_parts_are_equal_bit_for_bit_in_tiles_that_see_the_same():
    step = winograd.STEP
    image = jax.random.normal(jax.random.key(2), (1, 96, 112, 32))
    whole = conv2d(image, KERNEL, (1, 1))[:, 3 * step :, 5 * step :]
    for height, width in ((32, 48), (40, 36), (84, 92)):
        part = image[:, 3 * step :, 5 * step :][:, :height, :width]
        part = conv2d(part, KERNEL, (1, 1))
        inside = np.s_[:, step : height - step, step : width - step]
        assert (part[inside] == whole[inside]).all()


def test_batches_are_equal_bit_for_bit():
    images = jax.random.normal(jax.random.key(3), (3, 36, 44, 32))
    one, all_ = conv2d(images[1:2], KERNEL, (1, 1)), conv2d(images, KERNEL, (1, 1))
    assert (one == all_[1:2]).all()


def replaced(platform, image, kernel):
    traced = jax.jit(lambda *args: conv2d(*args, (1, 1))).trace(image, kernel)
    program = traced.lower(lowering_platforms=(platform,)).as_text()
    return "stablehlo.convolution" not in program


@pytest.mark.parametrize(("platform", "times"), [("cpu", 1), ("cuda", 4)])
def test_replaces_the_convolution_where_it_suits_and_is_not_switched_off(platform, times):
    image, kernel = jnp.tile(IMAGE, times), jnp.tile(KERNEL, (times, times))
    assert replaced(platform, image, kernel)
    with shortcuts(False):
        assert not replaced(platform, image, kernel)
    few = winograd.CPU_CHANNELS * times - 1
    for others in (
        (image[..., :few], kernel[:, :, :few]),
        (image, kernel[..., :few]),
        (image, kernel[:, :1]),
        (image.astype(jnp.bfloat16), kernel.astype(jnp.bfloat16)),
    ):
        assert not replaced(platform, *others)


def test_derivatives():
    def loss(image, kernel):
        return (jnp.sin(conv2d(image, kernel, (1, 1))) ** 2).sum()

    ours = jax.jit(jax.grad(loss, (0, 1)))(IMAGE, KERNEL)
    with shortcuts(False):
        expected = jax.jit(jax.grad(loss, (0, 1)))(IMAGE, KERNEL)
    for gradient, plain in zip(ours, expected, strict=True):
        # Rounding of two convolutions in a row.
        assert jnp.abs(gradient - plain).max() < 3e-5 * jnp.std(plain)
