"""The journal of a run: append-only JSON lines on the disk, so that a killed run can go on."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator, KeysView, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from speechcorpus.domain.errors import SpeechCorpusError

Record = dict[str, Any]
Key = str


class Journal:
    """Keeps records, and finds those of an earlier run by their keys.

    Parameters
    ----------
    key : the key of a record of an earlier run, or None if it is not to be used again
    resume : keep what an earlier run wrote; else the journal begins empty

    Raises
    ------
    SpeechCorpusError : `batch.no-journal` if there is nothing to resume, `batch.journal-busy` while another
        run writes it, `batch.journal` if the file cannot be opened
    """

    def __init__(self, path: Path, *, key: Callable[[Record], Key | None], resume: bool) -> None:
        self._path = path
        self._file = _opened(path, resume)
        self._index = dict(_indexed(self._file, key))

    def keys(self) -> KeysView[Key]:
        """Keys of an earlier run; what this run adds is not among them."""
        return self._index.keys()

    def find(self, key: Key) -> Record:
        """Return the record of an earlier run."""
        start, size = self._index[key]
        record: Record = json.loads(os.pread(self._file.fileno(), size, start))
        return record

    def add(self, records: Sequence[Record]) -> None:
        """Append the records; they are on the disk when this returns."""
        if not records:
            return
        lines = [json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n" for record in records]
        self._file.write("".join(lines).encode())
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Let another run have it."""
        self._file.close()


def _opened(path: Path, resume: bool) -> BinaryIO:
    if resume and not path.exists():
        raise SpeechCorpusError("batch.no-journal", f"there is no journal {path} to resume")
    try:
        file = path.open("a+b")
    except OSError as error:
        raise SpeechCorpusError("batch.journal", f"cannot write {path}: {error.strerror}") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # ends with the process, however it ends
    except BlockingIOError as error:
        file.close()
        raise SpeechCorpusError("batch.journal-busy", f"another run is writing {path}") from error
    if not resume:
        file.truncate(0)
    return file


def _indexed(file: BinaryIO, key: Callable[[Record], Key | None]) -> Iterator[tuple[Key, tuple[int, int]]]:
    """Place of every record that can be used again; a last line that a kill tore is cut off."""
    file.seek(0)
    at = 0
    for line in file:
        if not line.endswith(b"\n"):
            file.truncate(at)
            break
        name = _key_of(line, key)
        if name is not None:
            yield name, (at, len(line))
        at += len(line)
    file.seek(0, os.SEEK_END)


def _key_of(line: bytes, key: Callable[[Record], Key | None]) -> Key | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return key(record) if isinstance(record, dict) else None
