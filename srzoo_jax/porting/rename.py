"""Arrays under their authors' names -> parameters, by a table of layer names, strictly.

Every array is used once and every parameter filled once, or `PortError` lists all that is wrong.
"""

import difflib
import re
from collections.abc import Mapping, Sequence

import numpy as np

from srzoo_jax.porting.names import KINDS, Constant, Layer, Names, matches, split

Arrays = Mapping[str, np.ndarray]
"""A checkpoint: name -> array."""


class PortError(ValueError):
    """A checkpoint and a model do not fit; the message lists every disagreement."""


def without_prefix(arrays: Arrays, prefix: str = "module.") -> dict[str, np.ndarray]:
    """Drops `prefix` (PyTorch's DataParallel adds it) if every name has it."""
    if arrays and all(name.startswith(prefix) for name in arrays):
        return {name.removeprefix(prefix): array for name, array in arrays.items()}
    return dict(arrays)


def rename(
    arrays: Arrays, names: Names | Sequence[Names], wanted: Mapping[str, tuple[int, ...]]
) -> dict:
    """Sorts a checkpoint into parameters.

    Args:
        arrays: The checkpoint.
        names: The authors' layers -> ours. Where several namings are in circulation, several
            tables: the one counts that knows most of the arrays.
        wanted: Shape of every parameter, by path ("up/conv0/kernel").

    Returns:
        {path: array}, C-contiguous, of exactly the paths and shapes `wanted`.

    Raises:
        PortError: Any array has no place, any parameter no array, any shape is another one.
    """
    tables = [names] if isinstance(names, Mapping) else names
    names = max(tables, key=lambda table: sum(row is not None for _, row in matches(table, arrays)))
    problems, slots, used = [], {}, set()
    for name, row in matches(names, arrays):
        if row is None:
            problems.append(f"unknown array {name} {arrays[name].shape}{_nearest(name, names)}")
            continue
        used.add(row.theirs)
        if row.ours is None:
            continue
        ours = Layer(row.ours) if isinstance(row.ours, str) else row.ours
        constants = ours.values if isinstance(ours, Constant) else ours.constants
        if isinstance(ours, Constant) or row.suffix in constants:
            problems += _disagreement(name, arrays[name], constants.get(row.suffix))
            continue
        if row.suffix not in KINDS[ours.kind]:
            expected = " or ".join(KINDS[ours.kind])
            problems.append(f"unknown array {name}: of {row.layer} only {expected} are known")
            continue
        leaf = KINDS[ours.kind][row.suffix]
        index = (*ours.index, *row.numbers)
        slot = slots.setdefault(f"{ours.path}/{leaf.name}", {})
        if index in slot:
            problems.append(f"{name} and {slot[index][0]} fill the same place")
        slot[index] = (name, arrays[name], leaf.transform)
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


def _nearest(name: str, names: Names) -> str:
    layer, _ = split(name)
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
    places = set(np.ndindex(shape[:depth]))
    if missing := places - slot.keys():
        numbers = ", ".join("/".join(map(str, index)) for index in sorted(missing))
        raise PortError(f"nothing fills {path} at {numbers}")
    out = np.empty(shape, np.float32)
    for index, (name, array, transform) in slot.items():
        if index not in places:
            raise PortError(f"{name} is one too many for {path} {shape}")
        part = transform(array) if array.ndim == len(shape) - depth else array
        if part.shape != shape[depth:]:
            raise PortError(
                f"{name} {array.shape} becomes {part.shape}, but {path} needs {shape[depth:]}"
            )
        out[index] = part
    return out
