"""A 2-D convolution whose derivatives are convolutions of the same plain form.

XLA's CPU backend has a fast path for convolutions of layout NHWC x HWIO. The derivatives that
JAX forms are convolutions with permuted layouts; inside a scan these leave the fast path (input
gradient of 16 stacked residual blocks: 3.5 times slower; kernel gradient: 30 times). Here the
operands are permuted instead, so that every derivative, of any order and mode, is the primitive
again and stays as fast as the forward pass, in a scan and out of it.

On CPU and GPU, `winograd` computes kernels of 3x3 with a quarter of the products, and on CPU those
of one pixel are matrices; within `shortcuts(False)`, and wherever sizes are not known yet, XLA does
it.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from srzoo_jax.models import winograd

shortcuts = jax.make_user_context(True)
"""Whether models may take ways that give the same by less arithmetic, but for rounding: Winograd's
convolution, a tail in one step, DBPN's layers in cells. `with shortcuts(False): ...` switches them
off for what is traced within; `jax.jit` knows both programs apart."""

precision = jax.make_user_context("float32")
"""What the factors of convolutions of stride 1 are rounded to: `float32` (not at all, on any
device), `tf32` (on devices that have it) or `bfloat16`. All else stays in float32: sums, what is
between layers, strided convolutions, attention; but GPUs round what comes out of a convolution in
`bfloat16`, too. A context as `shortcuts`."""

PRECISIONS = ("float32", "tf32", "bfloat16")

_LAYOUT = ("NHWC", "HWIO", "NHWC")


def conv2d(image: jax.Array, kernel: jax.Array, padding: tuple[int, int]) -> jax.Array:
    """Returns the cross-correlation of `image` with `kernel`, stride 1, zero padding.

    Args:
        image: [B, H, W, I].
        kernel: [h, w, I, O], of the same type as `image`.
        padding: Rows and columns of zeros added on either side; at most h - 1 and w - 1.

    Returns:
        [B, H + 2 padding[0] - h + 1, W + 2 padding[1] - w + 1, O]. Unless `precision` says
        otherwise, float32 products are float32 on every device, never TF32.
    """
    settings = {"fast": shortcuts.value, "precision": precision.value}
    return _conv2d.bind(image, kernel, padding=padding, **settings)


def _apply(image, kernel, *, padding, fast, precision):
    del fast
    kind = image.dtype
    if precision == "bfloat16" and kind == jnp.float32:
        image, kernel = image.astype(jnp.bfloat16), kernel.astype(jnp.bfloat16)
    return lax.conv_general_dilated(
        image,
        kernel,
        window_strides=(1, 1),
        padding=[(size, size) for size in padding],
        dimension_numbers=_LAYOUT,
        precision=lax.Precision.HIGH if precision == "tf32" else lax.Precision.HIGHEST,
        preferred_element_type=kind,
    )


def _apply_on_cpu(image, kernel, *, padding, fast, precision):
    if fast and precision != "bfloat16":
        if winograd.suits(image, kernel, winograd.CPU_CHANNELS):
            return winograd.convolve(image, kernel, padding)
        # In 0.6 to 0.9 of the time of XLA's convolution.
        if kernel.shape[:2] == (1, 1) and padding == (0, 0):
            return jnp.matmul(image, kernel[0, 0], precision=lax.Precision.HIGHEST)
    return _apply(image, kernel, padding=padding, fast=fast, precision=precision)


def _apply_on_gpu(image, kernel, *, padding, fast, precision):
    kind = image.dtype
    if precision == "bfloat16" and kind == jnp.float32:
        # Asked for float32, XLA would convert both back and run in float32, in 15 times the time.
        image, kernel = image.astype(jnp.bfloat16), kernel.astype(jnp.bfloat16)
    elif fast and precision == "float32" and winograd.suits(image, kernel, winograd.GPU_CHANNELS):
        return winograd.convolve_at_once(image, kernel, padding)
    out = _apply(image, kernel, padding=padding, fast=fast, precision=precision)
    return out.astype(kind)


def _image_gradient(ct, image, kernel, *, padding, **settings):
    """Correlates with the kernel turned in space, inputs and outputs exchanged."""
    del image
    turned = jnp.flip(kernel, (0, 1)).swapaxes(2, 3)
    opposite = tuple(size - 1 - pad for size, pad in zip(kernel.shape, padding, strict=False))
    return _conv2d.bind(ct, turned, padding=opposite, **settings)


def _kernel_gradient(ct, image, kernel, *, padding, **settings):
    """Correlates image and cotangent; the batch is summed over, as channels are elsewhere.

    Of one pixel, a plain product: 0.5 to 0.9 of the time of forward pass and gradient together.
    """
    if kernel.aval.shape[:2] == (1, 1):
        gradient = jnp.einsum("bhwi,bhwo->io", image, ct, precision=lax.Precision.HIGHEST)
        return gradient[None, None]
    by_channel = image.transpose(3, 1, 2, 0)
    as_kernel = ct.transpose(1, 2, 0, 3)
    gradient = _conv2d.bind(by_channel, as_kernel, padding=padding, **settings)
    return gradient.transpose(1, 2, 0, 3)


def bilinear_primitive(
    name: str,
    apply: Callable,
    settings: tuple[str, ...],
    image_gradient: Callable,
    kernel_gradient: Callable,
    **others: Callable,
) -> Primitive:
    """Returns a primitive that is linear in an image and in a kernel.

    Args:
        name: Its name in programs.
        apply: (image, kernel, **settings) -> output; images and outputs are [B, H, W, C].
        settings: Names of its settings.
        image_gradient: (cotangent, image, kernel, **settings) -> cotangent of the image, which
            has an `aval` alone here.
        kernel_gradient: The same for the kernel.
        **others: By platform, as `cpu=`, what replaces `apply` in programs for it.
    """

    def abstract(image, kernel, **settings):
        shape = jax.eval_shape(lambda i, k: apply(i, k, **settings), image, kernel).shape
        return jax.core.ShapedArray(shape, image.dtype)

    def batch(args, axes, **settings):
        (image, kernel), (image_axis, kernel_axis) = args, axes
        if kernel_axis is not None:
            return jax.vmap(lambda i, k: apply(i, k, **settings), axes)(image, kernel), 0
        image = jnp.moveaxis(image, image_axis, 0)
        merged = image.reshape(-1, *image.shape[2:])
        out = primitive.bind(merged, kernel, **settings)
        return out.reshape(*image.shape[:2], *out.shape[1:]), 0

    primitive = Primitive(name)
    primitive.def_impl(jax.jit(primitive.bind, static_argnames=settings))
    primitive.def_abstract_eval(abstract)
    ad.defbilinear(primitive, image_gradient, kernel_gradient)
    batching.primitive_batchers[primitive] = batch
    mlir.register_lowering(primitive, mlir.lower_fun(apply, multiple_results=False))
    for platform, other in others.items():
        lowering = mlir.lower_fun(other, multiple_results=False)
        mlir.register_lowering(primitive, lowering, platform=platform)
    return primitive


_conv2d = bilinear_primitive(
    "conv2d",
    _apply,
    ("padding", "fast", "precision"),
    _image_gradient,
    _kernel_gradient,
    cpu=_apply_on_cpu,
    gpu=_apply_on_gpu,
)
