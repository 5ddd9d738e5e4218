"""Loads `lhotse/` with Lhotse, validates it with its own checks, and reads every sample."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from speechcorpus.publish.readers import Entry

SPLITS = ("train", "dev", "test")


def entries() -> Iterator[Entry]:
    """Yield what Lhotse makes of each cut; its validation raises on the first fault."""
    from lhotse import CutSet, RecordingSet, SupervisionSet
    from lhotse.qa import validate, validate_recordings_and_supervisions

    for split in SPLITS:
        recordings = RecordingSet.from_file(f"lhotse/recordings_{split}.jsonl.gz")
        supervisions = SupervisionSet.from_file(f"lhotse/supervisions_{split}.jsonl.gz")
        validate_recordings_and_supervisions(recordings, supervisions, read_data=True)
        cuts = CutSet.from_file(f"lhotse/cuts_{split}.jsonl.gz").to_eager()
        validate(cuts, read_data=True)
        for cut in cuts:
            (said,) = cut.supervisions
            yield Entry(
                utt_id=cut.id,
                split=split,
                text=said.text,
                speaker=said.speaker,
                duration=cut.load_audio().shape[1] / cut.sampling_rate,
                sha256=hashlib.sha256(Path(cut.recording.sources[0].source).read_bytes()).hexdigest(),
            )
