"""Loads `kaldi/` with kaldiio sample by sample, and as a data directory with Lhotse's importer."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from speechcorpus.publish.readers import Entry

SPLITS = ("train", "dev", "test")


def entries() -> Iterator[Entry]:
    """Yield what kaldiio reads of each utterance, with text and speaker as Lhotse imports them."""
    import kaldiio
    from lhotse.kaldi import load_kaldi_data_dir

    for split in SPLITS:
        folder = f"kaldi/{split}"
        paths = dict(line.split(" ", 1) for line in Path(folder, "wav.scp").read_text().splitlines())
        _, supervisions, _ = load_kaldi_data_dir(folder, sampling_rate=_rate(folder))
        said = {one.id: one for one in supervisions}
        for utt_id, (rate_hz, samples) in kaldiio.load_scp(f"{folder}/wav.scp").items():
            yield Entry(
                utt_id=utt_id,
                split=split,
                text=said[utt_id].text,
                speaker=said[utt_id].speaker,
                duration=len(samples) / rate_hz,
                sha256=hashlib.sha256(Path(paths[utt_id]).read_bytes()).hexdigest(),
            )


def _rate(folder: str) -> int:
    import kaldiio

    rate_hz, _ = next(iter(kaldiio.load_scp(f"{folder}/wav.scp").values()))
    return int(rate_hz)
