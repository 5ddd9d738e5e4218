"""NeMo manifests: one JSON line a clip, its audio found from the folder of the manifest."""

from collections.abc import Iterator

from speechcorpus.corpus.documents import Row, json_line
from speechcorpus.corpus.splits import SPLITS
from speechcorpus.publish.derived import Derived
from speechcorpus.publish.sources import Sources

EXTRAS = ("session_id", "style", "noise_band", "noise_dba", "noise_dbfs", "snr_db", "sha256")


def nemo_files(sources: Sources, before: str = "../") -> Iterator[Derived]:
    """Yield the files of `nemo/`; `before` is what stands before the path of a clip."""
    for split in SPLITS:
        lines = (json_line(entry(row, f"{before}{row['audio_path']}")) for row in sources.of_split(split))
        yield Derived(path=f"nemo/{split}.jsonl", chunks=lines)


def entry(row: Row, audio_path: str) -> dict[str, object]:
    """Return what a manifest says of a clip; a measurement without a value is left out.

    Parameters
    ----------
    audio_path : where the audio is, relative to the folder of the manifest or absolute

    Examples
    --------
    >>> row = {"utt_id": "spk00001-s0001-000001", "speaker_id": "spk00001", "duration": 1.5, "text": "好。",
    ...        "language": "nan-TW", "noise_band": "low", "noise_dba": None}
    >>> sorted(entry(row, "../audio/dev/spk00001/spk00001-s0001-000001.flac"))
    ['audio_filepath', 'duration', 'lang', 'noise_band', 'speaker', 'text', 'utt_id']
    """
    return {
        "audio_filepath": audio_path,
        "duration": row["duration"],
        "text": row["text"],
        "lang": row["language"],
        "speaker": row["speaker_id"],
        "utt_id": row["utt_id"],
        **{name: row[name] for name in EXTRAS if row.get(name) is not None},
    }
