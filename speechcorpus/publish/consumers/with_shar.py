"""Loads `shar/` with Lhotse and counts what comes out: a tar shorter than its cuts ends without an error."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from speechcorpus.publish.readers import Entry

SPLITS = ("train", "dev", "test")


def entries() -> Iterator[Entry]:
    """Yield what Lhotse makes of each cut, every sample read.

    Raises
    ------
    ValueError : when a split gives another number of cuts than `shards.json` says
    """
    from lhotse import CutSet

    expected = _clips()
    for split in SPLITS:
        found = 0
        for cut in CutSet.from_shar(in_dir=f"shar/{split}"):
            found += 1
            (said,) = cut.supervisions
            yield Entry(
                utt_id=cut.id,
                split=split,
                text=said.text,
                speaker=said.speaker,
                duration=cut.load_audio().shape[1] / cut.sampling_rate,
                sha256=hashlib.sha256(cut.recording.sources[0].source).hexdigest(),
            )
        if found != expected[split]:
            raise ValueError(f"shar/{split}: {found} of {expected[split]} clips came out")


def _clips() -> Counter[str]:
    clips = Counter[str]()
    for row in json.loads(Path("shards.json").read_bytes()):
        if row["format"] == "shar" and row["path"].endswith(".tar"):
            clips[row["split"]] += row["clips"]
    return clips
