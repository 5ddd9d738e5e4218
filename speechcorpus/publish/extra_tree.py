"""A tree of clips beside a release, on somebody's disk: what belongs into it, and whose it is."""

import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from speechcorpus.corpus.identifiers import UTT_ID, path_fault
from speechcorpus.corpus.withdrawn import Withdrawn
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.bundles import UNLISTED
from speechcorpus.publish.exchange import aside
from speechcorpus.publish.extra import extra_name
from speechcorpus.publish.purge_swap import folder_beside
from speechcorpus.publish.sources import RowFile
from speechcorpus.publish.structure import check_sums
from speechcorpus.publish.tree import Tree

TABLE = "clips.jsonl"
NAMED = re.compile(r"(?P<corpus>.+)-\d+\.\d+\.\d+-extra")


def is_extra(folder: Path) -> bool:
    """Say whether a folder looks like an extra tree: a table of clips, and no release around it.

    One that a killed purge has moved is known by its name.
    """
    if folder.exists():
        return (folder / TABLE).is_file() and not (folder / "release.json").exists()
    return NAMED.fullmatch(folder.name) is not None and is_being_purged(folder)


def is_being_purged(folder: Path) -> bool:
    """Say whether a purge of this tree was killed, or is at work."""
    return folder_beside(folder).exists() or aside(folder).exists()


def extra_beside(tree: Tree) -> Path | None:
    """Return where the extra tree of a release lies: beside it, named after the version or the folder."""
    release = tree.sources.release
    version = str(release.get("version")).partition("+")[0]
    names = (extra_name(str(release.get("corpus")), version), f"{tree.root.name}-extra")
    places = [tree.root.with_name(name) for name in names if "/" not in name]
    return next((place for place in places if is_extra(place) or is_being_purged(place)), None)


def check_whose(root: Path, release: Mapping[str, object] | None, corpus: str, gone: Withdrawn) -> None:
    """Refuse an extra tree of something else than the feed is about.

    Parameters
    ----------
    release : `release.json` of the tree it lies beside; None: its name alone must say which corpus it is of

    Raises
    ------
    ReleaseError : `feed.corpus`, `extra.other`
    """
    if release is None:
        match = NAMED.fullmatch(root.name)
        if match is None or match["corpus"] != corpus:
            raise ReleaseError(
                "feed.corpus",
                f"the feed is about {corpus}, and nothing says that {root.name} is of that corpus: call it "
                f"{corpus}-<version>-extra, or purge its release and name it with --extra",
            )
        return
    entries = release.get("extra")
    listed = {str(entry[0]) for entry in (entries if isinstance(entries, list) else []) if entry}
    for row in RowFile(root / TABLE):
        if str(row.get("utt_id")) not in listed and not gone.holds(row.get("utt_id")):
            raise ReleaseError(
                "extra.other",
                f"{root.name} is the extra tree of another version: its {row.get('utt_id')} is not listed in "
                f"release.json",
            )


def require_whole(root: Path) -> Tree:
    """Return an extra tree that nobody has changed since it was published; nothing is decoded for it.

    Raises
    ------
    ReleaseError : `release.not-a-release`, or `release.modified`, naming the first thing that is wrong
    """
    tree = Tree(root)
    if (
        root.is_symlink()
        or not root.is_dir()
        or TABLE not in tree.entries
        or "SHA256SUMS" not in tree.entries
    ):
        raise ReleaseError(
            "release.not-a-release", f"{root.name} is no extra tree: no folder with {TABLE} and SHA256SUMS"
        )
    fault = next(_faults(tree), None)
    if fault is not None:
        raise ReleaseError("release.modified", f"{root.name} is not as it was published: {fault}")
    return tree


def _faults(tree: Tree) -> Iterator[str]:
    for path, status in tree.entries.items():
        if not stat.S_ISREG(status.st_mode):
            yield f"{path}: not a regular file"
        elif fault := path_fault(path):
            yield f"{path}: {fault}"
    yield from check_sums(tree)
    audio = set()
    for row in RowFile(tree.root / TABLE):
        named = _path_of(row)
        if named is None or named != row.get("audio_path"):
            yield f"{TABLE}: {row.get('utt_id')} is not where its name says"
        elif tree.listed.get(named) != row.get("sha256") or named not in tree.entries:
            yield f"{named}: missing, or not the sound that the table names"
        audio.add(named)
    foreign = tree.entries.keys() - audio - {TABLE, *UNLISTED}
    yield from (f"{path}: does not belong into an extra tree" for path in sorted(foreign))


def _path_of(row: Mapping[str, object]) -> str | None:
    utt_id = str(row.get("utt_id"))
    return f"audio/{utt_id.partition('-')[0]}/{utt_id}.flac" if UTT_ID.fullmatch(utt_id) else None
