"""Features inside a model: what any of its modules gives, by path.

>>> inside = intermediates.features("rcan_x4", "head", "groups/blocks/attention[3,7]")
>>> found = inside(params, lr)  # {path: [B, H, W, C]}
"""

import difflib
import re
from collections.abc import Callable

import jax
import jax.numpy as jnp

from srzoo_jax import zoo
from srzoo_jax.types import Image, Params


def features(name: str, *paths: str) -> Callable[[Params, Image], dict[str, jax.Array]]:
    """Returns the pure function that gives a model's intermediate features.

    Under `jit` only what the paths need is computed. It can be differentiated as any restorer.

    Args:
        name: A row of the catalogue.
        paths: Which: paths of modules, as in the parameters ("up/conv0"). A stack of blocks gives
            its features stacked, and so does a module that runs several times; `[k]` behind a
            path picks one of them, `[j,k]` one of nested stacks. None: all, whole.

    Returns:
        (params, image) -> {path: array}. It raises ValueError for a path that the model lacks, or
        a number past the end of a stack; the message has the nearest paths.

    Raises:
        ValueError: The model is unknown.
    """
    row = zoo.entry(name)

    def inside(params, image):
        _, state = row.model.apply({"params": params}, image, capture_intermediates=True)
        found = dict(_walk(state["intermediates"], ""))
        return {path: _pick(row.name, found, path) for path in paths or found}

    return inside


def shapes(name: str, height: int = 64, width: int = 64) -> dict[str, tuple[int, ...]]:
    """Returns the paths of a model's modules, and the shape of what each gives; computes nothing.

    Args:
        name: A row of the catalogue.
        height: Of an LR image.
        width: Of an LR image.
    """
    row = zoo.entry(name)
    image = jax.ShapeDtypeStruct((1, height, width, row.channels), jnp.float32)
    params = jax.eval_shape(row.model.init, jax.random.key(0), image).get("params", {})
    found = jax.eval_shape(features(name), params, image)
    return {path: array.shape for path, array in found.items()}


def _walk(tree, path):
    """Path and output of every module; a module that ran once does not count as a stack."""
    for key, part in tree.items():
        if key == "__call__":
            arrays = [leaf for leaf in part if isinstance(leaf, jax.Array)]
            if arrays and path:
                yield path, arrays[0] if len(arrays) == 1 else jnp.stack(arrays)
        else:
            yield from _walk(part, f"{path}/{key}".lstrip("/"))


def _pick(name, found, path):
    module, numbers = re.fullmatch(r"(.*?)(?:\[([\d, ]+)\])?", path).groups()
    if module not in found:
        near = difflib.get_close_matches(module, found, 4, 0.4)
        raise ValueError(f"{name} has no module {module!r}; nearest: {', '.join(near)}")
    index = tuple(map(int, numbers.split(","))) if numbers else ()
    stack = found[module].shape[: max(0, found[module].ndim - 4)]
    if len(index) > len(stack) or any(i >= n for i, n in zip(index, stack, strict=False)):
        raise ValueError(f"{path}: {module} of {name} is a stack of shape {stack}")
    return found[module][index]
