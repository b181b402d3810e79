"""Loops (scans) in programs (jaxprs), told by shapes: what JAX calls their parts varies."""

from collections.abc import Sequence


def split(eqn, values: Sequence) -> tuple[list, list, list]:
    """Returns the values for a scan's inputs as constants, carry and stacked ones.

    Every step gets the constants, what the step before carried on, and an entry of each stacked
    value, which has one axis more than that. It gives a carry, and entries of stacked outputs.

    Args:
        eqn: The scan, as an equation of a jaxpr.
        values: One for each of its inputs.
    """
    step = eqn.params["jaxpr"].jaxpr
    stacked = _count_longer(eqn.invars, step.invars)
    carried = len(eqn.outvars) - _count_longer(eqn.outvars, step.outvars)
    end = len(eqn.invars) - stacked
    return list(values[: end - carried]), list(values[end - carried : end]), list(values[end:])


def _count_longer(outside, inside) -> int:
    """How many have more axes outside of the loop."""
    pairs = zip(outside, inside, strict=True)
    return sum(len(x.aval.shape) > len(y.aval.shape) for x, y in pairs)
