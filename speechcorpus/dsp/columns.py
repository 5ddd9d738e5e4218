"""What is kept of each hop of a recording of unknown length: tables that grow, levels in two bytes."""

import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from speechcorpus.dsp.arrays import Float32Array, Floats

CentiDb = NDArray[np.int16]
LOG2_A_CENTI_DB = np.float32(math.log2(10) / 1000)
LOWEST = np.float32(1e-30)

# of hops: 30 s, 15 min, 6 h; of half seconds, the second is 6 h as well
# memory that is asked for and never touched costs none, so the steps are large
CAPACITIES = (1500, 45_000, 1_100_000)


class Column:
    """Rows of numbers, appended block by block.

    Examples
    --------
    >>> column = Column(np.int16, 2)
    >>> column.append(np.array([[1, 2], [3, 4]]))
    >>> column.append(np.array([[5, 6]]))
    >>> column.rows.tolist()
    [[1, 2], [3, 4], [5, 6]]
    """

    def __init__(self, dtype: DTypeLike, width: int | None = None) -> None:
        self._shape = () if width is None else (width,)
        self._data: NDArray[Any] = np.empty((CAPACITIES[0], *self._shape), dtype)
        self._count = 0

    def append(self, part: NDArray[Any]) -> None:
        """Take the next rows, shape (n,) or (n, width)."""
        count = self._count + part.shape[0]
        if count > self._data.shape[0]:
            rows = next((rows for rows in CAPACITIES if rows >= count), 2 * count)
            grown = np.empty((rows, *self._shape), self._data.dtype)
            grown[: self._count] = self.rows
            self._data = grown
        self._data[self._count : count] = part
        self._count = count

    def clear(self) -> None:
        """Forget all rows, but not the room for them."""
        self._count = 0

    @property
    def rows(self) -> NDArray[Any]:
        """All rows so far, shape (rows,) or (rows, width): a view, not a copy."""
        return self._data[: self._count]


class Powers:
    """Powers that are kept as levels: only those that are asked for are made.

    Examples
    --------
    >>> powers = Powers(np.array([0, -1000, -2000], np.int16))
    >>> powers.size, [round(power, 3) for power in powers[1:].tolist()]
    (3, [0.1, 0.01])
    """

    def __init__(self, levels: CentiDb) -> None:
        self._levels = levels
        self.size = levels.size

    def __getitem__(self, at: slice | NDArray[Any]) -> Float32Array:
        return powers_of(self._levels[at])


AnyPowers = Floats | Powers


def centi_db(powers: Floats) -> CentiDb:
    """Return levels in hundredths of a dB: two bytes instead of four, and 0.005 dB off at most.

    Examples
    --------
    >>> centi_db(np.array([1.0, 0.5, 0.0])).tolist()
    [0, -301, -30000]
    """
    levels = np.log10(np.maximum(powers, LOWEST))
    levels *= 1000
    return np.asarray(np.rint(levels, out=levels), dtype=np.int16)


def powers_of(levels: CentiDb) -> Float32Array:
    """Return the powers of levels in hundredths of a dB."""
    powers = levels * LOG2_A_CENTI_DB
    return np.asarray(np.exp2(powers, out=powers))
