"""Programs within programs, which XLA's CPU backend compiles by themselves."""

from collections.abc import Callable
from functools import cache, partial

import jax
from jax.experimental.xla_metadata import set_xla_metadata


@cache
def task(function: Callable, **settings) -> Callable:
    """A function whose program is not mixed with its surroundings, nor rounded as these would."""
    compiled = jax.jit(partial(function, **settings))

    def call(*arguments):
        with set_xla_metadata(inlineable="false"):
            return compiled(*arguments)

    return call
