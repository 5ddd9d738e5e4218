"""Parquet shards: the table with the FLAC bytes inside, laid out so that each FLAC lies in one piece."""

import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from speechcorpus.corpus.columns import BY_NAME
from speechcorpus.corpus.documents import Row

ROWS_A_GROUP = 100
BYTES_A_GROUP = 64 << 20
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


def write_parquet(
    file: io.RawIOBase, schema: Any, rows: Iterable[Row], audio_of: Callable[[Row], bytes]
) -> None:
    """Write one shard; `audio_of` is asked once for each clip, in order."""
    others = [name for name in schema.names if name != "audio"]
    with pq.ParquetWriter(
        file,
        schema,
        version="2.6",
        compression={"audio.bytes": "NONE", "audio.path": "ZSTD", **dict.fromkeys(others, "ZSTD")},
        compression_level={"audio.path": 3, **dict.fromkeys(others, 3)},
        use_dictionary=["audio.path", *others],
        write_statistics=["audio.path", *others],
        write_page_index=True,
        use_content_defined_chunking=True,
    ) as writer:
        for group in _groups(rows, audio_of):
            writer.write_table(pa.Table.from_pylist(group, schema=schema), row_group_size=ROWS_A_GROUP)


def read_parquet(path: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a shard, `audio` as {bytes, path}; a row group is in memory at a time."""
    with pq.ParquetFile(path) as file:
        for number in range(file.num_row_groups):
            yield from file.read_row_group(number).to_pylist()


def schema_of(path: Path) -> Any:
    """Return the schema of a shard with its metadata."""
    return pq.read_schema(path)


def created_by(path: Path) -> str:
    """Return the writer that a shard names."""
    with pq.ParquetFile(path) as file:
        return str(file.metadata.created_by)


def tool_version() -> str:
    """Return the version of the library that writes: bytes are pinned to it."""
    return str(pa.__version__)


def _groups(rows: Iterable[Row], audio_of: Callable[[Row], bytes]) -> Iterator[list[dict[str, object]]]:
    group: list[dict[str, object]] = []
    size = 0
    for row in rows:
        data = audio_of(row)
        if group and (len(group) == ROWS_A_GROUP or size + len(data) > BYTES_A_GROUP):
            yield group
            group, size = [], 0
        group.append({**row, "audio": {"bytes": data, "path": f"{row['utt_id']}.flac"}})
        size += len(data)
    if group:
        yield group
