"""The withdrawal feed of a corpus: cumulative, signed, in the form of the register inside a release."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from speechcorpus.corpus.documents import Row, json_line
from speechcorpus.corpus.identifiers import SPEAKER_ID, UTT_ID
from speechcorpus.corpus.plan import WITHDRAWALS_HEAD
from speechcorpus.corpus.withdrawn import Withdrawn, withdrawn_in
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.sources import LONGEST_LINE

LARGEST_FEED = 64 << 20  # a million withdrawn clips
SIGNATURE_BYTES = 64
HEAD_KEYS = frozenset({"comment", "corpus", "seq", "released_on", "content_ids"})
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What a signed feed says.

    `content_ids` maps each supported version to the SHA-256 of its `clips.jsonl` after the purge.
    """

    corpus: str
    seq: int
    released_on: str
    content_ids: Mapping[str, str]
    rows: tuple[Row, ...] = field(repr=False)
    sha256: str  # of its bytes

    @property
    def withdrawn(self) -> Withdrawn:
        """Everybody and everything it names."""
        return withdrawn_in(self.rows)

    @property
    def register(self) -> Iterator[bytes]:
        """The lines of `withdrawals.jsonl` in a release that follows it."""
        yield json_line(WITHDRAWALS_HEAD)
        yield from map(json_line, self.rows)


def feed_document(
    corpus: str,
    rows: Sequence[Mapping[str, object]],
    *,
    released_on: str,
    content_ids: Mapping[str, str],
) -> bytes:
    """Return the bytes of a feed, to be signed; `rows` as the register of a release has them, in order.

    >>> feed_document("demo", [], released_on="2026-11-26", content_ids={}).decode()[-36:]
    '"released_on":"2026-11-26","seq":0}\\n'
    """
    head = {
        **WITHDRAWALS_HEAD,
        "corpus": corpus,
        "seq": len(rows),
        "released_on": released_on,
        "content_ids": dict(content_ids),
    }
    return b"".join(map(json_line, (head, *rows)))


def read_signed_feed(path: Path, key: Ed25519PublicKey) -> Feed:
    """Return the feed in a file if the key has signed it; its signature lies beside it as `<file>.sig`.

    Raises
    ------
    ReleaseError : `feed.missing`, `feed.too-large`, `feed.unsigned`, `feed.signature`, `feed.form`
    """
    data = _bytes_of(path, LARGEST_FEED)
    beside = path.with_name(path.name + ".sig")
    if not beside.is_file():
        raise ReleaseError("feed.unsigned", f"{path.name} is not signed: {beside.name} is missing")
    try:
        key.verify(_bytes_of(beside, SIGNATURE_BYTES), data)
    except InvalidSignature as error:
        raise ReleaseError(
            "feed.signature", f"{beside.name} is not the signature of {path.name} by this key"
        ) from error
    return read_feed(data)


def read_feed(data: bytes) -> Feed:
    """Return what a feed says; ReleaseError `feed.form`, naming the line, when it is none."""
    lines = data.splitlines(keepends=True)
    head = _object(lines[0] if lines else b"", 1)
    if set(head) != HEAD_KEYS:
        raise _bad(1, "is not the head of a feed")
    rows = tuple(_row(_object(line, number), number) for number, line in enumerate(lines[1:], 2))
    seq, content_ids = head["seq"], head["content_ids"]
    if seq != len(rows):
        raise _bad(1, f"speaks of {seq} withdrawals, here are {len(rows)}")
    if not isinstance(content_ids, dict) or not all(HEX.fullmatch(str(v)) for v in content_ids.values()):
        raise _bad(1, "has content ids that are no digests")
    return Feed(
        corpus=str(head["corpus"]),
        seq=len(rows),
        released_on=str(head["released_on"]),
        content_ids={str(version): str(digest) for version, digest in content_ids.items()},
        rows=rows,
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _row(row: Row, number: int) -> Row:
    named = "speaker_id" if "speaker_id" in row else "utt_id"
    form = SPEAKER_ID if named == "speaker_id" else UTT_ID
    if set(row) != {"seq", named, "withdrawn_at", "first_absent_version"}:
        raise _bad(number, "names not exactly one of speaker_id and utt_id, with its date and version")
    if not form.fullmatch(str(row[named])) or not DAY.fullmatch(str(row["withdrawn_at"])):
        raise _bad(number, "holds a name or a date that a release does not know")
    if row["seq"] != number - 1 or isinstance(row["seq"], bool):
        raise _bad(number, f"has number {row['seq']}, not {number - 1}: a feed has no gaps")
    return row


def _object(line: bytes, number: int) -> dict[str, str | int | float | None]:
    if len(line) > LONGEST_LINE or not line.endswith(b"\n"):
        raise _bad(number, "is cut short or longer than 1 MiB")
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _bad(number, f"is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise _bad(number, "is no JSON object")
    return value


def _bytes_of(path: Path, largest: int) -> bytes:
    if not path.is_file():
        raise ReleaseError("feed.missing", f"{path} is not there")
    if path.stat().st_size > largest:
        raise ReleaseError("feed.too-large", f"{path.name} is larger than {largest} bytes")
    return path.read_bytes()


def _bad(number: int, sentence: str) -> ReleaseError:
    return ReleaseError("feed.form", f"line {number} of the feed {sentence}", line=number)
