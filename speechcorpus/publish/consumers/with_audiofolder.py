"""Loads the loose audio and its `metadata.csv` with the audiofolder of `datasets`, decoded by torchcodec."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from speechcorpus.publish.consumers.with_datasets import SPLITS
from speechcorpus.publish.readers import Entry


def entries() -> Iterator[Entry]:
    """Yield what audiofolder gives of each row: its text, every sample, and the file it leads to."""
    from datasets import Audio, load_dataset

    loaded = load_dataset("audiofolder", data_dir=str(Path.cwd() / "audio"))
    for theirs, ours in SPLITS.items():
        paths = loaded[theirs].cast_column("audio", Audio(decode=False))
        for row, file in zip(loaded[theirs], paths, strict=True):
            sound = row["audio"].get_all_samples()
            yield Entry(
                utt_id=row["utt_id"],
                split=ours,
                text=row["text"],
                speaker=row["speaker_id"],
                duration=sound.data.shape[1] / sound.sample_rate,
                sha256=hashlib.sha256(Path(file["audio"]["path"]).read_bytes()).hexdigest(),
            )
