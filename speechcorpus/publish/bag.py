"""A BagIt 1.0 bag (RFC 8493) around a release: the tree under `data/`, untouched; the bag never enters it."""

from collections.abc import Iterable
from pathlib import Path

from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.aside import check_place, check_space, put_in_place, written_aside
from speechcorpus.publish.editions import Edition, whole_edition_in
from speechcorpus.publish.staging import BLOCK_BYTES, Staging

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
ALGORITHM = "sha256"


def write_bag(root: Path, out: Path) -> Edition:
    """Write the bag of the release in `root` as the new folder `out`; return what is in it.

    `out` appears whole or not at all; every byte is hashed while it is copied.

    Raises
    ------
    ReleaseError : `release.exists`, `release.inside`; `release.not-a-release`, `release.untrusted` for a tree
        that is not what its SHA256SUMS says; `release.space`, `release.write`, `release.fixity`
    """
    check_place(out, root)
    edition = whole_edition_in(root)
    with written_aside(out) as folder:
        check_space(folder, sum(file.bytes for file in edition.files.values()))
        bag = Staging(folder, "bag")
        try:
            for path in sorted(edition.files):
                _copy(edition, path, bag)
            _tag_files(edition, bag)
            bag.finish(durable=True)
        finally:
            bag.abandon()
        put_in_place(bag.root, out)
    return edition


def _copy(edition: Edition, path: str, bag: Staging) -> None:
    file = edition.files[path]
    with file.place.open("rb") as source:
        written = bag.put(f"data/{path}", iter(lambda: source.read(BLOCK_BYTES), b""))
    if written.sha256 != file.sha256:
        raise ReleaseError("release.fixity", f"{path} was changed while it was copied", path=path)


def _tag_files(edition: Edition, bag: Staging) -> None:
    payload = dict(bag.files)
    bag.put(f"manifest-{ALGORITHM}.txt", [_manifest(bag, payload)])
    bag.put("bagit.txt", [DECLARATION])
    bag.put("bag-info.txt", [_info(edition)])
    tags = [path for path in bag.files if path not in payload]
    bag.put(f"tagmanifest-{ALGORITHM}.txt", [_manifest(bag, tags)])


def _manifest(bag: Staging, paths: Iterable[str]) -> bytes:
    lines = (f"{bag.files[path].sha256}  {path}\n" for path in sorted(paths))
    return "".join(lines).encode()


def _info(edition: Edition) -> bytes:
    size, count = sum(file.bytes for file in edition.files.values()), len(edition.files)
    said = {
        "External-Identifier": f"{edition.corpus}-{edition.version}",
        "External-Description": edition.release.get("title"),
        "Internal-Sender-Identifier": edition.corpus_id,
        "Payload-Oxum": f"{size}.{count}",
    }
    lines = (f"{label}: {' '.join(str(value).split())}\n" for label, value in said.items())
    return "".join(lines).encode()
