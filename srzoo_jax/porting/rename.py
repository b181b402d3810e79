"""Arrays under their authors' names -> parameters, by a table of layer names.

A table maps the authors' layers to ours. Kernels and biases follow by rule; what is no ordinary
convolution is marked:

    {"head.0": "head",                       # "head.0.weight" -> "head/kernel", transposed, ...
     "body.*.conv": "blocks/conv",           # one stack over all numbers that fill the star
     "up": Layer("up", "transposed"),        # another kind of layer
     "sub_mean": mean_shift(-255, mean),     # a constant of ours, which the file must agree with
     "upsample.up3.0": None}                 # known, not needed here

Every array is used once and every parameter filled once, or `PortError` lists all that is wrong.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

Arrays = Mapping[str, np.ndarray]
"""A checkpoint: name -> array."""


class PortError(ValueError):
    """A checkpoint and a model do not fit; the message lists every disagreement."""


class Layer(NamedTuple):
    """One of our layers, and how the authors store it: a key of `KINDS`."""

    path: str
    kind: str = "conv"


class Constant(NamedTuple):
    """Values that our model has built in; those of the file must be equal to float32 rounding."""

    values: dict[str, np.ndarray]


Names = dict[str, str | Layer | Constant | None]


def _same(array):
    return array


class Leaf(NamedTuple):
    """What becomes of one array of a layer: our name for it, and its transposition."""

    name: str
    transform: Callable[[np.ndarray], np.ndarray] = _same


KINDS: dict[str, dict[str, Leaf]] = {
    "conv": {
        "weight": Leaf("kernel", lambda oihw: oihw.transpose(2, 3, 1, 0)),
        "bias": Leaf("bias"),
    },
    "transposed": {
        "weight": Leaf("kernel", lambda iohw: iohw.transpose(2, 3, 0, 1)),
        "bias": Leaf("bias"),
    },
    "prelu": {"weight": Leaf("slope")},
}


def mean_shift(factor: float, mean: np.ndarray) -> Constant:
    """EDSR's MeanShift: a 1x1 convolution that adds `factor` times `mean` to the colours."""
    eye = np.eye(3, dtype=np.float32).reshape(3, 3, 1, 1)
    return Constant({"weight": eye, "bias": np.float32(factor) * np.asarray(mean, np.float32)})


def without_prefix(arrays: Arrays, prefix: str = "module.") -> dict[str, np.ndarray]:
    """Drops `prefix` (PyTorch's DataParallel adds it) if every name has it."""
    if arrays and all(name.startswith(prefix) for name in arrays):
        return {name.removeprefix(prefix): array for name, array in arrays.items()}
    return dict(arrays)


def rename(arrays: Arrays, names: Names, wanted: Mapping[str, tuple[int, ...]]) -> dict:
    """Sorts a checkpoint into parameters.

    Args:
        arrays: The checkpoint.
        names: The authors' layers -> ours.
        wanted: Shape of every parameter, by path ("up/conv0/kernel").

    Returns:
        {path: array}, C-contiguous, of exactly the paths and shapes `wanted`.

    Raises:
        PortError: Any array has no place, any parameter no array, any shape is another one.
    """
    problems, slots = [], {}
    patterns = [(_pattern(theirs), theirs, ours) for theirs, ours in names.items()]
    used = set()
    for name, array in arrays.items():
        layer, _, suffix = name.rpartition(".")
        match = next(((m, t, o) for p, t, o in patterns if (m := p.fullmatch(layer))), None)
        if match is None:
            problems.append(f"unknown array {name} {array.shape}{_nearest(layer, names)}")
            continue
        found, theirs, ours = match
        used.add(theirs)
        if ours is None:
            continue
        if isinstance(ours, Constant):
            problems += _disagreement(name, array, ours.values.get(suffix))
            continue
        path, kind = Layer(ours) if isinstance(ours, str) else ours
        if suffix not in KINDS[kind]:
            expected = " or ".join(KINDS[kind])
            problems.append(f"unknown array {name}: of layer {layer} only {expected} are known")
            continue
        leaf = KINDS[kind][suffix]
        index = tuple(map(int, found.groups()))
        slot = slots.setdefault(f"{path}/{leaf.name}", {})
        if index in slot:
            problems.append(f"{name} and {slot[index][0]} fill the same place")
        slot[index] = (name, array, leaf.transform)
    params = {}
    for path, shape in wanted.items():
        try:
            params[path] = _fill(path, shape, slots.pop(path, {}))
        except PortError as error:
            problems.append(str(error))
    for path, slot in slots.items():
        problems += [f"{name} would be {path}, which the model lacks" for name, *_ in slot.values()]
    problems += [f"layer {t} is missing" for t, o in names.items() if o and t not in used]
    if problems:
        raise PortError("\n  ".join([f"{len(problems)} disagreements:", *problems]))
    return params


def _pattern(theirs: str) -> re.Pattern:
    return re.compile(re.escape(theirs).replace(r"\*", r"(\d+)"))


def _nearest(layer: str, names: Names) -> str:
    near = difflib.get_close_matches(re.sub(r"\d+", "*", layer), names, 2)
    return f"; near to it: {', '.join(near)}" if near else ""


def _disagreement(name: str, array: np.ndarray, constant: np.ndarray | None) -> list[str]:
    if constant is None:
        return [f"unknown array {name}: its layer is a constant without such a part"]
    if array.shape != constant.shape or not np.allclose(array, constant, rtol=1e-6, atol=0):
        found = np.array2string(array.ravel()[:3], threshold=3)
        wanted = np.array2string(constant.ravel()[:3], threshold=3)
        return [f"{name} is a constant of the model, {wanted} ...; the file has {found} ..."]
    return []


def _fill(path: str, shape: tuple[int, ...], slot: dict) -> np.ndarray:
    """Puts the arrays of one parameter together: one array, or a stack of them."""
    if not slot:
        raise PortError(f"nothing fills {path} {shape}")
    depth = len(next(iter(slot)))
    out = np.full(shape, np.nan, np.float32)
    missing = set(np.ndindex(shape[:depth]))
    for index, (name, array, transform) in slot.items():
        if index not in missing:
            raise PortError(f"{name} is one too many for {path} {shape}")
        part = transform(array) if array.ndim == len(shape) - depth else array
        if part.shape != shape[depth:]:
            raise PortError(
                f"{name} {array.shape} becomes {part.shape}, but {path} needs {shape[depth:]}"
            )
        missing.remove(index)
        out[index] = part
    if missing:
        numbers = ", ".join("/".join(map(str, index)) for index in sorted(missing))
        raise PortError(f"nothing fills {path} at {numbers}")
    return out
