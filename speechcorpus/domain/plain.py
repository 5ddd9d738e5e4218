"""A frozen record as plain values of canonical JSON, and back, held to its annotations.

Only what our stored records use: str, int, bool, `Decimal` and float (both as decimal strings), `Literal`,
`X | None`, `tuple[X, ...]`, `Mapping[str, X]`, other frozen records, and `object` for what is kept as it is.
Unknown and missing keys are faults, never ignored. A field that records had not from the beginning says so
(`LATER`): it is left out while it is None, so that what was kept and hashed before stays as it was.
"""

import typing
from collections.abc import Mapping, Sequence
from dataclasses import Field, fields, is_dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from types import MappingProxyType, UnionType
from typing import Any, Literal, TypeVar

from speechcorpus.domain.canonical import decimal_of, decimal_text

LATER: Mapping[str, bool] = MappingProxyType({"later": True})
"""Metadata of a field that is None in all records of before it."""

T = TypeVar("T")
Path = tuple[str, ...]


class PlainFault(ValueError):  # noqa: N818  (a fault in the input, renamed by whoever asked)
    """A value that does not fit its record: `path` says which, `why` says why.

    `rule` and `facts` say the same for a sentence in another language.
    """

    def __init__(self, path: Path, why: str, rule: str = "no-form", **facts: str) -> None:
        super().__init__(f"{'.'.join(path)}: {why}")
        self.path = path
        self.why = why
        self.rule = rule
        self.facts: Mapping[str, str] = facts


def to_plain(value: object) -> object:
    """Return the record as dicts, lists, strings, integers, booleans and null; decimals as shortest text."""
    if is_dataclass(value):
        said = {field.name: (field, getattr(value, field.name)) for field in fields(value)}
        return {
            name: to_plain(inner)
            for name, (field, inner) in said.items()
            if inner is not None or not _came_later(field)
        }
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, float):
        return decimal_text(decimal_of(value))
    if isinstance(value, Mapping):
        return {key: to_plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return [to_plain(inner) for inner in value]
    return value


def from_plain(kind: type[T], value: object, path: Path = ()) -> T:
    """Return the record of this kind that the plain value stands for.

    Raises
    ------
    PlainFault : for the first value that does not fit

    Examples
    --------
    >>> from speechcorpus.domain.actor import Actor
    >>> from_plain(Actor, {"role": "manager", "id": "m-1"})
    Actor(role='manager', id='m-1')
    >>> from_plain(Actor, {"role": "king", "id": "m-1"})
    Traceback (most recent call last):
    speechcorpus.domain.plain.PlainFault: role: 'king' is none of contributor, reviewer, manager, payer, ml,
    operator
    """
    hints = _hints_of(typing.cast(typing.Hashable, kind))
    entries = {**dict.fromkeys(_later_fields(typing.cast(typing.Hashable, kind))), **_mapping(value, path)}
    for key in entries:
        if key not in hints:
            raise PlainFault((*path, key), "unknown key", "unknown-key")
    for name in hints:
        if name not in entries:
            raise PlainFault((*path, name), "missing", "missing")
    return kind(**{name: _typed(hint, entries[name], (*path, name)) for name, hint in hints.items()})


@cache  # a record's annotations are read once a process; resolving them took longer than all else here
def _hints_of(kind: typing.Hashable) -> Mapping[str, Any]:
    return MappingProxyType(typing.get_type_hints(kind))


@cache
def _later_fields(kind: typing.Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in fields(typing.cast(Any, kind)) if _came_later(field))


def _came_later(field: Field[Any]) -> bool:
    return bool(field.metadata.get("later"))


def _typed(hint: Any, value: object, path: Path) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (UnionType, typing.Union):
        return None if value is None else _typed(arguments[0], value, path)
    if origin is tuple:
        return _tuple(arguments[0], value, path)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        entries = _mapping(value, path)
        return MappingProxyType({k: _typed(arguments[1], v, (*path, k)) for k, v in entries.items()})
    if origin is Literal:
        return _one_of(arguments, value, path)
    if is_dataclass(hint):
        return from_plain(typing.cast("type[Any]", hint), value, path)
    if hint in (Decimal, float):
        return hint(_decimal(value, path))
    return value if hint is object else _simple(hint, value, path)


def _mapping(value: object, path: Path) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise PlainFault(path, f"{value!r} is no table", "no-table")
    return value


def _tuple(inner: Any, value: object, path: Path) -> tuple[Any, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise PlainFault(path, f"{value!r} is no list", "no-list")
    return tuple(_typed(inner, v, (*path, str(i))) for i, v in enumerate(value))


def _one_of(allowed: tuple[Any, ...], value: object, path: Path) -> object:
    if value not in allowed:
        names = ", ".join(map(str, allowed))
        raise PlainFault(path, f"{value!r} is none of {names}", "none-of", allowed=names)
    return value


def _decimal(value: object, path: Path) -> Decimal:
    if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
        try:
            number = Decimal(value)
        except InvalidOperation:
            raise PlainFault(path, f"{value!r} is no number", "no-number") from None
        if number.is_finite():
            return number
    raise PlainFault(path, f"{value!r} is no number", "no-number")


def _simple(hint: type, value: object, path: Path) -> object:
    if type(value) is not hint:
        words = {str: "text", int: "a whole number", bool: "true or false"}
        rule = f"no-{hint.__name__}" if hint in words else "no-form"
        raise PlainFault(path, f"{value!r} is not {words.get(hint, hint.__name__)}", rule)
    return value
