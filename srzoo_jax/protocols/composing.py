"""Protocols by name, and made of others by replacing choices."""

import dataclasses
import pkgutil
import re
from collections.abc import Sequence

from srzoo_jax.metrics import Metric
from srzoo_jax.protocols.protocol import Protocol, check, known
from srzoo_jax.protocols.rows import PROTOCOLS


def named(name: str) -> Protocol:
    """Returns a protocol by name, or from outside: `my_module:my_protocol`.

    Raises:
        ValueError: There is none; the message lists all.
    """
    if ":" in name:
        return _from_outside(name, Protocol)
    check("protocol", name, PROTOCOLS)
    return PROTOCOLS[name]


def composed(
    base: Protocol,
    *,
    shave: int | str | None = None,
    metrics: Sequence[str | Metric] | None = None,
    **choices,
) -> Protocol:
    """Returns a protocol with some choices replaced, whose name says which; `base` if none is.

    Args:
        base: What to start from.
        shave: Pixels off every side: a number, `scale`, or `scale+6`.
        metrics: Rows, names of `METRICS`, or from outside: `my_module:my_row`.
        **choices: Other fields of `Protocol`; None: as in `base`.

    Raises:
        ValueError: An unknown key, or a shave of another form.
    """
    name = base.name
    changes = {field: value for field, value in choices.items() if value is not None}
    said = dict(changes)
    if shave is not None:
        changes["shave_per_scale"], changes["shave_pixels"] = _shave(str(shave))
        said = {"shave": shave} | said
    if metrics is not None:
        changes["metrics"] = tuple(_metric(metric) for metric in metrics)
        said["metrics"] = "+".join(metric.name for metric in changes["metrics"])
    new = dataclasses.replace(base, **changes)
    if new == base:
        return base
    name += "".join(f",{field}={value}" for field, value in said.items())
    return dataclasses.replace(new, name=name, source=f"made of {base.name}: {base.source}")


def _metric(metric: str | Metric) -> Metric:
    if isinstance(metric, str) and ":" in metric:
        return _from_outside(metric, Metric)
    return known(metric)


def _from_outside(name: str, kind: type):
    try:
        found = pkgutil.resolve_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(f"cannot import {name} (module:name): {error}") from error
    if not isinstance(found, kind):
        raise ValueError(f"{name} is a {type(found).__name__}; expected a {kind.__name__}")
    return found


def _shave(text: str) -> tuple[int, int]:
    """'scale+6' -> (1, 6), '10' -> (0, 10)."""
    found = re.fullmatch(r"(scale)?(?(1)(?:\+(\d+))?|(\d+))", text)
    if not found:
        raise ValueError(f"shave must be like 10, scale or scale+6; got {text!r}")
    return int(bool(found[1])), int(found[2] or found[3] or 0)
