"""The form of a delta: `DELTA.json`, then payloads by digest, in a USTAR archive with plain headers."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from speechcorpus.corpus.documents import json_line
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.tar import BLOCK, ending, padding, tar_header

FORM = "speechcorpus-delta/1"
DOCUMENT = "DELTA.json"
PAYLOAD = re.compile(r"data/([0-9a-f]{64})")
DIGEST = re.compile(r"[0-9a-f]{64}")
LARGEST_DOCUMENT = 128 << 20
WORDS = {"keep": (str,), "delete": (str,), "rename": (str, str), "write": (str, str), "splice": (str, list)}
PART = (str, str, int, int)


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One end of a delta."""

    version: str
    corpus_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """What leads from one version to another.

    `ops` are ["keep", path], ["rename", path, old path], ["write", path, digest], ["delete", old path] and
    ["splice", path, [["old", old path, offset, length] or ["data", digest, offset, length], …]], by path.
    """

    corpus: str
    old: End
    new: End
    ops: Sequence[Sequence[Any]]
    changes: Mapping[str, int]

    def to_document(self) -> bytes:
        """Return `DELTA.json`."""
        ends = {
            name: {"version": end.version, "corpus_id": end.corpus_id}
            for name, end in (("from", self.old), ("to", self.new))
        }
        form = {"form": FORM, "corpus": self.corpus, **ends, "changes": dict(self.changes)}
        return json_line({**form, "ops": [list(op) for op in self.ops]})


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """Where the bytes of one payload lie in the archive."""

    offset: int
    bytes: int


def read_delta(file: BinaryIO) -> tuple[Delta, dict[str, Payload]]:
    """Return the document and the payloads by digest of an archive that anybody may have made.

    Only the headers and the document are read; a header that is not byte for byte what we write is refused,
    and so are links, devices, foreign names and archives that end too early.

    Raises
    ------
    ReleaseError : `release.delta`, naming the first thing that is wrong
    """
    size = file.seek(0, 2)
    members: dict[str, Payload] = {}
    at = 0
    while (name_size := _header(file, at, size)) is not None:
        name, length = name_size
        if name in members or (members and name <= max(members)) or (not members and name != DOCUMENT):
            raise _bad(f"{name}: twice, or out of order")
        members[name] = Payload(offset=at + BLOCK, bytes=length)
        at += BLOCK + length + padding(length)
    file.seek(at)
    if file.read(size - at + 1) != ending(at) or DOCUMENT not in members:
        raise _bad("it does not end as an archive ends")
    document = members.pop(DOCUMENT)
    if document.bytes > LARGEST_DOCUMENT:
        raise _bad(f"{DOCUMENT} is larger than {LARGEST_DOCUMENT} bytes")
    file.seek(document.offset)
    return _parsed(file.read(document.bytes)), {
        name.removeprefix("data/"): payload for name, payload in members.items()
    }


def _header(file: BinaryIO, at: int, size: int) -> tuple[str, int] | None:
    """Return name and size of the member at a position, None where the archive ends."""
    file.seek(at)
    block = file.read(BLOCK)
    if len(block) < BLOCK:
        raise _bad("it ends in the middle of a header")
    if not any(block):
        return None
    name = block[:100].rstrip(b"\0").decode("ascii", "replace")
    digits = block[124:135]
    if (name != DOCUMENT and not PAYLOAD.fullmatch(name)) or not re.fullmatch(rb"[0-7]{11}", digits):
        raise _bad(f"{name!r} does not belong into a delta")
    length = int(digits, 8)
    if block != tar_header(name, length):
        raise _bad(f"{name}: its header is not that of a plain file without owner and time")
    if at + BLOCK + length > size:
        raise _bad(f"{name} is cut off")
    return name, length


def _parsed(data: bytes) -> Delta:
    try:
        found = json.loads(data)
        if found["form"] != FORM:
            raise _bad(f"{DOCUMENT}: its form is {found['form']!r}, not {FORM!r}")
        old, new = (End(version=e["version"], corpus_id=e["corpus_id"]) for e in (found["from"], found["to"]))
        corpus, ops, changes = found["corpus"], found["ops"], found["changes"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _bad(f"{DOCUMENT} cannot be read: {error}") from error
    texts = (corpus, old.version, new.version, old.corpus_id, new.corpus_id)
    if not all(isinstance(text, str) for text in texts) or not isinstance(changes, dict):
        raise _bad(f"{DOCUMENT}: names and ids are texts")
    for op in ops if isinstance(ops, list) else [None]:
        _check_op(op)
    return Delta(corpus=corpus, old=old, new=new, ops=ops, changes=changes)


def _check_op(op: Any) -> None:
    kinds = WORDS.get(op[0]) if isinstance(op, list) and op and isinstance(op[0], str) else None
    if kinds is None or not _typed(op[1:], kinds):
        raise _bad(f"{DOCUMENT}: {str(op)[:80]} is no operation")
    for part in op[2] if op[0] == "splice" else ():
        if not isinstance(part, list) or not _typed(part, PART) or part[0] not in ("old", "data"):
            raise _bad(f"{DOCUMENT}: {op[1]}: {str(part)[:80]} is no part of a file")
        if part[2] < 0 or part[3] <= 0:
            raise _bad(f"{DOCUMENT}: {op[1]}: {part[2]}+{part[3]} is no range")


def _typed(values: Sequence[Any], kinds: Sequence[type]) -> bool:
    return len(values) == len(kinds) and all(
        type(value) is kind for value, kind in zip(values, kinds, strict=True)
    )


def _bad(sentence: str) -> ReleaseError:
    return ReleaseError("release.delta", f"this is no delta of a release: {sentence}")
