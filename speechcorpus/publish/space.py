"""How much room a tree needs, asked before its first byte is written."""

import shutil
from collections.abc import Collection
from pathlib import Path

from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.shards import SHARD_WRITERS

MARGIN_PERCENT = 110
FIXED_BYTES = 1 << 20  # card, plots, licence, the ends of archives
BESIDE_AUDIO = {
    "core": 4096,
    "audio": 4096,
    "parquet": 1024,
    "lhotse": 1536,
    "shar": 3072,
    "webdataset": 5120,
    "kaldi": 1024,
    "nemo": 1024,
}
"""Bytes a clip takes in each bundle beside its FLAC: rows, headers, padding, the rest of a disk block."""


def planned_bytes(*, audio_bytes: int, clips: int, formats: Collection[str]) -> int:
    """Return the size of a tree, upwards of the truth.

    >>> planned_bytes(audio_bytes=80_000, clips=1, formats=["audio", "kaldi"])
    1137792
    """
    copies = sum(name == "audio" or name in SHARD_WRITERS for name in formats)
    beside = sum(BESIDE_AUDIO[name] for name in ("core", *formats))
    return copies * audio_bytes + clips * beside + FIXED_BYTES


def check_space(folder: Path, planned: int, *, there: int = 0) -> None:
    """Raise `release.space` unless 1.1 times the planned bytes are free, less what is `there` already."""
    needed = max(0, planned * MARGIN_PERCENT // 100 - there)
    free = shutil.disk_usage(folder).free
    if free < needed:
        sentence = f"the build may need {needed} bytes, {free} are free"
        raise ReleaseError("release.space", sentence, planned=needed, free=free)
