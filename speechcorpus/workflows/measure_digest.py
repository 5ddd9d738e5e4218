"""One hash over all rows of a run: two runs that say the same have the same digest."""

import hashlib

from speechcorpus.domain.measurement import Measurement
from speechcorpus.workflows.measure_report import json_line


class RowDigest:
    """SHA-256 over the SHA-256 of every row's JSON line without `error_detail`, sorted by (sha256, path).

    Hashes of the lines stand for the lines, so that a million rows fit into memory. How a decoder ended is
    told in words that may differ from run to run; hence no `error_detail`.

    Examples
    --------
    >>> RowDigest().hexdigest() == hashlib.sha256(b"").hexdigest()
    True
    """

    def __init__(self) -> None:
        self._rows: list[bytes] = []

    def add(self, row: Measurement) -> None:
        """Take one row, in any order."""
        line = json_line(row, without=("error_detail",))
        order = bytes.fromhex(row.sha256 or "00" * 32) + row.path.encode() + b"\0"
        self._rows.append(order + hashlib.sha256(line.encode()).digest())

    def hexdigest(self) -> str:
        """Return the digest of the rows so far."""
        digest = hashlib.sha256()
        for entry in sorted(self._rows):
            digest.update(entry[-32:])
        return digest.hexdigest()
