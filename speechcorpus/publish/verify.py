"""Verifies a release tree that anybody may have touched: one outcome a check, nothing trusted."""

import csv
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.publish import content, signature, structure
from speechcorpus.publish.consumers.checking import check_consumers
from speechcorpus.publish.derivation import check_derived
from speechcorpus.publish.loose_audio import Decode, check_audio
from speechcorpus.publish.shard_checks import check_shards
from speechcorpus.publish.shards import SHARD_WRITERS
from speechcorpus.publish.staging import digest_of
from speechcorpus.publish.tree import Tree

Status = Literal["PASS", "FAIL", "WARN", "SKIP", "NOTICE"]
EXPECTED_ERRORS = (
    *(SpeechCorpusError, OSError, EOFError, ValueError, LookupError, TypeError, AttributeError),
    *(ArithmeticError, RuntimeError, MemoryError, zlib.error, csv.Error),
)
"""What reading a broken tree may end in (pyarrow's errors are among these); all mean FAIL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one check came to; `count` is the number of faults."""

    status: Status
    check: str
    detail: str
    count: int

    def __str__(self) -> str:
        return f"{self.status} {self.check}: {self.detail}"

    def to_json(self) -> dict[str, str | int]:
        """Return status, check, detail, count."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How thoroughly to look.

    `quick` leaves out full decoding; `require` names consumers that must be installed (`all`: each);
    `consumers` False leaves them out, as a build does; `trusted` is the key that must have signed.
    """

    bundles: frozenset[str] | None = None
    quick: bool = False
    require: frozenset[str] = frozenset()
    against: Path | None = None
    trusted: Ed25519PublicKey | None = None
    consumers: bool = True


def verify(root: Path, decode: Decode | None, options: Options | None = None) -> Iterator[Outcome]:
    """Yield the outcome of each check of the tree at `root`, as soon as it is known.

    Parameters
    ----------
    decode : decodes files in full, in limited child processes; None: nothing is decoded

    Raises
    ------
    ReleaseError : `release.not-a-release` when `root` holds no release at all
    """
    wanted = options or Options()
    tree = Tree(root, wanted.bundles)
    _ = tree.sources  # not a release: say so before anything else
    broken = False
    for outcome in _looked_at(tree, None if wanted.quick else decode, wanted.trusted):
        yield outcome
        broken = broken or outcome.status == "FAIL"
        if outcome.check == "paths" and broken:
            return  # nothing behind a link or a foreign name is read
    if absent := structure.absent_bundles(tree):
        yield Outcome(status="NOTICE", check="bundles", detail=absent, count=len(tree.absent))
    if wanted.against is not None:
        yield _outcome("rebuild", partial(_rebuild_faults, tree, wanted.against))
    if wanted.consumers:
        yield from _consumed(tree, wanted.require, broken=broken)


def failed(outcomes: Sequence[Outcome]) -> bool:
    """Say whether any check failed."""
    return any(outcome.status == "FAIL" for outcome in outcomes)


def _looked_at(tree: Tree, decode: Decode | None, trusted: Ed25519PublicKey | None) -> Iterator[Outcome]:
    yield _outcome("paths", partial(structure.check_paths, tree))
    with _audio_beside(tree, decode) as audio:
        for name, check in _checks(tree):
            yield _outcome(name, check)
            if name == "sums":
                yield _signature(tree, trusted)
        yield from audio()


@contextmanager
def _audio_beside(tree: Tree, decode: Decode | None) -> Iterator[Callable[[], list[Outcome]]]:
    """Check loose audio while others are checked: its samples are decoded in processes of their own.

    Whoever stops listening does not wait for it, and the thread keeps no process alive.
    """
    found: Future[Outcome] = Future()
    stop = threading.Event()

    def look() -> None:
        try:
            found.set_result(_outcome("audio", partial(check_audio, tree, decode, stop=stop)))
        except BaseException as error:
            found.set_exception(error)

    if not tree.has("audio"):
        yield list
        return
    threading.Thread(target=look, daemon=True).start()
    try:
        yield lambda: [found.result()]
    finally:
        stop.set()


def _checks(tree: Tree) -> Iterator[tuple[str, Callable[[], Iterator[str]]]]:
    yield "sums", partial(structure.check_sums, tree)
    yield "version", partial(structure.check_version, tree)
    yield "table", partial(content.check_table, tree)
    if any(tree.has(name) for name in ("lhotse", "shar", "webdataset")):
        yield "headers", partial(structure.check_headers, tree)
    if any(tree.has(name) for name in SHARD_WRITERS):
        yield "shards", partial(check_shards, tree)
    yield "derived", partial(check_derived, tree)
    yield "agree", partial(content.check_agree, tree)
    yield "splits", partial(content.check_splits, tree)
    yield "caps", partial(_caps, tree)
    yield "withdrawals", partial(content.check_withdrawals, tree)
    yield "consents", partial(content.check_consents, tree)
    yield "card", partial(structure.check_card, tree)


def _outcome(name: str, check: Callable[[], Iterator[str]]) -> Outcome:
    first, count = "", 0
    try:
        for fault in check():
            first, count = first or fault, count + 1
    except EXPECTED_ERRORS as error:
        first, count = first or f"cannot be read: {error}", count + 1
    if not count:
        return Outcome(status="PASS", check=name, detail="ok", count=0)
    more = f" (and {count - 1} more)" if count > 1 else ""
    return Outcome(status="WARN" if name == "caps" else "FAIL", check=name, detail=first + more, count=count)


def _signature(tree: Tree, trusted: Ed25519PublicKey | None) -> Outcome:
    status: Status
    try:
        status, detail = signature.check(tree, trusted)
    except EXPECTED_ERRORS as error:
        status, detail = "FAIL", f"cannot be read: {error}"
    return Outcome(status=status, check="signature", detail=detail, count=int(status == "FAIL"))


def _caps(tree: Tree) -> Iterator[str]:
    if fault := content.broken_caps(tree):
        yield fault


def _rebuild_faults(tree: Tree, other_root: Path) -> Iterator[str]:
    other = Tree(other_root)
    for path in sorted(tree.entries.keys() | other.entries.keys()):
        if path not in tree.entries or path not in other.entries:
            yield f"{path}: only in one of the trees"
        elif digest_of(tree.root / path) != digest_of(other.root / path):
            yield f"{path}: differs"


def _consumed(tree: Tree, require: frozenset[str], *, broken: bool) -> Iterator[Outcome]:
    for found in check_consumers(tree, require, broken=broken):
        count = int(found.status == "FAIL")
        yield Outcome(status=found.status, check=found.name, detail=found.detail, count=count)
