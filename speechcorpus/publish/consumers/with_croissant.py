"""Loads `croissant.json` with mlcroissant: no error, no warning, and every record of every record set."""

import logging
from collections.abc import Iterator
from typing import Any

from speechcorpus.publish.consumers.hearing import heard
from speechcorpus.publish.readers import Entry

SPLITS = ("train", "dev", "test")


class _Kept(logging.Handler):
    """Keeps what is logged as a warning or worse: an incomplete context is told of nowhere else."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


def entries() -> Iterator[Entry]:
    """Yield what mlcroissant makes of each record.

    Raises
    ------
    ValueError : with the first error or warning that it has about the description
    """
    import mlcroissant
    from absl import logging as its_logging

    kept = _Kept()
    its_logging.get_absl_logger().addHandler(kept)
    dataset = mlcroissant.Dataset("croissant.json")
    issues = dataset.metadata.ctx.issues
    if said := [*sorted(issues.errors), *sorted(issues.warnings), *kept.said]:
        raise ValueError(f"mlcroissant says: {said[0]}")
    for split in SPLITS:
        yield from (_entry(record, split) for record in dataset.records(split))


def _entry(record: dict[str, Any], split: str) -> Entry:
    duration, sha256 = heard(record[f"{split}/audio"])
    return Entry(
        utt_id=record[f"{split}/utt_id"].decode(),  # its text comes out as bytes
        split=split,
        text=record[f"{split}/text"].decode(),
        speaker=record[f"{split}/speaker_id"].decode(),
        duration=duration,
        sha256=sha256,
    )
