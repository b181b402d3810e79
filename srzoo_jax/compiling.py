"""What XLA is asked to do when it compiles."""

import functools
from collections.abc import Callable, Mapping

import jax

_YNNPACKS = "xla_cpu_experimental_ynn_fusion_type"
_SUMS = "LIBRARY_FUSION_TYPE_REDUCE"
_CONVOLUTIONS = "LIBRARY_FUSION_TYPE_INDIVIDUAL_CONVOLUTION"

NETWORKS = {
    # Matrix products by Eigen, of which the runtime makes small tasks. Each of YNNPACK's, the
    # default, stays on a core: RCAN, EDSR-baseline, CARN and IMDN take 0.8 of the time so, training
    # 0.7 to 0.9 (80x120 pixels, two cores). Sums stay YNNPACK's: without, IMDN takes 1.1 times as
    # long, SwinIR 1.2. So do convolutions: Eigen's, of large maps, copies what every pixel sees: 55
    # GB for 24 megapixels.
    "cpu": {_YNNPACKS: f"{_SUMS},{_CONVOLUTIONS}"},
}
"""Options by platform, of programs that restore images or train."""

METRICS = {
    # Where YNNPACK takes a sum, it also computes what is summed, for which it needs more than ten
    # times as long if that is a map of SSIM; of others, 1.5 to 5 times.
    "cpu": {_YNNPACKS: _CONVOLUTIONS},
}
"""Likewise, of programs that score images."""

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
    options = NETWORKS.get(platform, {})
    if platform == "gpu" and precision == "bfloat16":
        options = _EPILOGUES
    try:
        return lowered.compile(compiler_options=options)
    except jax.errors.JaxRuntimeError:
        if not options:
            raise
        return lowered.compile()  # XLA may not know the option.


def jit(function: Callable, options: Mapping[str, dict] = NETWORKS, **settings) -> Callable:
    """`jax.jit` with options, for JAX's default device.

    Where arguments are traced, as within another `jit`, which refuses options, or within `grad`,
    it is `jax.jit` without. `__wrapped__` is the function itself.

    Args:
        function: As `jax.jit` takes it.
        options: By platform: `NETWORKS` or `METRICS`.
        **settings: Of `jax.jit`.
    """
    plain = jax.jit(function, **settings)

    @functools.cache
    def made():
        known = _known(tuple(options.get(jax.default_backend(), {}).items()))
        return jax.jit(function, compiler_options=known, **settings)

    @functools.wraps(function)
    def call(*arguments, **named):
        leaves = jax.tree.leaves((arguments, named))
        within = any(isinstance(leaf, jax.core.Tracer) for leaf in leaves)
        return (plain if within else made())(*arguments, **named)

    return call


@functools.cache
def _known(options: tuple[tuple[str, str], ...]) -> dict:
    """The options, if XLA knows them."""
    try:
        jax.jit(lambda: 0).lower().compile(compiler_options=dict(options))
    except jax.errors.JaxRuntimeError:
        return {}
    return dict(options)
