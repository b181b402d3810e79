"""One step of training, as a pure function of a state and a batch."""

from collections.abc import Callable
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax
from flax import traverse_util

from srzoo_jax import compiling
from srzoo_jax.catalogue import Entry
from srzoo_jax.models import layers
from srzoo_jax.training import recipes
from srzoo_jax.training.recipes import Recipe
from srzoo_jax.types import Image, Params


class State(NamedTuple):
    """All that a training changes."""

    step: jax.Array
    """How many have been done."""
    params: Params
    average: Params
    """Exponential moving average of the parameters: what is validated and kept."""
    optimiser: Any


def trainable(row: Entry) -> Entry:
    """Returns the row of a network that learns from pairs of LR and HR.

    Raises:
        ValueError: It has no parameters, or its task is another one.
    """
    if not row.source or row.scale == 1 or row.channels != 3:
        raise ValueError(f"{row.name} is no network that enlarges RGB images: cannot train it")
    return row


def start(model: nn.Module, recipe: Recipe, *, seed: int, given: Params) -> State:
    """Returns the state before the first step.

    Args:
        model: The network.
        recipe: How it will be trained.
        seed: Of random parameters.
        given: Parameters to start with, where name and shape agree: of the same network for
            another scale, all but the last layers.
    """
    # Shapes of parameters do not depend on the image: a small one will do.
    params = model.init(jax.random.key(seed), jnp.zeros((1, 16, 16, 3)))["params"]
    if recipe.start == "identity":
        params = _near_identity(params)
    ours, theirs = (traverse_util.flatten_dict(tree) for tree in (params, given))
    fitting = {k: v for k, v in theirs.items() if k in ours and ours[k].shape == v.shape}
    params = traverse_util.unflatten_dict(
        {k: jnp.asarray(v) for k, v in {**ours, **fitting}.items()}
    )
    return State(jnp.int32(0), params, params, recipes.optimiser(recipe).init(params))


def count(params: Params) -> int:
    """Returns how many numbers there are in parameters."""
    return sum(leaf.size for leaf in jax.tree.leaves(params))


def _near_identity(params: Params) -> Params:
    """Adds the identity to every convolution between layers of like width.

    A deep plain network so starts as its residual counterpart would, and is trainable (the short
    residual of SESR, Bhardwaj et al., MLSys 2022, which folds into the kernel); random, ten
    layers without skips stayed where they began.
    """

    def add(leaf):
        if leaf.ndim != 4 or leaf.shape[2] != leaf.shape[3]:
            return leaf
        height, width, features, _ = leaf.shape
        return leaf.at[height // 2, width // 2].add(jnp.eye(features))

    return jax.tree.map(add, params)


def step_of(model: nn.Module, recipe: Recipe) -> Callable:
    """Returns (state, lr, hr) -> (state, loss), compiled; images are uint8 [B, H, W, 3]."""
    optimiser = recipes.optimiser(recipe)

    def loss_of(params, lr, hr):
        return loss(recipe, _apply(model, recipe.precision, params, lr), hr)

    @compiling.jit
    def step(state: State, lr: jax.Array, hr: jax.Array) -> tuple[State, jax.Array]:
        lr, hr = (image.astype(jnp.float32) / 255 for image in (lr, hr))
        value, gradient = jax.value_and_grad(loss_of)(state.params, lr, hr)
        updates, optimised = optimiser.update(gradient, state.optimiser, state.params)
        params = optax.apply_updates(state.params, updates)
        average = optax.incremental_update(params, state.average, 1 - recipe.ema)
        return State(state.step + 1, params, average, optimised), value

    return step


def loss(recipe: Recipe, sr: Image, hr: Image) -> jax.Array:
    """Returns the recipe's loss of images in [0, 1].

    The frequency term is the mean modulus of the difference of unitary 2-D Fourier coefficients
    (as of MIMO-UNet, Cho et al., ICCV 2021, there not unitary).
    """
    difference = sr.astype(jnp.float32) - hr
    value = jnp.abs(difference).mean() if recipe.loss == "l1" else (difference**2).mean()
    if recipe.frequency:
        spectrum = jnp.fft.rfft2(difference, axes=(1, 2), norm="ortho")
        squared = spectrum.real**2 + spectrum.imag**2
        # Of zero, the square root has no finite gradient.
        modulus = jnp.where(squared > 0, jnp.sqrt(jnp.where(squared > 0, squared, 1)), 0)
        value += recipe.frequency * modulus.mean()
    return value


def _apply(model: nn.Module, precision: str, params: Params, image: Image) -> Image:
    """Applies the network, its convolutions in the given precision."""

    def lowered(call, args, kwargs, context):
        kind = layers.Conv | layers.ConvTranspose
        if context.method_name == "__call__" and isinstance(context.module, kind):
            args = [x.astype(precision) for x in args]
        return call(*args, **kwargs)

    if precision == "float32":
        return model.apply({"params": params}, image)
    with nn.intercept_methods(lowered):
        return model.apply({"params": params}, image)
