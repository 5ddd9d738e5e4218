"""Lhotse manifests: recordings, supervisions and cuts, one gzip member each without time or name."""

import gzip
import io
from collections.abc import Callable, Iterator, Mapping

from speechcorpus.corpus.documents import ABSENT, Row, json_line
from speechcorpus.corpus.splits import SPLITS
from speechcorpus.publish.derived import Derived
from speechcorpus.publish.sources import Sources
from speechcorpus.publish.tar import Sink

CUSTOM = ("session_id", "noise_band", "noise_dba", "noise_dbfs", "snr_db", "sha256", "style")
OF_DIALOGUES = ("dialogue_id", "dialogue_track", "dialogue_talk", "dialogue_start_s")


def lhotse_files(sources: Sources) -> Iterator[Derived]:
    """Yield the files of `lhotse/`."""
    kinds: Mapping[str, Callable[[Row], Mapping[str, object]]] = {
        "recordings": recording,
        "supervisions": supervision,
        "cuts": cut,
    }
    for split in SPLITS:
        for kind, entry in kinds.items():
            lines = (json_line(entry(row)) for row in sources.of_split(split))
            yield Derived(path=f"lhotse/{kind}_{split}.jsonl.gz", chunks=gzipped(lines))


def recording(row: Row) -> dict[str, object]:
    """Return the Recording of a clip, its path relative to the root of the tree."""
    return {
        "id": row["utt_id"],
        "sources": [{"type": "file", "channels": [0], "source": row["audio_path"]}],
        "sampling_rate": row["sample_rate"],
        "num_samples": row["num_samples"],
        "duration": row["duration"],
        "channel_ids": [0],
    }


def supervision(row: Row) -> dict[str, object]:
    """Return the one SupervisionSegment of a clip."""
    said = {} if row["gender"] == "undisclosed" else {"gender": row["gender"]}
    return {
        "id": row["utt_id"],
        "recording_id": row["utt_id"],
        "start": 0.0,
        "duration": row["duration"],
        "channel": 0,
        "text": row["text"],
        "language": row["language"],
        "speaker": row["speaker_id"],
        **said,
        "custom": {name: row[name] for name in _custom(row) if row.get(name) is not None},
    }


def _custom(row: Row) -> tuple[str, ...]:
    """Return what a supervision says beside its text: of a talk of two also where it lies in it."""
    talked = row.get("dialogue_talk") not in (None, ABSENT)
    return (*CUSTOM, *OF_DIALOGUES) if talked else CUSTOM


def cut(row: Row) -> dict[str, object]:
    """Return the MonoCut of a clip."""
    return {
        "id": row["utt_id"],
        "start": 0.0,
        "duration": row["duration"],
        "channel": 0,
        "supervisions": [supervision(row)],
        "recording": recording(row),
        "type": "MonoCut",
    }


def gzip_file(file: Sink) -> gzip.GzipFile:
    """Return a gzip member of level 6, open for writing into `file`, that tells neither time nor name."""
    return gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=file, mtime=0)


def gzipped(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the lines as one gzip member."""
    buffer = io.BytesIO()
    with gzip_file(buffer) as file:
        for line in lines:
            file.write(line)
            if buffer.tell() > 1 << 16:
                yield buffer.getvalue()
                buffer.seek(0)
                buffer.truncate()
    yield buffer.getvalue()
