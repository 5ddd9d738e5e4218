"""Shapes of JSON, in few words: what a body must be and an answer is; as JSON Schema for OpenAPI."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Kind = Literal["object", "array", "string", "integer", "number", "boolean", "map", "any", "bytes", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One shape; an object has keys, of which some may be left out, and no others."""

    kind: Kind
    keys: Mapping[str, "Shape"] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    of: "Shape | None" = None  # of each element, or of each value of a map
    words: tuple[str, ...] = ()
    form: str | None = None  # uuid | date-time | sha256 …, as JSON Schema's `format`
    nullable: bool = False
    open: bool = False  # more keys than these may come

    def schema(self) -> dict[str, Any]:
        """Return it as JSON Schema 2020-12.

        >>> obj(id=UUID, seconds=NUMBER.or_null()).schema()["properties"]["seconds"]
        {'type': ['number', 'null']}
        """
        if self.kind in ("any", "none", "bytes"):
            return {}
        kind = "object" if self.kind == "map" else self.kind
        schema: dict[str, Any] = {"type": [kind, "null"] if self.nullable else kind}
        if self.form:
            schema["format"] = self.form
        if self.words:
            schema["enum"] = [*self.words, *([None] if self.nullable else [])]
        if self.kind == "array" and self.of is not None:
            schema["items"] = self.of.schema()
        if self.kind == "map" and self.of is not None:
            schema["additionalProperties"] = self.of.schema()
        if self.kind == "object":
            schema["properties"] = {name: shape.schema() for name, shape in self.keys.items()}
            schema["required"] = [name for name in self.keys if name not in self.optional]
            schema["additionalProperties"] = self.open
        return schema

    def or_null(self) -> "Shape":
        """Return the same, or null."""
        return Shape(
            kind=self.kind,
            keys=self.keys,
            optional=self.optional,
            of=self.of,
            words=self.words,
            form=self.form,
            nullable=True,
            open=self.open,
        )

    def faults(self, value: object, where: str = "") -> list[str]:
        """Return where a value is not of this shape.

        >>> obj(id=STRING).faults({"id": 3, "more": 1})
        ['id: integer is no string', 'more: is not declared']
        """
        if self.kind in ("any", "bytes", "none") or (value is None and self.nullable):
            return []
        found = _kind_of(value)
        if not _is_kind(found, self.kind):
            return [f"{where.lstrip('.') or 'body'}: {found} is no {self.kind}"]
        if self.words and value not in self.words:
            return [f"{where.lstrip('.')}: {value!r} is not one of {', '.join(self.words)}"]
        if isinstance(value, list):
            return [fault for each in value for fault in (self.of or ANY).faults(each, f"{where}[]")]
        if isinstance(value, Mapping):
            return self._object_faults(value, where)
        return []

    def _object_faults(self, value: Mapping[str, object], where: str) -> list[str]:
        if self.kind == "map":
            return [fault for each in value.values() for fault in (self.of or ANY).faults(each, f"{where}.*")]
        faults = [
            fault
            for name, each in value.items()
            if name in self.keys
            for fault in self.keys[name].faults(each, f"{where}.{name}")
        ]
        if not self.open:
            more = [name for name in value if name not in self.keys]
            faults += [f"{where}.{name}".lstrip(".") + ": is not declared" for name in more]
        missing = [name for name in self.keys if name not in value and name not in self.optional]
        return faults + [f"{where}.{name}".lstrip(".") + ": is missing" for name in missing]


def _kind_of(value: object) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return "null" if value is None else names[type(value)]


def _is_kind(found: str, wanted: str) -> bool:
    return found == wanted or (found, wanted) in {("integer", "number"), ("object", "map")}


def obj(*optional: str, **keys: Shape) -> Shape:
    """Return an object with these keys, of which the named ones may be left out."""
    return Shape(kind="object", keys=keys, optional=frozenset(optional))


def array(of: Shape) -> Shape:
    """Return a list of things of one shape."""
    return Shape(kind="array", of=of)


def table(of: Shape) -> Shape:
    """Return an object whose keys are data."""
    return Shape(kind="map", of=of)


def one_of(*words: str) -> Shape:
    """Return one of some words."""
    return Shape(kind="string", words=words)


ANY: Final = Shape(kind="any")
NONE: Final = Shape(kind="none")
BYTES: Final = Shape(kind="bytes")
STRING: Final = Shape(kind="string")
INTEGER: Final = Shape(kind="integer")
NUMBER: Final = Shape(kind="number")
BOOLEAN: Final = Shape(kind="boolean")
UUID: Final = Shape(kind="string", form="uuid")
TIME: Final = Shape(kind="string", form="date-time")
SHA256: Final = Shape(kind="string", form="sha256")
DECIMAL: Final = Shape(kind="string", form="decimal")  # a number as digits: canonical JSON has no fractions
OBJECT: Final = Shape(kind="object", open=True)
