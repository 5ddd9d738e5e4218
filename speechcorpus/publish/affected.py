"""Which files of a release hold a voice: its sound, its words, and every shard that it shares with others."""

import re
from collections.abc import Iterable, Iterator, Mapping

from speechcorpus.corpus.splits import SPLITS
from speechcorpus.corpus.withdrawn import Withdrawn

TABLE = "clips.jsonl"
SHARD = re.compile(r"(?:parquet|webdataset|shar)/(train|dev|test)[-/](?:cuts\.|recording\.)?(\d{6})\.")
TEXT = re.compile(
    r"(?:kaldi/(train|dev|test)/|nemo/(train|dev|test)\.|audio/(train|dev|test)/metadata|lhotse/\w+_(train|dev|test)\.)"
)


def affected_files(
    paths: Iterable[str], shards: Mapping[str, object], clips: Mapping[str, str]
) -> Iterator[str]:
    """Yield the files of a tree, or of an extra tree, that hold one of these clips.

    Parameters
    ----------
    shards : `release.json: shards`; empty for an extra tree, which has none
    clips : utt_id → split of the clips that were withdrawn

    Examples
    --------
    >>> shards = {"train": [["spk00001"], ["spk00002"]], "dev": [], "test": []}
    >>> paths = ["clips.jsonl", "parquet/train-000000.parquet", "parquet/train-000001.parquet", "README.md"]
    >>> list(affected_files(paths, shards, {"spk00002-s0001-000001": "train"}))
    ['clips.jsonl', 'parquet/train-000001.parquet']
    """
    gone = Withdrawn(speakers=frozenset(), clips=frozenset(clips))
    numbers = _numbers(shards, clips)
    splits = set(clips.values())
    for path in paths if clips else ():
        told = path == TABLE or _in_text(path, splits)
        if told or _in_shard(path, numbers) or gone.holds(_utt_id(path)):
            yield path


def _numbers(shards: Mapping[str, object], clips: Mapping[str, str]) -> set[tuple[str, int]]:
    """Return the shards in which a speaker of these clips has an entry, their continuations too."""
    speakers = {(utt_id.partition("-")[0], split) for utt_id, split in clips.items()}
    found = set()
    for split in SPLITS:
        listed = shards.get(split)
        for number, entries in enumerate(listed if isinstance(listed, list) else ()):
            if any((str(entry).partition("@")[0], split) in speakers for entry in entries):
                found.add((split, number))
    return found


def _utt_id(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".flac")


def _in_shard(path: str, numbers: set[tuple[str, int]]) -> bool:
    match = SHARD.match(path)
    return match is not None and (match[1], int(match[2])) in numbers


def _in_text(path: str, splits: set[str]) -> bool:
    match = TEXT.match(path)
    return match is not None and bool(splits & set(filter(None, match.groups())))
