"""What a format whose files hold many clips has to say of itself."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from speechcorpus.corpus.documents import Row
from speechcorpus.publish.tar import Sink, TarWriter

Add = Callable[[Row, bytes], None]
"""Takes a clip's row and the bytes of its FLAC, in the order of the shard."""
ShardWriter = Callable[[Sequence[Sink], Mapping[str, object]], AbstractContextManager[Add]]
"""Given the open files of one shard and `release.json`; when its block ends, the files are complete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardFormat:
    """The files of one shard, by split and number, and what writes them.

    A format with an archive names by their suffix the texts that follow each FLAC in it.
    """

    paths: Callable[[str, int], tuple[str, ...]]
    write: ShardWriter
    texts: Callable[[Row], Mapping[str, bytes]] | None = None


def add_clip(tar: TarWriter, row: Row, flac: bytes, texts: Mapping[str, bytes]) -> None:
    """Add a FLAC and its texts to an archive, one after the other."""
    tar.add(f"{row['utt_id']}.flac", flac)
    for suffix, text in texts.items():
        tar.add(f"{row['utt_id']}.{suffix}", text)
