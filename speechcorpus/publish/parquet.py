"""Parquet shards: the table with the FLAC bytes inside, laid out so that each FLAC lies in one piece."""

import json
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from speechcorpus.corpus.columns import BY_NAME, absences, present_columns
from speechcorpus.corpus.documents import Row
from speechcorpus.publish.arrow_columns import column
from speechcorpus.publish.shard_format import Add, ShardFormat
from speechcorpus.publish.tar import Sink

ROWS_A_GROUP = 100
BYTES_A_GROUP = 64 << 20
ROWS_A_BATCH = 16
BUFFER_BYTES = 1 << 20  # of a column is read ahead; without it, all of a row group
PAGES_BYTES = 1 << 16  # what page headers and lengths may add to the audio of a group
LARGEST_COLUMN = ROWS_A_GROUP << 16  # of text: 64 KiB a row
TYPES = {"text": pa.string(), "int": pa.int64(), "float": pa.float64()}
NARROW = {"sample_rate": pa.int32()}
AUDIO = pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())])
DTYPES = {"string": "string", "int64": "int64", "int32": "int32", "double": "float64"}


def parquet_schema(names: Sequence[str], sample_rate: int) -> Any:
    """Return the schema: `audio`, then the table by name; the features that `datasets` reads ride along."""
    fields = [pa.field("audio", AUDIO)]
    features: dict[str, object] = {"audio": {"sampling_rate": sample_rate, "_type": "Audio"}}
    for name in sorted(set(names) - {"audio_path"}):
        kind = NARROW.get(name, TYPES[BY_NAME[name].kind])
        fields.append(pa.field(name, kind))
        features[name] = {"dtype": DTYPES[str(kind)], "_type": "Value"}
    info = json.dumps({"info": {"features": features}}, separators=(",", ":"))
    return pa.schema(fields, metadata={"huggingface": info})


def release_schema(release: Mapping[str, object]) -> Any:
    """Return the schema of a release's shards."""
    rate = release["sample_rate"]
    names = [column.name for column in present_columns(absences(release))]
    return parquet_schema(names, rate if isinstance(rate, int) else 0)


def parquet_paths(split: str, number: int) -> tuple[str]:
    """Return the path of a shard.

    >>> parquet_paths("dev", 3)
    ('parquet/dev-000003.parquet',)
    """
    return (f"parquet/{split}-{number:06d}.parquet",)


@contextmanager
def write_parquet(files: Sequence[Sink], release: Mapping[str, object]) -> Iterator[Add]:
    """Give the function that adds a clip; at most one row group is in memory."""
    (file,) = files
    schema = release_schema(release)
    group = _Group(schema)
    with _writer(file, schema) as writer:

        def add(row: Row, flac: bytes) -> None:
            if group.is_full(len(flac)):
                group.write_into(writer)
            group.add(row, flac)

        yield add
        group.write_into(writer)


def _writer(file: Sink, schema: Any) -> pq.ParquetWriter:
    others = [name for name in schema.names if name != "audio"]
    return pq.ParquetWriter(
        file,
        schema,
        version="2.6",
        compression={"audio.bytes": "NONE", "audio.path": "ZSTD", **dict.fromkeys(others, "ZSTD")},
        compression_level={"audio.path": 3, **dict.fromkeys(others, 3)},
        use_dictionary=["audio.path", *others],
        write_statistics=["audio.path", *others],
        write_page_index=True,
        use_content_defined_chunking=True,
    )


