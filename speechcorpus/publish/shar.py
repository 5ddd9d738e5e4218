"""Lhotse Shar shards: cuts in one file, audio and recordings in another, opened together by their number."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from speechcorpus.corpus.documents import Row, json_line
from speechcorpus.publish.lhotse import cut, gzip_file, recording
from speechcorpus.publish.shard_format import Add, ShardFormat, add_clip
from speechcorpus.publish.tar import Sink, TarWriter

PLACEHOLDER = {"type": "shar", "channels": [0], "source": ""}
"""Where a Shar recording says its audio is: in the member before it."""


def shar_paths(split: str, number: int) -> tuple[str, str]:
    """Return the paths of a shard's cuts and of its audio.

    >>> shar_paths("dev", 3)
    ('shar/dev/cuts.000003.jsonl.gz', 'shar/dev/recording.000003.tar')
    """
    return f"shar/{split}/cuts.{number:06d}.jsonl.gz", f"shar/{split}/recording.{number:06d}.tar"


def shar_cut(row: Row) -> dict[str, object]:
    """Return the cut of a clip, whose recording is found in the other file."""
    return {key: value for key, value in cut(row).items() if key != "recording"}


def shar_texts(row: Row) -> dict[str, bytes]:
    """Return what follows a clip's audio: the Recording of the member before it."""
    return {"json": json_line({**recording(row), "sources": [PLACEHOLDER]})}


@contextmanager
def write_shar(files: Sequence[Sink], _: Mapping[str, object]) -> Iterator[Add]:
    """Give the function that adds a clip to both files; on leaving, both are complete."""
    cuts_file, recording_file = files
    tar = TarWriter(recording_file)
    with gzip_file(cuts_file) as cuts:

        def add(row: Row, flac: bytes) -> None:
            cuts.write(json_line(shar_cut(row)))
            add_clip(tar, row, flac, shar_texts(row))

        yield add
    tar.finish()


SHAR = ShardFormat(paths=shar_paths, write=write_shar, texts=shar_texts)
