"""The primitive against XLA's own convolution, in every mode of differentiation."""

import re

import chex
import jax
import jax.numpy as jnp
import pytest
from jax import lax

from srzoo_jax.models.convolution import conv2d, precision

PADDINGS = [(1, 1), (0, 0), (2, 1)]
IMAGE = jax.random.normal(jax.random.key(0), (2, 7, 9, 3))
KERNEL = jax.random.normal(jax.random.key(1), (3, 3, 3, 4))
TANGENTS = tuple(
    jax.random.normal(jax.random.key(i), x.shape) for i, x in ((2, IMAGE), (3, KERNEL))
)


def plain(image, kernel, padding):
    return lax.conv_general_dilated(
        image,
        kernel,
        (1, 1),
        [(size, size) for size in padding],
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        precision="highest",
    )


def both(mode, padding, kernel=KERNEL):
    """Applies `mode` to our convolution and to XLA's; both ways must agree."""
    ours = jax.jit(mode(lambda image, kernel: conv2d(image, kernel, padding)))
    xla = jax.jit(mode(lambda image, kernel: plain(image, kernel, padding)))
    # Sums of up to 126 float32 products, twice for second derivatives.
    chex.assert_trees_all_close(ours(IMAGE, kernel), xla(IMAGE, kernel), rtol=1e-4, atol=1e-3)


def loss(conv):
    return lambda *args: (jnp.sin(conv(*args)) ** 2).sum()


@pytest.mark.parametrize("padding", PADDINGS)
def test_value(padding):
    both(lambda conv: conv, padding)


@pytest.mark.parametrize("padding", PADDINGS)
def test_forward_mode(padding):
    both(lambda conv: lambda *args: jax.jvp(conv, args, TANGENTS), padding)


@pytest.mark.parametrize("padding", PADDINGS)
def test_reverse_mode(padding):
    both(lambda conv: jax.grad(loss(conv), (0, 1)), padding)


@pytest.mark.parametrize("padding", PADDINGS)
def test_forward_over_reverse(padding):
    both(lambda conv: lambda *args: jax.jvp(jax.grad(loss(conv), (0, 1)), args, TANGENTS), padding)


def test_reverse_over_reverse():
    def mode(conv):
        def slope(image, kernel):
            return (jax.grad(loss(conv))(image, kernel) ** 2).sum()

        return jax.grad(slope, (0, 1))

    both(mode, (1, 1))


def test_kernel_of_one_pixel():
    def mode(conv):
        def modes(*args):
            gradient = jax.grad(loss(conv), (0, 1))
            mapped = jax.vmap(gradient, (0, None))(jnp.stack([args[0], args[0] + 1]), args[1])
            return conv(*args), gradient(*args), jax.jvp(gradient, args, args), mapped

        return modes

    both(mode, (0, 0), KERNEL[1:2, 1:2])


@pytest.mark.parametrize("axes", [(0, None), (None, 2), (2, 0)])
def test_vmap(axes):
    def mode(conv):
        def mapped(image, kernel):
            stack = [
                x if axis is None else jnp.stack([x, 2 * x, 3 * x], axis)
                for x, axis in zip((image, kernel), axes, strict=True)
            ]
            gradient = jax.vmap(jax.grad(loss(conv), (0, 1)), axes)
            return jax.vmap(conv, axes)(*stack), gradient(*stack)

        return mapped

    both(mode, (1, 1))


def test_stays_in_float64():
    with jax.enable_x64(True):
        image, kernel = IMAGE.astype(jnp.float64), KERNEL.astype(jnp.float64)
        out = jax.jit(lambda *args: conv2d(*args, padding=(1, 1)))(image, kernel)
        chex.assert_trees_all_close(out, plain(image, kernel, (1, 1)), rtol=1e-13, atol=1e-13)


def test_derivatives_in_a_scan_are_convolutions_of_the_plain_layout():
    """A permuted layout leaves XLA's fast path: 3.5 to 30 times slower on CPU."""
    kernels = jnp.stack([KERNEL[..., :3]] * 4)

    def stacked(image, kernels):
        step = lambda x, kernel: (jnp.tanh(conv2d(x, kernel, (1, 1))), None)  # noqa: E731
        return (lax.scan(step, image, kernels)[0] ** 2).sum()

    text = jax.jit(jax.grad(stacked, (0, 1))).lower(IMAGE, kernels).as_text()
    layouts = re.findall(r"dim_numbers = (\[.*?\]x\[.*?\]->\[.*?\])", text)
    assert len(layouts) >= 3
    assert set(layouts) == {"[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]"}


def test_precision_rounds_factors_alone():
    exact = conv2d(IMAGE, KERNEL, (1, 1))
    with precision("bfloat16"), jax.default_device(jax.devices("cpu")[0]):
        rounded = jax.jit(conv2d, static_argnums=2)(IMAGE, KERNEL, (1, 1))
    assert rounded.dtype == jnp.float32
    factors = (x.astype(jnp.bfloat16).astype(jnp.float32) for x in (IMAGE, KERNEL))
    expected = conv2d(*factors, (1, 1))
    chex.assert_trees_all_close(rounded, expected, rtol=1e-5, atol=1e-5)
    assert jnp.abs(rounded - exact).max() > 1e-3


def test_on_gpus_bfloat16_gives_bfloat16():
    """XLA has cuDNN's kernels for that alone; it would convert the factors back to float32."""
    with precision("bfloat16"):
        program = jax.jit(conv2d, static_argnums=2).trace(IMAGE, KERNEL, (1, 1))
        text = program.lower(lowering_platforms=("cuda",)).as_text()
    (line,) = (line for line in text.splitlines() if "stablehlo.convolution" in line)
    types = line.rsplit(":", 1)[1]
    assert types.count("xbf16>") == 3 and "xf32>" not in types
