"""What a checkpoint holds, told from the names and shapes of its arrays.

What these do not tell is never guessed: the file's hash decides, a row of the catalogue, or the
user.
"""

import dataclasses
import os
import re
import shlex
import tarfile
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import flax.linen as nn

from srzoo_jax import official, zoo
from srzoo_jax.catalogue import CATALOGUE, Entry, Source, written
from srzoo_jax.porting import checkpoints
from srzoo_jax.porting.names import matches
from srzoo_jax.porting.rename import Arrays, PortError, rename, without_prefix
from srzoo_jax.porting.shapes import Open, Shapes, of_arrays

_PORTED = [row for row in CATALOGUE.values() if row.source and row.source.infer]
_FAMILIES = list({row.source.infer: row for row in reversed(_PORTED)}.values())
"""The first row of each family."""
_SHOWN = 10  # Lines about an unknown checkpoint, of
_WIDTH = 200  # characters.


class Match(NamedTuple):
    """A model that arrays fit."""

    source: Source
    model: nn.Module
    """Where hyper-parameters are open, with one value of several that fit."""
    open: Mapping[str, Open]

    def __str__(self):
        return written.write(self.model, self.open)

    @property
    def rows(self) -> list[Entry]:
        """The catalogue's official models that agree, whatever they have for what is open."""
        rows = [row for row in _PORTED if row.official and row.source.infer is self.source.infer]
        return [row for row in rows if self._is(row)]

    def _is(self, row: Entry) -> bool:
        def agrees(field, value):
            ours = getattr(self.model, field)
            open_ = self.open.get(field)
            return value in open_.choices or not open_.complete if open_ else value == ours

        return all(agrees(*field) for field in written.fields(row.model).items())


class Recognised(NamedTuple):
    """What to port a file as."""

    match: Match
    rows: list[Entry]
    why: str


def recognise(
    path: str | os.PathLike, *, name: str | None = None, given: Mapping[str, Any] | None = None
) -> Recognised:
    """Finds out what a checkpoint file is to be ported as.

    Args:
        path: The file.
        name: Of a model outside the catalogue; without it, rows of the catalogue are meant.
        given: Hyper-parameters that the arrays do not tell.

    Returns:
        The rows: several, if the file is the official one of several.

    Raises:
        PortError: No family has such arrays; the message tells the nearest.
        ValueError: Something has to be told by the user; the message says what.
        UnsafeCheckpointError: It is no checkpoint, or holds anything but data.
    """
    path = checkpoints.locate(path)
    if tarfile.is_tarfile(path):
        rows = ", ".join(row.name for row in _PORTED if row.folder)
        raise ValueError(f"{path} is an archive; say by --models what to take of it: {rows}")
    arrays = checkpoints.read(path)
    try:
        match = with_given(match_of(arrays), given or {})
        if name is not None:
            row, why = _outside(match, name)
            return Recognised(match, [dataclasses.replace(row, file=path.name)], why)
        return Recognised(match, *_of_catalogue(match, checkpoints.hashes(path), arrays))
    except ValueError as error:
        raise type(error)(f"{path}: {error}") from error


def match_of(arrays: Arrays) -> Match:
    """Returns the one model that arrays fit.

    Raises:
        PortError: There is none, or several.
    """
    arrays = without_prefix(arrays)
    found = list(_matches(arrays))
    if len(found) == 1:
        return found[0]
    if found:
        raise PortError(f"several families have such arrays: {', '.join(map(str, found))}")
    cause = likely(arrays)
    raise PortError(f"no family has such arrays: {cause}" if cause else _nearest(arrays))


def likely(arrays: Arrays) -> str | None:
    """Says what model's arrays these are, be it behind a common prefix."""
    first = next(iter(arrays), "")
    prefixes = [first[:end] for end, letter in enumerate(first, 1) if letter == "."]
    for prefix in ("", *prefixes):
        if not all(name.startswith(prefix) for name in arrays):
            return None
        found = list(_matches(without_prefix(arrays, prefix)))
        if found:
            models = [row.name for match in found for row in match.rows] or map(str, found)
            what = f"these are the arrays of {', '.join(models)}"
            return f"every name has the prefix {prefix!r}; behind it, {what}" if prefix else what
    return None


def with_given(match: Match, given: Mapping[str, Any]) -> Match:
    """Closes what is open by values that the user gives.

    Raises:
        ValueError: A value does not fit, or is not open.
    """
    known = written.fields(match.model)
    for field, value in given.items():
        if field not in match.open:
            told = f"the arrays tell {known[field]!r}" if field in known else "no such field"
            raise ValueError(f"{field} is not open in {match}: {told}")
        known[field] = _checked(field, value, match.open[field])
    open_ = {field: why for field, why in match.open.items() if field not in given}
    return Match(match.source, type(match.model)(**known), open_)


def _checked(field: str, value: Any, open_: Open) -> Any:
    try:
        value = _like(open_.choices[0], value)
        if value in open_.choices or not open_.complete:
            return value
    except TypeError:
        pass
    raise ValueError(f"{field}={value!r} does not fit; what fits: {_choices(open_)}")


