"""The FLAC of each clip out of a tree that is at hand, from whichever of its formats holds it."""

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from speechcorpus.corpus.documents import Row
from speechcorpus.corpus.shards import entry_of, numbered
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.parquet import audio_in
from speechcorpus.publish.shards import SHARD_WRITERS
from speechcorpus.publish.tree import Tree


@dataclass(slots=True)
class HeldClips:
    """Gives the FLAC of a clip by its row, never decoded; within a shard it is to be asked in order."""

    tree: Tree
    _path: str = ""
    _clips: Iterator[tuple[str, bytes]] = field(default_factory=lambda: iter(()))

    def __call__(self, row: Row) -> bytes:
        """Return the bytes; ReleaseError `release.missing-file` when this tree does not hold them."""
        if self.tree.has("audio"):
            return (self.tree.root / str(row["audio_path"])).read_bytes()
        if (path := self._shard_of(row)) != self._path:
            self._path, self._clips = path, _clips_in(self.tree.root / path)
        for utt_id, flac in self._clips:
            if utt_id == row["utt_id"]:
                return flac
        raise ReleaseError("release.missing-file", f"{path} does not hold {row['utt_id']}", path=path)

    def _shard_of(self, row: Row) -> str:
        for name, form in SHARD_WRITERS.items():
            if self.tree.has(name):
                entries = numbered(self.tree.sources.shards[str(row["split"])])
                return form.paths(str(row["split"]), entry_of(row, entries))[-1]  # of Shar: the audio
        raise ReleaseError("release.missing-file", "no format that holds audio is here")


def _clips_in(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.suffix == ".parquet":
        yield from audio_in(path)
        return
    with tarfile.open(path, "r|") as tar:
        for member in tar:
            name, _, kind = member.name.rpartition(".")
            if kind == "flac" and member.isreg() and (file := tar.extractfile(member)) is not None:
                yield name, file.read()