class _Group:
    """The rows of the next row group; their audio lies in one piece, copied once."""

    def __init__(self, schema: Any) -> None:
        self._schema = schema
        self._others = [(field.name, field.type) for field in list(schema)[1:]]
        self._begin()

    def _begin(self) -> None:
        self._rows: list[Row] = []
        self._audio = bytearray()
        self._ends = array("i", [0])

    def is_full(self, more: int) -> bool:
        """Say whether a clip of this many bytes begins a new group."""
        return len(self._rows) == ROWS_A_GROUP or (
            bool(self._rows) and len(self._audio) + more > BYTES_A_GROUP
        )

    def add(self, row: Row, flac: bytes) -> None:
        self._rows.append(row)
        self._audio += flac
        self._ends.append(len(self._audio))

    def write_into(self, writer: pq.ParquetWriter) -> None:
        """Write what is here, if anything, and begin anew."""
        if self._rows:
            writer.write_table(self._table(), row_group_size=ROWS_A_GROUP)
            self._begin()

    def _table(self) -> Any:
        buffers = [None, pa.py_buffer(self._ends.tobytes()), pa.py_buffer(self._audio)]
        flacs = pa.Array.from_buffers(pa.binary(), len(self._rows), buffers)
        names = column([f"{row['utt_id']}.flac" for row in self._rows], pa.string())
        others = [column([row[name] for row in self._rows], kind) for name, kind in self._others]
        first = pa.StructArray.from_arrays([flacs, names], fields=list(AUDIO))
        return pa.Table.from_arrays([first, *others], schema=self._schema)


PARQUET = ShardFormat(paths=parquet_paths, write=write_parquet)


def read_parquet(path: Path, columns: Sequence[str] | None = None) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a shard, `audio` as {bytes, path}; a few rows are in memory at a time.

    Parameters
    ----------
    columns : all if not given; `audio.bytes` is a column too
    """
    with pq.ParquetFile(path, buffer_size=BUFFER_BYTES, pre_buffer=False) as file:
        for batch in file.iter_batches(batch_size=ROWS_A_BATCH, columns=columns, use_threads=False):
            yield from batch.to_pylist()


def audio_in(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield id and FLAC of each clip of a shard; nothing else is read of it."""
    with pq.ParquetFile(path) as file:
        for number in range(file.num_row_groups):
            group = file.read_row_group(number, columns=["utt_id", "audio"])
            ids, audio = group["utt_id"], group["audio"]
            yield from ((ids[i].as_py(), audio[i].as_py()["bytes"]) for i in range(group.num_rows))


def schema_of(path: Path) -> Any:
    """Return the schema of a shard with its metadata."""
    return pq.read_schema(path)


def layout_fault(path: Path, rows: int) -> str | None:
    """Return how a shard's layout departs from the one we write, None when it does not.

    Only the footer is read: what is let through here is small enough, group by group, to be read whole.
    """
    with pq.ParquetFile(path) as file:
        metadata = file.metadata
        if metadata.num_rows != rows:
            return f"holds {metadata.num_rows} rows instead of {rows}"
        for number in range(metadata.num_row_groups):
            if fault := _group_fault(metadata.row_group(number)):
                return f"row group {number}: {fault}"
    return None


def _group_fault(group: Any) -> str | None:
    if not 1 <= group.num_rows <= ROWS_A_GROUP:
        return f"{group.num_rows} rows instead of at most {ROWS_A_GROUP}"
    audio = 0
    for number in range(group.num_columns):
        column = group.column(number)
        is_audio = column.path_in_schema == "audio.bytes"
        audio += column.total_uncompressed_size if is_audio else 0
        if column.compression != ("UNCOMPRESSED" if is_audio else "ZSTD"):
            return f"{column.path_in_schema} is {column.compression}"
        if is_audio and (column.has_dictionary_page or column.statistics is not None):
            return f"{column.path_in_schema} has a dictionary or statistics"
        if not is_audio and column.total_uncompressed_size > LARGEST_COLUMN:
            return f"{column.path_in_schema} inflates to {column.total_uncompressed_size} bytes"
    if audio > BYTES_A_GROUP + PAGES_BYTES and group.num_rows > 1:
        return f"{audio} bytes of audio instead of at most {BYTES_A_GROUP}"
    return None


def created_by(path: Path) -> str:
    """Return the writer that a shard names."""
    with pq.ParquetFile(path) as file:
        return str(file.metadata.created_by)


def tool_version() -> str:
    """Return the version of the library that writes: bytes are pinned to it."""
    return str(pa.__version__)
