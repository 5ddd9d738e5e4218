"""Reads `nemo/` by the rules of NeMo's manifests, with our own code: the toolkit itself is very large."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from speechcorpus.publish.consumers.hearing import heard
from speechcorpus.publish.readers import Entry

SPLITS = ("train", "dev", "test")


def entries() -> Iterator[Entry]:
    """Yield what a manifest leads to: one JSON object a line, a path found from the manifest's own folder."""
    for split in SPLITS:
        manifest = Path("nemo", f"{split}.jsonl")
        with manifest.open(encoding="utf-8") as lines:
            yield from (_entry(json.loads(line), manifest, split) for line in lines)


def _entry(said: dict[str, Any], manifest: Path, split: str) -> Entry:
    if not (isinstance(said["duration"], float) and said["duration"] > 0 and isinstance(said["text"], str)):
        raise ValueError(f"{manifest}: {said['utt_id']}: duration or text is of another kind")
    duration, sha256 = heard(audio_file(said["audio_filepath"], manifest).read_bytes())
    if abs(duration - said["duration"]) > 0.001:
        raise ValueError(f"{manifest}: {said['utt_id']}: {duration} s of audio, not {said['duration']} s")
    return Entry(
        utt_id=said["utt_id"],
        split=split,
        text=said["text"],
        speaker=said["speaker"],
        duration=duration,
        sha256=sha256,
    )


def audio_file(named: str, manifest: Path) -> Path:
    """Return the file that a manifest names: as it stands if it is there, else from the manifest's folder."""
    path = Path(named)
    return path if path.is_absolute() or path.is_file() else manifest.parent / path
