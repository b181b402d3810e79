"""Pickles read as data: a machine that knows how to build containers and nothing else.

Nothing that a pickle names is ever imported or called. A global becomes a `Symbol`, a call of one
a `Call` that keeps its arguments; what they mean is for the caller to say, of names it knows.
"""

import pickletools
from collections.abc import Callable
from typing import Any, NamedTuple


class UnsafeCheckpointError(ValueError):
    """The file is malformed, or wants more than to describe arrays."""


class Symbol(NamedTuple):
    """A name out of a module, not looked up."""

    module: str
    name: str

    def __str__(self):
        """The dotted name."""
        return f"{self.module}.{self.name}"


class Call:
    """What would be `function(*args)`, then given items and state; it is not called."""

    def __init__(self, function: "Symbol | Persistent", args: tuple):
        self.function = function
        self.args = args
        self.items: dict = {}
        self.state: Any = None


class Persistent(NamedTuple):
    """A reference to something outside the pickle, as a storage."""

    key: Any


_MARK = object()
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_EMPTY = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple}
_LITERALS = frozenset(
    (
        *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
        *("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE"),
    )
)
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_GETS = frozenset(("GET", "BINGET", "LONG_BINGET"))
_PUTS = frozenset(("PUT", "BINPUT", "LONG_BINPUT"))


def load(file, allowed: Callable[[Symbol], bool]) -> Any:
    """Reads one pickle from a binary file, which is left just behind it.

    Args:
        file: Open for reading, seekable.
        allowed: Which symbols may occur.

    Returns:
        Dictionaries, lists, tuples, strings, numbers, `Symbol`, `Call`, `Persistent`.

    Raises:
        UnsafeCheckpointError: An opcode that no checkpoint needs, a symbol not allowed, or bytes
            that are no pickle.
    """
    try:
        return _Machine(allowed).run(pickletools.genops(file))
    except UnsafeCheckpointError:
        raise
    except (ValueError, IndexError, KeyError, TypeError, UnicodeError, OverflowError) as error:
        raise UnsafeCheckpointError(f"malformed pickle: {error}") from error


class _Machine:
    """The stack, the marks and the memo of a pickle under way."""

    def __init__(self, allowed):
        self.allowed = allowed
        self.stack = []
        self.memo = {}

    def run(self, opcodes) -> Any:
        for opcode, arg, position in opcodes:
            if opcode.name == "STOP":
                (result,) = self.stack
                return result
            self.step(opcode.name, arg, position)
        raise UnsafeCheckpointError("malformed pickle: it ends without STOP")

    def pop_to_mark(self) -> list:
        mark = len(self.stack) - 1 - self.stack[::-1].index(_MARK)
        items = self.stack[mark + 1 :]
        del self.stack[mark:]
        return items

    def step(self, name, arg, position) -> None:
        stack = self.stack
        if name in ("PROTO", "FRAME"):
            pass
        elif name in _LITERALS:
            stack.append(arg)
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name in _EMPTY:
            stack.append(_EMPTY[name]())
        elif name == "MARK":
            stack.append(_MARK)
        elif name in _TUPLES:
            count = _TUPLES[name]
            stack[-count:] = [tuple(stack[-count:])]
        elif name in ("TUPLE", "LIST", "DICT"):
            items = self.pop_to_mark()
            stack.append(
                tuple(items) if name == "TUPLE" else items if name == "LIST" else _pairs(items)
            )
        elif name in ("APPEND", "APPENDS"):
            items = self.pop_to_mark() if name == "APPENDS" else [stack.pop()]
            _checked(stack[-1], list).extend(items)
        elif name in ("SETITEM", "SETITEMS"):
            items = self.pop_to_mark() if name == "SETITEMS" else [stack.pop(-2), stack.pop()]
            _dictionary(stack[-1]).update(_pairs(items))
        elif name in _GETS:
            stack.append(self.memo[arg])
        elif name in _PUTS:
            self.memo[arg] = stack[-1]
        elif name == "MEMOIZE":
            self.memo[len(self.memo)] = stack[-1]
        elif name in ("GLOBAL", "STACK_GLOBAL"):
            module, _, symbol = arg.partition(" ") if arg else (stack.pop(-2), "", stack.pop())
            stack.append(self.symbol(module, symbol))
        elif name in ("REDUCE", "NEWOBJ"):
            args = _checked(stack.pop(), tuple)
            stack.append(Call(_checked(stack.pop(), Symbol | Persistent), args))
        elif name == "BUILD":
            state = stack.pop()
            _checked(stack[-1], Call).state = state
        elif name == "BINPERSID":
            stack.append(Persistent(stack.pop()))
        else:
            raise UnsafeCheckpointError(f"opcode {name} at byte {position} has no place here")

    def symbol(self, module, name) -> Symbol:
        symbol = Symbol(_checked(module, str), _checked(name, str))
        if not self.allowed(symbol):
            raise UnsafeCheckpointError(
                f"the file refers to {symbol}, which no checkpoint of arrays needs"
            )
        return symbol


def _checked(value, kind):
    if not isinstance(value, kind):
        raise UnsafeCheckpointError(
            f"malformed pickle: expected {getattr(kind, '__name__', kind)}, found"
            f" {type(value).__name__}"
        )
    return value


def _pairs(items: list) -> dict:
    return dict(zip(items[::2], items[1::2], strict=True))


def _dictionary(value) -> dict:
    """What items are set in: a dictionary, or what a call would have made (OrderedDict)."""
    return value.items if isinstance(value, Call) else _checked(value, dict)
