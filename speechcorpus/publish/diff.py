"""Compares two versions of a corpus: clips, texts, measurements, files, and what was promised to stay."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from speechcorpus.corpus.differences import Differences, differences
from speechcorpus.corpus.kept_promises import broken_promises
from speechcorpus.corpus.versions import Version, parse_version
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.editions import Edition, edition_in


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChanges:
    """What became of the files, by path; of a renamed one also where its bytes were before."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]  # old path, new path
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """Two versions compared; `broken` has a sentence for every promise that the new one breaks."""

    corpus: str
    old: Mapping[str, str]  # version, corpus_id
    new: Mapping[str, str]
    clips: Differences
    files: FileChanges
    broken: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Return all of it as one JSON object."""
        return asdict(self)

    def counts(self) -> dict[str, int]:
        """Return how many of each kind."""
        kinds = {**asdict(self.clips), **{f"files_{name}": all_ for name, all_ in asdict(self.files).items()}}
        return {name: len(entries) for name, entries in kinds.items()}

    def lines(self) -> Iterator[str]:
        """Yield it for a person: one line a difference, the broken promises last."""
        clips, files = self.clips, self.files
        yield from (f"added {name}" for name in clips.added)
        yield from (f"removed {name}" for name in clips.removed)
        yield from (f"moved {move.utt_id}: {move.old} → {move.new}" for move in clips.moved)
        yield from (f"text {c.utt_id}: {c.old} → {c.new}" for c in clips.text_changed)
        yield from (f"column added {name}" for name in clips.columns_added)
        yield from (f"column removed {name}" for name in clips.columns_removed)
        for c in clips.metadata_changed:
            yield f"metadata {c.utt_id} {c.column}: {c.old} → {c.new}"
        yield from (f"file added {path}" for path in files.added)
        yield from (f"file removed {path}" for path in files.removed)
        yield from (f"file renamed {old} → {new}" for old, new in files.renamed)
        yield from (f"file changed {path}" for path in files.changed)
        yield from (f"BROKEN {sentence}" for sentence in self.broken)


def diff(old: Path, new: Path) -> Diff:
    """Return what differs between the trees in two folders; neither is believed beyond its own words.

    Raises
    ------
    ReleaseError : as `edition_in` and `compare`
    """
    return compare(edition_in(old), edition_in(new))


def compare(old: Edition, new: Edition) -> Diff:
    """Return what differs between two versions.

    Raises
    ------
    ReleaseError : `release.other-corpus`; `release.order` when `new` is the older one; `release.row-invalid`
    """
    if old.corpus != new.corpus:
        raise ReleaseError("release.other-corpus", f"{old.corpus} and {new.corpus} are different corpora")
    if _number(new.version) < _number(old.version):
        raise ReleaseError(
            "release.order", f"{new.version} is older than {old.version}: name the older first"
        )
    told = old.told(), new.told()
    clips = differences(old.rows("clips.jsonl"), new.rows("clips.jsonl"), tuple(told[1].extra))
    return Diff(
        corpus=new.corpus,
        old={"version": old.version, "corpus_id": old.corpus_id},
        new={"version": new.version, "corpus_id": new.corpus_id},
        clips=clips,
        files=_file_changes(old.listed, new.listed),
        broken=tuple(broken_promises(*told, clips)),
    )


def _file_changes(old: Mapping[str, str], new: Mapping[str, str]) -> FileChanges:
    gone = {digest: path for path, digest in sorted(old.items()) if path not in new}
    came = sorted(new.keys() - old.keys())
    renamed = tuple((gone[new[path]], path) for path in came if new[path] in gone)
    before, after = {pair[0] for pair in renamed}, {pair[1] for pair in renamed}
    return FileChanges(
        added=tuple(path for path in came if path not in after),
        removed=tuple(path for path in sorted(old.keys() - new.keys()) if path not in before),
        renamed=renamed,
        changed=tuple(path for path in sorted(old.keys() & new.keys()) if old[path] != new[path]),
    )


def _number(version: str) -> Version:
    """Return a version for comparison; a local copy after a purge counts as the version it was made of."""
    return parse_version(version.partition("+")[0])
