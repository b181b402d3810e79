"""Tables that sort by a click on a heading."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from srzoo_jax.html.page import render


class Column(NamedTuple):
    """What a column shows of every row."""

    key: str
    title: str
    style: str | Callable[[object], str] = ""
    """How values are written: a format such as ".3f", or a function that may give Markup."""
    better: str = ""
    """Sets off the best value, which is the "higher" or the "lower"; default: none is."""
    help: str = ""
    """Shown when the pointer rests on the title."""


class Cell(NamedTuple):
    """One value as it is sorted by, and as it is written."""

    value: object
    text: str
    best: bool
    numeric: bool


def table(columns: Sequence[Column], rows: Sequence[Mapping], caption: str = "") -> Markup:
    """Rows as a table; a value that is missing, None or NaN is shown as a dash and sorted last."""
    best = {column.key: _best(column, rows) for column in columns}
    body = [
        [_cell(column, row.get(column.key), best[column.key]) for column in columns] for row in rows
    ]
    numeric = [any(line[index].numeric for line in body) for index in range(len(columns))]
    return Markup(
        render("table.html", columns=columns, numeric=numeric, body=body, caption=caption)
    )


def _best(column: Column, rows: Sequence[Mapping]) -> object:
    values = [row.get(column.key) for row in rows]
    values = [value for value in values if _is_number(value)]
    if len(values) < 2 or not column.better:
        return None
    return {"higher": max, "lower": min}[column.better](values)


def _cell(column: Column, value: object, best: object) -> Cell:
    if value is None or value != value:
        return Cell("", "\N{EN DASH}", False, False)
    text = column.style(value) if callable(column.style) else format(value, column.style)
    return Cell(value, text, best is not None and value == best, _is_number(value))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not math.isnan(value)
