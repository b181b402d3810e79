"""What XLA is asked to do when it compiles."""

import functools
from collections.abc import Callable

import jax

_OPTIONS = {
    # Matrix products by Eigen, of which the runtime makes small tasks. Each of YNNPACK's, the
    # default, stays on a core: RCAN takes 0.8 of the time so, EDSR-baseline 0.85, its training 0.7
    # to 0.9, CARN 1.02 (80x120 pixels, two cores). Convolutions and sums stay YNNPACK's: Eigen's
    # convolution of large maps copies what every pixel sees: 55 GB for 24 megapixels.
    "cpu": {
        "xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_REDUCE,"
        "LIBRARY_FUSION_TYPE_INDIVIDUAL_CONVOLUTION"
    },
}
_EPILOGUES = {"xla_gpu_experimental_enable_conv_fusion": True}


def compiled(lowered: jax.stages.Lowered, platform: str, precision: str) -> jax.stages.Compiled:
    """Compiles a program.

    Of bfloat16 on GPUs, biases, activations and residual sums become part of the convolution before
    them: EDSR's blocks take 0.82 of the time then, EDSR-baseline's 0.83 (16 times 120x80 pixels,
    H100). Not of other precisions, which these kernels are not known to respect.

    Args:
        lowered: The program.
        platform: The kind of device, as JAX names it.
        precision: Of `models.convolution.PRECISIONS`.
    """
    options = _options(platform, precision)
    try:
        return lowered.compile(compiler_options=options)
    except jax.errors.JaxRuntimeError:
        if not options:
            raise
        return lowered.compile()  # XLA may not know the option.


def jit(function: Callable, **settings) -> Callable:
    """`jax.jit`, whose programs are compiled as those of `compiled` in float32.

    For JAX's default device, and for programs that stand by themselves: JAX refuses options within
    another `jit`. `__wrapped__` is the function itself.
    """

    @functools.cache
    def made():
        return jax.jit(function, compiler_options=_known(jax.default_backend()), **settings)

    @functools.wraps(function)
    def call(*arguments, **named):
        return made()(*arguments, **named)

    return call


def _options(platform: str, precision: str) -> dict:
    if platform == "gpu" and precision == "bfloat16":
        return _EPILOGUES
    return _OPTIONS.get(platform, {})


@functools.cache
def _known(platform: str) -> dict:
    """The options for float32, if XLA knows them."""
    options = _options(platform, "float32")
    try:
        jax.jit(lambda: 0).lower().compile(compiler_options=options)
    except jax.errors.JaxRuntimeError:
        return {}
    return options
