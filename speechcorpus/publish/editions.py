"""One version with its files, wherever they lie: in a folder, or as blobs under its manifest."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from speechcorpus.corpus.card import formats_of
from speechcorpus.corpus.kept_promises import Told
from speechcorpus.corpus.withdrawn import withdrawn_in
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish import structure
from speechcorpus.publish.bundles import UNLISTED
from speechcorpus.publish.sources import RowFile, read_document
from speechcorpus.publish.staging import digest_of
from speechcorpus.publish.tree import Tree

SUMS = "SHA256SUMS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lying:
    """Where the bytes of one file are, and what they should hash to."""

    find: Callable[[], Path]  # asked when the file is needed: it may have to come from elsewhere first
    bytes: int
    sha256: str

    @property
    def place(self) -> Path:
        """The file here; where it would be if it is gone."""
        return self.find()


@dataclass(frozen=True, kw_only=True)
class Edition:
    """One version: `files` are those that are here, by path; `listed` are all that belong to it."""

    files: Mapping[str, Lying]
    listed: Mapping[str, str]  # path → digest, as SHA256SUMS says

    @cached_property
    def release(self) -> Mapping[str, object]:
        """`release.json`."""
        return read_document(self._place("release.json"))

    @property
    def corpus(self) -> str:
        """The corpus it is a version of."""
        return str(self.release["corpus"])

    @property
    def version(self) -> str:
        """Its version, as in VERSION."""
        return str(self.release["version"])

    @property
    def corpus_id(self) -> str:
        """SHA-256 of SHA256SUMS."""
        return self.files[SUMS].sha256

    @property
    def formats(self) -> tuple[str, ...]:
        """Its bundles beside `core`."""
        return tuple(formats_of(self.release))

    def rows(self, name: str) -> RowFile:
        """Return one of its JSON-lines files."""
        return RowFile(self._place(name))

    def told(self) -> Told:
        """Return what it says of itself beside its table."""
        return Told(
            version=self.version,
            corpus_id=self.corpus_id,
            release=self.release,
            withdrawn=withdrawn_in(self.rows("withdrawals.jsonl")),
        )

    def _place(self, path: str) -> Path:
        if path not in self.files:
            raise ReleaseError("release.not-a-release", f"no release: {path} is missing")
        return self.files[path].place


def edition_in(root: Path) -> Edition:
    """Return the version in a folder that anybody may have touched; its bytes are not read.

    Raises
    ------
    ReleaseError : `release.not-a-release`, or `release.untrusted` naming the first file that a release may
        not hold or that its SHA256SUMS does not list
    """
    tree = Tree(root)
    _ = tree.sources
    if fault := next(structure.check_paths(tree), None):
        raise ReleaseError("release.untrusted", f"{root.name}: {fault}")
    files: dict[str, Lying] = {}
    for path, status in tree.entries.items():
        known = digest_of(root / path) if path in UNLISTED else tree.listed.get(path)
        if known is None:
            raise ReleaseError("release.untrusted", f"{root.name}: {path}: not listed in {SUMS}")
        files[path] = Lying(find=partial(Path, root, path), bytes=status.st_size, sha256=known)
    if SUMS not in files:
        raise ReleaseError("release.not-a-release", f"{root.name} is no release: {SUMS} is missing")
    return Edition(files=files, listed=listed_in(tree.read(SUMS)))


def whole_edition_in(root: Path) -> Edition:
    """Return the version in a folder once every byte of it is what SHA256SUMS says.

    Raises
    ------
    ReleaseError : as `edition_in`, and `release.untrusted` for the first file that was changed or is missing
    """
    edition = edition_in(root)
    if fault := next(structure.check_sums(Tree(root)), None):
        raise ReleaseError("release.untrusted", f"{root.name}: {fault}")
    return edition


def listed_in(sums: bytes) -> dict[str, str]:
    """Return path → digest of the bytes of a SHA256SUMS.

    Raises
    ------
    ReleaseError : `release.untrusted` for a line out of form

    Examples
    --------
    >>> listed_in(b"ab" * 32 + b"  VERSION\\n")["VERSION"][:4]
    'abab'
    """
    found = {}
    for number, line in enumerate(sums.decode("utf-8", "replace").splitlines(True), 1):
        match = structure.SUMS_LINE.fullmatch(line)
        if match is None:
            raise ReleaseError("release.untrusted", f"{SUMS} line {number}: not '<64 hex>  <path>'")
        found[match[2]] = match[1]
    return found
