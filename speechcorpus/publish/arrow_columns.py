"""Columns of a table as Arrow arrays, made of their buffers.

Handing a list to the library would do as well, but then it first looks for another one that may have made
the list, and importing that costs as much as writing half a gigabyte.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import pyarrow as pa


def column(values: Sequence[object], kind: Any) -> Any:
    """Return a column of texts, whole numbers or floats; None is null.

    Parameters
    ----------
    kind : `pa.string()`, or a number of 32 or 64 bits

    Examples
    --------
    >>> column(["食飽", None, ""], pa.string()).to_pylist()
    ['食飽', None, '']
    >>> column([3, None], pa.int32()).to_pylist()
    [3, None]
    """
    there = np.fromiter((value is not None for value in values), dtype=bool, count=len(values))
    valid = None if there.all() else pa.py_buffer(np.packbits(there, bitorder="little").tobytes())
    content = _texts(values) if pa.types.is_string(kind) else [_numbers(values, kind)]
    return pa.Array.from_buffers(kind, len(values), [valid, *content])


def _texts(values: Sequence[object]) -> list[Any]:
    encoded = [b"" if value is None else str(value).encode() for value in values]
    ends = np.fromiter(accumulate(map(len, encoded), initial=0), dtype=np.int32, count=len(encoded) + 1)
    return [pa.py_buffer(ends.tobytes()), pa.py_buffer(b"".join(encoded))]


def _numbers(values: Sequence[object], kind: Any) -> Any:
    numbers = [0 if value is None else value for value in values]
    return pa.py_buffer(np.array(numbers, dtype=kind.to_pandas_dtype()).tobytes())
