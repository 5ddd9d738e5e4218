"""Loads `webdataset/` with WebDataset; a broken member or shard raises instead of being passed over."""

import json
from collections.abc import Iterator
from pathlib import Path

from speechcorpus.publish.consumers.hearing import heard
from speechcorpus.publish.readers import Entry

SPLITS = ("train", "dev", "test")
MEMBERS = {"__key__", "__url__", "flac", "json", "txt"}


def entries() -> Iterator[Entry]:
    """Yield what WebDataset makes of each sample.

    Raises
    ------
    ValueError : for a sample that lacks a member or has another, or whose row is of another clip or text
    """
    import webdataset

    for split in SPLITS:
        shards = sorted(str(path) for path in Path("webdataset").glob(f"{split}-*.tar"))
        samples = webdataset.WebDataset(
            shards, handler=webdataset.reraise_exception, shardshuffle=False, empty_check=True
        )
        for sample in samples:
            yield _entry(sample, split)


def _entry(sample: dict[str, bytes], split: str) -> Entry:
    members = set(sample) - {"__local_path__"}
    if members != MEMBERS:
        raise ValueError(f"{sample['__key__']!r} has the members {', '.join(sorted(members))}")
    row, text = json.loads(sample["json"]), sample["txt"].decode()
    if row["utt_id"] != sample["__key__"] or row["text"] != text or row["split"] != split:
        raise ValueError(f"{sample['__key__']!r}: its row, its text and its place do not belong together")
    duration, sha256 = heard(sample["flac"])
    return Entry(
        utt_id=row["utt_id"],
        split=split,
        text=text,
        speaker=row["speaker_id"],
        duration=duration,
        sha256=sha256,
    )