def _like(example: Any, value: Any) -> Any:
    """Returns `value` in the type of `example`; TypeError if it is of another."""
    if isinstance(example, tuple) and isinstance(value, tuple) and len(value) == len(example):
        return tuple(map(_like, example, value))
    if isinstance(example, float) and type(value) is int:
        return float(value)
    if type(value) is not type(example) or (type(value) is int and value < 1):
        raise TypeError
    return value


def _matches(arrays: Arrays) -> Iterator[Match]:
    shapes = of_arrays(arrays)
    for family in _FAMILIES:
        match = _guess(family, shapes)
        if match and not _differences(match, arrays):
            yield match


def _guess(family: Entry, shapes: Shapes) -> Match | None:
    try:
        found = family.source.infer(shapes)
        open_ = {field: value for field, value in found.items() if isinstance(value, Open)}
        values = {field: value.choices[0] for field, value in open_.items()}
        match = Match(family.source, type(family.model)(**{**found, **values}), open_)
        match.source.names(match.model)
    except (LookupError, ArithmeticError, ValueError):
        return None
    return match


def _differences(match: Match, arrays: Arrays) -> list[str]:
    try:
        rename(arrays, match.source.names(match.model), zoo.shapes(Entry("", match.model)))
    except PortError as error:
        return str(error).split("\n  ")[1:]
    except (ArithmeticError, TypeError, ValueError) as error:  # No network has such layers.
        return [f"{match} cannot be: {str(error).partition(chr(10))[0]}"]
    return []


def _nearest(arrays: Arrays) -> str:
    """Compares arrays of no known model with the family that knows most of their names."""

    def known(match):
        names = match.source.names(match.model)
        tables = [names] if isinstance(names, Mapping) else names
        rows = [[row for _, row in matches(table, arrays)] for table in tables]
        return max(sum(row is not None and row.ours is not None for row in some) for some in rows)

    def read_off(family):
        return _guess(family, shapes) or Match(family.source, family.model, {})

    shapes = of_arrays(arrays)
    count, best = max(((known(m), m) for m in map(read_off, _FAMILIES)), key=lambda pair: pair[0])
    if not count:
        some = ", ".join(list(arrays)[:3])
        return f"no family has such arrays, nor knows any of their names: {some}, ..."
    rows = [row for row in _PORTED if row.source.infer is best.source.infer]
    guess = _guess(rows[0], shapes)
    candidates = [guess] if guess else [Match(row.source, row.model, {}) for row in rows]
    differences, best = min(
        ((_differences(match, arrays), match) for match in candidates),
        key=lambda pair: len(pair[0]),
    )
    shown = differences if len(differences) <= _SHOWN else differences[: _SHOWN - 1]
    more = [f"and {len(differences) - len(shown)} more"] * (len(shown) < len(differences))
    head = (
        f"no family has such arrays. Nearest: {best} of {best.source.repository}, whose table"
        f" knows {count} of {len(arrays)} names. {len(differences)} disagreements:"
    )
    return "\n  ".join([head, *(line[:_WIDTH] for line in shown), *more])


def _of_catalogue(match: Match, hashes, arrays: Arrays) -> tuple[list[Entry], str]:
    rows = match.rows
    known = [row for row in rows if official.identifies(row, hashes, arrays)]
    if known:
        return known, "by its hash the official file"
    if len(rows) == 1:
        return rows, "the only model of the catalogue with such arrays"
    if not rows:
        raise ValueError(f"holds {match}, which is not in the catalogue.{_request(match)}")
    listed = ", ".join(f"{row.name} ({row.file})" for row in rows)
    raise ValueError(
        f"holds {match}, which may be any of {listed}; neither the arrays nor the file's hash tell"
        " which. Say it by --models=NAME; or, for a model of its own:" + _request(match)
    )


def _outside(match: Match, name: str) -> tuple[Entry, str]:
    if name in CATALOGUE or not re.fullmatch(r"\w[\w.-]*", name):
        reason = "is in the catalogue" if name in CATALOGUE else "is no plain name"
        raise ValueError(f"--name={name} {reason}; choose another one")
    model, why = match.model, "a model of its own"
    if match.open:
        rows = match.rows
        if len({row.model for row in rows}) != 1:
            raise ValueError(f"holds {match}.{_request(match)}")
        model = rows[0].model
        values = ", ".join(f"{field}={getattr(model, field)!r}" for field in match.open)
        why += f", with {values} as in {rows[0].name} (others: --set)"
    origin = f"unknown authors, with the layer names of {match.source.repository}"
    source = dataclasses.replace(match.source, repository=origin, licence="unknown", address="")
    return Entry(name, model, source), why


def _request(match: Match) -> str:
    """Says what flags are needed to port a model outside the catalogue."""
    example = ",".join(f"{field}={open_.choices[0]!r}" for field, open_ in match.open.items())
    flag = shlex.quote(f"--set={example}")
    lines = [f"\n  {field} ({o.why}): {_choices(o)}" for field, o in match.open.items()]
    told = " The arrays do not tell" + "".join(lines) + "\n " if lines else ""
    return f"{told} Pass --name=NAME{f' and, with your values, {flag}' if lines else ''}"


def _choices(open_: Open) -> str:
    values = " or ".join(map(repr, open_.choices))
    return values if open_.complete else f"such as {values}"
