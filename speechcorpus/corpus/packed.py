"""Long sequences in a fraction of their memory: each value packed by itself, read as often as one likes."""

import pickle
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import TypeVar, overload

T = TypeVar("T")
LIKE_BYTES = 4096  # of the first values, which all others resemble: half of the time of 32 KiB, 3 % larger
LEVEL, WINDOW, MEMORY = 1, -13, 6  # of deflate: raw, small; a value is some kilobytes


class Packed(Sequence[T]):
    """Values of one kind, each compressed against the first ones: 0.25 kB instead of 5 for a clip.

    What comes out equals what went in and is another object. The values never leave this process.

    Examples
    --------
    >>> rows = Packed({"utt_id": f"spk00001-s0001-{n:06d}", "noise_band": "low"} for n in range(500))
    >>> len(rows), rows[499]["utt_id"], rows.bytes < 40_000
    (500, 'spk00001-s0001-000499', True)
    """

    def __init__(self, values: Iterable[T] = ()) -> None:
        self._parts: list[bytes] = []
        self._plain: int | None = None  # how many of the first are not compressed; None: not settled yet
        self._like = b""
        for value in values:
            self.append(value)

    def append(self, value: T) -> None:
        """Add a value at the end; nothing is kept of the object itself."""
        data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        if self._plain is None:
            self._parts.append(data)
            self._like += data
            if len(self._like) >= LIKE_BYTES:
                self._plain, self._like = len(self._parts), self._like[-LIKE_BYTES:]
            return
        squeeze = zlib.compressobj(LEVEL, zlib.DEFLATED, WINDOW, MEMORY, zdict=self._like)
        self._parts.append(squeeze.compress(data) + squeeze.flush())

    @property
    def bytes(self) -> int:
        """Bytes of what is held, without the list of it."""
        return sum(map(len, self._parts))

    def __len__(self) -> int:
        return len(self._parts)

    def __iter__(self) -> Iterator[T]:
        return map(self._at, range(len(self._parts)))

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[T]: ...
    def __getitem__(self, at: int | slice) -> T | Sequence[T]:
        places = range(len(self._parts))[at]
        return Picked(self, places) if isinstance(places, range) else self._at(places)

    def __eq__(self, other: object) -> bool:
        return _equal(self, other)

    __hash__ = None  # type: ignore[assignment]  # as a list, it may grow

    def _at(self, place: int) -> T:
        data = self._parts[place]
        if self._plain is not None and place >= self._plain:
            data = zlib.decompressobj(WINDOW, zdict=self._like).decompress(data)
        value: T = pickle.loads(data)  # noqa: S301  packed by ourselves, in this process
        return value


class Picked(Sequence[T]):
    """Some values of a sequence, by their places in it, in any order: 8 bytes of memory each."""

    def __init__(self, values: Sequence[T], places: Iterable[int]) -> None:
        self._values, self._places = values, array("Q", places)

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[T]:
        return map(self._values.__getitem__, self._places)

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[T]: ...
    def __getitem__(self, at: int | slice) -> T | Sequence[T]:
        if isinstance(at, slice):
            return Picked(self._values, self._places[at])
        return self._values[self._places[at]]

    def __eq__(self, other: object) -> bool:
        return _equal(self, other)

    __hash__ = None  # type: ignore[assignment]


def quickly_packed(kind: type[T]) -> type[T]:
    """Let a frozen dataclass with slots be packed as a plain tuple: a quarter of the time of its own way."""
    names: tuple[str, ...] = kind.__slots__  # type: ignore[attr-defined]
    held_in = attrgetter(*names)  # more than one: a tuple

    def state(value: T) -> tuple[object, ...]:
        found: tuple[object, ...] = held_in(value)
        return found

    def restore(value: T, state: tuple[object, ...]) -> None:
        for name, held in zip(names, state, strict=True):
            object.__setattr__(value, name, held)

    setattr(kind, "__getstate__", state)  # noqa: B010  a class has no such attribute to a type checker
    setattr(kind, "__setstate__", restore)  # noqa: B010
    return kind


class Shared:
    """Gives one object for equal texts: thousands of clips name the same few."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        """Return the first text that was equal to this one."""
        return self._known.setdefault(text, text)


def _equal(one: Sequence[object], other: object) -> bool:
    if not isinstance(other, Sequence):
        return False
    return len(one) == len(other) and all(a == b for a, b in zip(one, other, strict=True))
