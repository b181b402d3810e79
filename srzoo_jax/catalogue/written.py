"""Modules as one would write them, and back: EDSR(scale=4, features=64, ...)."""

import ast
import dataclasses
from collections.abc import Container
from typing import Any

import flax.linen as nn

_LINEN = ("parent", "name")  # Fields that every linen module has.


def fields(model: nn.Module) -> dict[str, Any]:
    """Returns the hyper-parameters of a module by name."""
    names = [field.name for field in dataclasses.fields(model)]
    return {name: getattr(model, name) for name in names if name not in _LINEN}


def write(model: nn.Module, unknown: Container[str] = ()) -> str:
    """Returns a module as text, with question marks for what is `unknown`."""
    values = [f"{k}={'?' if k in unknown else repr(v)}" for k, v in fields(model).items()]
    return f"{type(model).__name__}({', '.join(values)})"


def read(text: str) -> tuple[str, dict[str, Any]]:
    """Reads text of `write`, as data: the name of the class, and the hyper-parameters.

    Raises:
        ValueError: It is something else.
    """
    try:
        call = ast.parse(text.strip(), mode="eval").body
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and not call.args:
            return call.func.id, {k.arg: ast.literal_eval(k.value) for k in call.keywords}
    except (SyntaxError, ValueError):
        pass
    raise ValueError(f"expected NAME(FIELD=VALUE, ...), found {text}")
