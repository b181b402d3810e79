"""How much a restorer amplifies small changes, and how far they are felt.

All are local: of the derivative at the given images.
"""

import jax
import jax.numpy as jnp

from srzoo_jax.perturb.objectives import Objective
from srzoo_jax.types import Image, Params, Restorer


def spectral_norm(
    restore: Restorer, params: Params, image: Image, *, key: jax.Array, steps: int = 50
) -> tuple[jax.Array, jax.Array]:
    """Returns the Jacobian's largest singular value at each image, by the Lanczos method.

    Forward and reverse mode alternate, v -> J^T J v, as in power iteration; but the best of all
    directions seen is taken, not the last, which needs far fewer steps where the second singular
    value is close to the first, as it is for restorers.

    Args:
        restore: The model.
        params: Its parameters.
        image: [B, H, W, C]; each is a problem of its own.
        key: Of the random start.
        steps: How many; so many images are kept in memory.

    Returns:
        The norms [B], from below, and the unit perturbations that reach them, like `image`.
    """
    function = lambda x: restore(params, x)  # noqa: E731

    def step(carry, number):
        basis, direction = carry
        basis = basis.at[number].set(direction)
        _, response = jax.jvp(function, (image,), (direction,))
        (found,) = jax.vjp(function, image)[1](response)
        diagonal = (direction * found).sum(_PIXELS)
        for _ in range(2):  # Once would leave rounding errors that grow.
            shares = (basis * found).sum((2, 3, 4), keepdims=True)
            found = found - (shares * basis).sum(0)
        return (basis, _unit(found)), (diagonal, _norm(found)[:, 0, 0, 0])

    start = _unit(jax.random.normal(key, image.shape, image.dtype))
    empty = jnp.zeros((steps, *image.shape), image.dtype)
    (basis, _), (diagonal, beside) = jax.lax.scan(step, (empty, start), jnp.arange(steps))
    square = jax.vmap(jnp.diag, 1)(diagonal)
    square += jax.vmap(lambda side: jnp.diag(side, 1) + jnp.diag(side, -1), 1)(beside[:-1])
    _, vectors = jnp.linalg.eigh(square)
    direction = _unit(jnp.einsum("bs,sb...->b...", vectors[:, :, -1], basis))
    _, response = jax.jvp(function, (image,), (direction,))
    return _norm(response)[:, 0, 0, 0], direction


def steepest(
    restore: Restorer,
    params: Params,
    image: Image,
    objective: Objective,
    *,
    radius: float,
    key: jax.Array,
    samples: int = 32,
    order: float = 1,
) -> jax.Array:
    """Returns the greatest gradient norm of an objective that is met around each image.

    The sample maximum of CLEVER (Weng et al., ICLR 2018), as Choi et al. (ICCV 2019) take it over
    to super-resolution: no more than radius x this can an attack gain, as far as was sampled.

    Args:
        restore: The model.
        params: Its parameters.
        image: Clean images [B, H, W, C].
        objective: Whose gradient.
        radius: Samples are uniform in the l_inf ball, cut to [0, 1].
        key: Of the samples.
        samples: How many points.
        order: Of the norm, dual to the ball's: 1 for l_inf, 2 for l_2.

    Returns:
        [B].
    """

    def norm(key):
        noise = jax.random.uniform(key, image.shape, image.dtype, -radius, radius)
        point = (image + noise).clip(0, 1)
        gradient = jax.grad(lambda x: objective(restore(params, x)).sum())(point)
        return jnp.linalg.norm(gradient.reshape(len(image), -1), order, axis=1)

    return jax.lax.map(norm, jax.random.split(key, samples)).max(0)


def band_gain(
    restore: Restorer,
    params: Params,
    image: Image,
    *,
    edges: jax.Array,
    key: jax.Array,
    samples: int = 8,
) -> jax.Array:
    """Returns by how much the derivative amplifies noise of each band of frequencies.

    A band holds the radial frequencies between two edges, in cycles a pixel (0.5 is the finest
    along an axis, 0.707 the finest of all). Gain is root mean square of the response, over output
    pixels, by that of the noise, over input pixels: 1 for perfect interpolation.

    Args:
        restore: The model.
        params: Its parameters.
        image: [B, H, W, C].
        edges: [N + 1], rising.
        key: Of the noise.
        samples: How many noises a band.

    Returns:
        [N, B]; NaN for a band that no frequency of such an image lies in.
    """
    function = lambda x: restore(params, x)  # noqa: E731
    rows, columns = (jnp.fft.fftfreq(side) for side in image.shape[1:3])
    frequency = jnp.hypot(rows[:, None], columns)[:, :, None]

    def gain(key, low, high):
        white = jax.random.normal(key, image.shape, image.dtype)
        kept = jnp.fft.fft2(white, axes=(1, 2)) * ((frequency >= low) & (frequency < high))
        noise = jnp.fft.ifft2(kept, axes=(1, 2)).real.astype(image.dtype)
        _, response = jax.jvp(function, (image,), (noise,))
        return jnp.mean(response**2, (1, 2, 3)), jnp.mean(noise**2, (1, 2, 3))

    def of_band(band):
        out, into = jax.lax.map(lambda k: gain(k, *band), jax.random.split(key, samples))
        return jnp.sqrt(out.sum(0) / into.sum(0))

    return jax.lax.map(of_band, (edges[:-1], edges[1:]))


def receptive_field(
    restore: Restorer, params: Params, image: Image, *, at: tuple[int, int] | None = None
) -> jax.Array:
    """Returns how strongly each pixel of the image drives one pixel of the output, [B, H, W].

    The sum of the magnitudes of d output / d input over all pairs of channels (effective
    receptive field, Luo et al., NeurIPS 2016, who take the signed sum).

    Args:
        restore: The model.
        params: Its parameters.
        image: [B, H, W, C].
        at: (row, column) of the output; default: its centre.
    """
    shape = jax.eval_shape(restore, params, image).shape
    row, column = at or (shape[1] // 2, shape[2] // 2)

    def of_channel(channel):
        gradient = jax.grad(lambda x: restore(params, x)[:, row, column, channel].sum())(image)
        return jnp.abs(gradient).sum(-1)

    return jax.lax.map(of_channel, jnp.arange(shape[-1])).sum(0)


def mean_extent(field: jax.Array) -> jax.Array:
    """Returns the root mean squared distance of a receptive field from its centre of mass, [B]."""
    weight = field / field.sum((1, 2), keepdims=True)
    rows, columns = jnp.indices(field.shape[1:])
    centred = [place - (weight * place).sum((1, 2), keepdims=True) for place in (rows, columns)]
    return jnp.sqrt((weight * sum(place**2 for place in centred)).sum((1, 2)))


_PIXELS = (1, 2, 3)


def _norm(array):
    return jnp.sqrt((array**2).sum(_PIXELS, keepdims=True))


def _unit(array):
    norm = _norm(array)
    return array / jnp.where(norm == 0, 1, norm)
