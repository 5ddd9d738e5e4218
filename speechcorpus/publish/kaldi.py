"""Kaldi data directories: `key value` lines sorted by bytes, paths relative to the root of the tree."""

import shlex
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby

from speechcorpus.corpus.documents import Row
from speechcorpus.corpus.splits import SPLITS
from speechcorpus.publish.derived import Derived
from speechcorpus.publish.sources import Sources


def kaldi_files(sources: Sources, before: str = "") -> Iterator[Derived]:
    """Yield the files of `kaldi/`; `spk2gender` only where Kaldi can say it of every speaker.

    Parameters
    ----------
    before : what stands before the path of a clip, nothing in a release
    """
    paths: Values = {
        "wav.scp": lambda row: f"{before}{row['audio_path']}",
        "wav_pipe.scp": lambda row: f"flac -c -d -s {shlex.quote(before + str(row['audio_path']))} |",
    }
    for split in SPLITS:
        for name, value in {**paths, **VALUES}.items():
            yield Derived(path=f"kaldi/{split}/{name}", chunks=_lines(sources, split, value))
        yield Derived(path=f"kaldi/{split}/spk2utt", chunks=_spk2utt(sources, split))
        genders = {str(row["speaker_id"]): str(row["gender"]) for row in sources.of_split(split)}
        if set(genders.values()) <= {"m", "f"}:
            lines = [f"{speaker} {gender}\n".encode() for speaker, gender in sorted(genders.items())]
            yield Derived(path=f"kaldi/{split}/spk2gender", chunks=iter(lines))


def _text(row: Row) -> str:
    return str(row["text"])


def _speaker(row: Row) -> str:
    return str(row["speaker_id"])


def _duration(row: Row) -> str:
    return repr(row["duration"])


def _language(row: Row) -> str:
    return str(row["language"])


Values = Mapping[str, Callable[[Row], str]]
VALUES: Values = {
    "text": _text,
    "utt2spk": _speaker,
    "utt2dur": _duration,
    "reco2dur": _duration,
    "utt2lang": _language,
}


def _lines(sources: Sources, split: str, value: Callable[[Row], str]) -> Iterator[bytes]:
    for row in sources.of_split(split):
        yield f"{row['utt_id']} {value(row)}\n".encode()


def _spk2utt(sources: Sources, split: str) -> Iterator[bytes]:
    for speaker, rows in groupby(sources.of_split(split), key=_speaker):
        yield f"{speaker} {' '.join(str(row['utt_id']) for row in rows)}\n".encode()
