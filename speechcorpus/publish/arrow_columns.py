"""Columns of a table as Arrow arrays, made of their buffers.

Handing a list to the library would do as well, but then it first looks for another one that may have made
the list, and importing that costs as much as writing half a gigabyte.
"""

from collections.abc import Sequence
from itertools import accumulate
from types import NoneType
from typing import Any

import numpy as np
import pyarrow as pa


def column(values: Sequence[object], kind: Any) -> Any:
    """Return a column of texts, whole numbers or floats; None is null.

    Parameters
    ----------
    kind : `pa.string()`, or a number of 32 or 64 bits

    Raises
    ------
    TypeError : for a value that would have to be made another to fit, a float among whole numbers say

    Examples
    --------
    >>> column(["食飽", None, ""], pa.string()).to_pylist()
    ['食飽', None, '']
    >>> column([3, None], pa.int32()).to_pylist()
    [3, None]
    """
    wanted = str if pa.types.is_string(kind) else int if pa.types.is_integer(kind) else float
    types = set(map(type, values))
    if odd := types - {wanted, NoneType}:
        raise TypeError(f"{odd.pop().__name__} in a column of {wanted.__name__}")
    valid, filled = None, values
    if NoneType in types:
        there = np.array([value is not None for value in values], dtype=bool)
        valid = pa.py_buffer(np.packbits(there, bitorder="little").tobytes())
        filled = [wanted() if value is None else value for value in values]
    content = _texts(filled) if wanted is str else [_numbers(filled, kind)]
    return pa.Array.from_buffers(kind, len(values), [valid, *content])


def _texts(values: Sequence[Any]) -> list[Any]:
    encoded = [value.encode() for value in values]
    ends = np.fromiter(accumulate(map(len, encoded), initial=0), dtype=np.int32, count=len(encoded) + 1)
    return [pa.py_buffer(ends.tobytes()), pa.py_buffer(b"".join(encoded))]


def _numbers(values: Sequence[Any], kind: Any) -> Any:
    return pa.py_buffer(np.array(values, dtype=kind.to_pandas_dtype()).tobytes())
