"""WebDataset shards: audio, table row and text of each clip side by side in one archive."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from speechcorpus.corpus.documents import Row, json_line
from speechcorpus.publish.shard_format import Add, ShardFormat, add_clip
from speechcorpus.publish.tar import Sink, TarWriter


def webdataset_paths(split: str, number: int) -> tuple[str]:
    """Return the path of a shard.

    >>> webdataset_paths("dev", 3)
    ('webdataset/dev-000003.tar',)
    """
    return (f"webdataset/{split}-{number:06d}.tar",)


def webdataset_texts(row: Row) -> dict[str, bytes]:
    """Return what follows a clip's audio: its row of the table, and its text without a line end."""
    return {"json": json_line(row), "txt": str(row["text"]).encode()}


@contextmanager
def write_webdataset(files: Sequence[Sink], _: Mapping[str, object]) -> Iterator[Add]:
    """Give the function that adds a clip; its members lie together, or loaders would see half samples."""
    (file,) = files
    tar = TarWriter(file)

    def add(row: Row, flac: bytes) -> None:
        add_clip(tar, row, flac, webdataset_texts(row))

    yield add
    tar.finish()


WEBDATASET = ShardFormat(paths=webdataset_paths, write=write_webdataset, texts=webdataset_texts)
