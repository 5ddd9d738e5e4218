"""Checks every loose FLAC of a tree against its table, decoded in full where a decoder is at hand."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Protocol

from speechcorpus.corpus.documents import Row
from speechcorpus.corpus.flac import stream_info
from speechcorpus.domain.errors import ReleaseError, SpeechCorpusError
from speechcorpus.publish.tree import Tree


class Decoded(Protocol):
    """What a decoder in a limited child says of a whole file."""

    @property
    def frames(self) -> int: ...
    @property
    def rate_hz(self) -> int: ...
    @property
    def channels(self) -> int: ...
    @property
    def pcm_md5(self) -> str: ...


Decode = Callable[[Sequence[Path]], Sequence[Decoded | SpeechCorpusError]]
"""Says of each file, in order, what it decodes to, or why it does not."""

HEAD_BYTES = 42
TOGETHER = 32  # files of one call: a round trip to a child costs more than a clip
Told = tuple[int, int, int, str]  # frames, rate, channels, MD5 of the samples


def check_audio(tree: Tree, decode: Decode | None, *, stop: threading.Event | None = None) -> Iterator[str]:
    """Yield loose files that are not what the table says; decoded in full unless `decode` is None.

    `decode` is called from as many threads as there are cores.

    Parameters
    ----------
    stop : once set, the rest is left out: nobody waits for the answer any more
    """
    rows, cores = iter(tree.sources.clips), len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(cores) as pool:
        while (clips := list(islice(rows, cores * TOGETHER))) and not (stop and stop.is_set()):
            shares = [clips[at : at + TOGETHER] for at in range(0, len(clips), TOGETHER)]
            for faults in pool.map(partial(_faults, tree, decode), shares):
                yield from faults


def _faults(tree: Tree, decode: Decode | None, rows: Sequence[Row]) -> list[str]:
    told: dict[str, Told] = {}
    faults: dict[str, str] = {}
    for path, row in ((str(row["audio_path"]), row) for row in rows):
        try:
            told[path] = _told(tree, path, row)
        except ReleaseError as error:
            faults[path] = str(error)
    if decode is not None:
        faults.update(_decode_faults(tree, decode, told))
    return [f"{path}: {faults[path]}" for path in (str(row["audio_path"]) for row in rows) if path in faults]


def _told(tree: Tree, path: str, row: Row) -> Told:
    """Return what the head of a file says; ReleaseError where it is not there, or not what the table says."""
    if path not in tree.entries:
        raise ReleaseError("release.missing-file", "missing", path=path)
    with (tree.root / path).open("rb") as file:
        info = stream_info(file.read(HEAD_BYTES))
    told = (info.frames, info.rate_hz, info.channels, info.pcm_md5)
    if told != (row["num_samples"], row["sample_rate"], 1, row["pcm_md5"]):
        raise ReleaseError("release.audio-form", "STREAMINFO is not what clips.jsonl says", path=path)
    return told


def _decode_faults(tree: Tree, decode: Decode, told: Mapping[str, Told]) -> Iterator[tuple[str, str]]:
    sounds = decode([tree.root / path for path in told])
    for (path, said), sound in zip(told.items(), sounds, strict=True):
        if isinstance(sound, SpeechCorpusError):
            yield path, f"does not decode: {sound}"
        elif (sound.frames, sound.rate_hz, sound.channels, sound.pcm_md5) != said:
            yield path, f"decodes to {sound.frames} frames, MD5 {sound.pcm_md5}"
