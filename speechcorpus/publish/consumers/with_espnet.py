"""Reads `kaldi/` by the rules of ESPnet's data directories, with our own code: the toolkit is very large.

Its recipes read `wav.scp`, `text` and `utt2spk` as two columns, refuse a key that comes twice or is missing
in another file, want every file sorted by bytes and each utterance named after its speaker, and open audio by
its path.
"""

from collections.abc import Iterator
from pathlib import Path

from speechcorpus.publish.consumers.hearing import heard
from speechcorpus.publish.readers import Entry

SPLITS = ("train", "dev", "test")


def entries() -> Iterator[Entry]:
    """Yield what a data directory leads to.

    Raises
    ------
    ValueError : naming the file and the rule it breaks
    """
    for split in SPLITS:
        folder = Path("kaldi", split)
        wav, text, speaker = (two_columns(folder / name) for name in ("wav.scp", "text", "utt2spk"))
        for name, table in (("wav.scp", wav), ("utt2spk", speaker)):
            if list(table) != list(text):
                raise ValueError(f"{folder / name}: holds other keys than text, or in another order")
        if _turned(two_columns(folder / "spk2utt")) != speaker:
            raise ValueError(f"{folder}/spk2utt: does not say the same as utt2spk")
        for utt_id, words in text.items():
            duration, sha256 = heard(Path(wav[utt_id]).read_bytes())
            yield Entry(
                utt_id=utt_id,
                split=split,
                text=words,
                speaker=speaker[utt_id],
                duration=duration,
                sha256=sha256,
            )


def two_columns(path: Path) -> dict[str, str]:
    """Return key → value of a file, split at the first white space."""
    table: dict[str, str] = {}
    with path.open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            key, value = line.removesuffix("\n").split(maxsplit=1)
            if key in table:
                raise ValueError(f"{path}: {key} comes twice")
            table[key] = value
    if list(table) != sorted(table, key=str.encode):
        raise ValueError(f"{path}: is not sorted by bytes")
    return table


def _turned(spk2utt: dict[str, str]) -> dict[str, str]:
    pairs = ((utt_id, speaker) for speaker, utt_ids in spk2utt.items() for utt_id in utt_ids.split())
    turned = dict(pairs)
    for utt_id, speaker in turned.items():
        if not utt_id.startswith(speaker):
            raise ValueError(f"{utt_id} does not begin with its speaker {speaker}")
    return turned
