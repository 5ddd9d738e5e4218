"""Tracks of seconds beside the rows: one Parquet file an input, for curves of the background and lanes."""

from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.parquet as pq

from speechcorpus.domain.measurement import Measurement, SecondTracks

SCHEMA = pa.schema(
    [
        ("kind", pa.string()),
        ("start_s", pa.float64()),
        ("end_s", pa.float64()),
        ("laeq_dbfs", pa.float64()),
        ("noise_laeq_dbfs", pa.float64()),
    ]
)
"""`kind` is `second` (a window of 1 s with its levels; the last may be shorter) or `speech` (a stretch of
it); each kind is a row group of its own."""


class TrackFiles:
    """Writes `NAME.parquet` below a folder for each input that was decoded; names never leave the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: set[str] = set()
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, row: Measurement, tracks: SecondTracks | None) -> None:
        """Write the tracks of one input, if it has any; a name that is taken gets a number."""
        if tracks is None:
            return
        path = self._folder / self._free(_inside(row.path))
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(path.name + ".partial")
        with pq.ParquetWriter(partial, SCHEMA) as writer:
            for rows in (_seconds(tracks, row.duration_s or 0.0), _speech(tracks)):
                writer.write_table(pa.Table.from_pylist(rows, schema=SCHEMA))
        partial.replace(path)

    def _free(self, name: str) -> str:
        chosen, number = f"{name}.parquet", 1
        while chosen in self._taken:
            number += 1
            chosen = f"{name}-{number}.parquet"
        self._taken.add(chosen)
        return chosen


def read_tracks_file(path: Path) -> SecondTracks:
    """Return what `TrackFiles` wrote."""
    rows = pq.read_table(path).to_pylist()
    seconds = [row for row in rows if row["kind"] == "second"]
    return SecondTracks(
        noise_laeq_dbfs=tuple(row["noise_laeq_dbfs"] for row in seconds),
        laeq_dbfs=tuple(row["laeq_dbfs"] for row in seconds),
        speech=tuple((row["start_s"], row["end_s"]) for row in rows if row["kind"] == "speech"),
    )


def _inside(name: str) -> str:
    """The name without what would lead out of the folder.

    >>> _inside("../../etc/./take.wav"), _inside("/take.wav")
    ('etc/take.wav', 'take.wav')
    """
    return str(
        PurePosixPath(*(part for part in PurePosixPath(name).parts if part not in ("/", "//", "..", ".")))
    )


def _seconds(tracks: SecondTracks, duration_s: float) -> list[dict[str, object]]:
    return [
        {
            "kind": "second",
            "start_s": float(number),
            "end_s": min(number + 1.0, duration_s),
            "laeq_dbfs": laeq_dbfs,
            "noise_laeq_dbfs": noise_dbfs,
        }
        for number, (laeq_dbfs, noise_dbfs) in enumerate(
            zip(tracks.laeq_dbfs, tracks.noise_laeq_dbfs, strict=True)
        )
    ]


def _speech(tracks: SecondTracks) -> list[dict[str, object]]:
    return [{"kind": "speech", "start_s": start_s, "end_s": end_s} for start_s, end_s in tracks.speech]
