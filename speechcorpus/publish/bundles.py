"""Which file of a tree belongs to which bundle: the units of download."""

from collections.abc import Iterable

BUNDLES = ("core", "audio", "parquet", "lhotse", "shar", "webdataset", "kaldi", "nemo")
FOLDERS = frozenset(BUNDLES) - {"core"}
UNLISTED = ("SHA256SUMS", "SHA256SUMS.pem", "SHA256SUMS.sig")
"""The listing and what is said about the listing: no line of `SHA256SUMS` names them."""
ROOT_FILES = (
    "CHANGELOG.md",
    "DATASHEET.md",
    "LICENSE",
    "README.md",
    *UNLISTED,
    "VERSION",
    "clips.jsonl",
    "consents.jsonl",
    "croissant.json",
    "dialogues.jsonl",
    "leakage.json",
    "release.json",
    "sets/strict-sentence.tsv",
    "sets/strict-speaker.tsv",
    "shards.json",
    "withdrawals.jsonl",
)


def bundle_of(path: str) -> str:
    """Return the bundle of a file.

    >>> bundle_of("kaldi/train/text"), bundle_of("sets/strict-speaker.tsv")
    ('kaldi', 'core')
    """
    head, _, rest = path.partition("/")
    return head if rest and head in FOLDERS else "core"


def listing(digests: Iterable[tuple[str, str]]) -> bytes:
    """Return `SHA256SUMS` of (path, digest) pairs; the SHA-256 of these bytes is the corpus id."""
    lines = sorted(f"{path}\0{digest}" for path, digest in digests)
    pairs = (line.split("\0") for line in lines)
    return "".join(f"{digest}  {path}\n" for path, digest in pairs).encode()
