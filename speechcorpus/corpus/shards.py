"""Which clips share a file: by speaker, decided once, never moved within a major version."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from speechcorpus.corpus.documents import Row
from speechcorpus.corpus.identifiers import KeyOf

MIB = 1 << 20
FULL_BYTES = 512 * MIB  # a shard takes no further speaker from here on
LARGEST_BYTES = 1024 * MIB

Shards = Mapping[str, Sequence[Sequence[str]]]
"""split → shards → entries; an entry is a speaker id, or `<speaker id>@<version>`: the clips of that speaker
whose `first_version` is that version, for which the speaker's own shard had no room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardClip:
    """What sharding needs of a clip, or of all clips that one speaker brought with one version."""

    split: str
    speaker_id: str
    bytes: int  # together
    first_version: str


def assign_shards(clips: Iterable[ShardClip], *, version: str, before: Shards, key: KeyOf) -> Shards:
    """Return the shards of a release: the old ones as they were, new speakers in the last one while it lasts.

    Speakers that left are taken out of their shard; an empty shard keeps its number and is not written.
    """
    listed = sorted(clips, key=lambda clip: (clip.split, clip.speaker_id, clip.first_version))
    found: dict[str, list[list[str]]] = {}
    for split in ("train", "dev", "test"):
        here = [clip for clip in listed if clip.split == split]
        shards = _kept(before.get(split, ()), {clip.speaker_id for clip in here})
        found[split] = _filled(shards, here, version, key)
    return found


def entry_of(row: Row, entries: Mapping[str, int]) -> int:
    """Return the number of the shard that holds a clip, `entries` being those of its split by name."""
    continued = entries.get(f"{row['speaker_id']}@{row['first_version']}")
    return entries[str(row["speaker_id"])] if continued is None else continued


def numbered(shards: Sequence[Sequence[str]]) -> dict[str, int]:
    """Return the shard number of each entry of one split."""
    return {entry: number for number, entries in enumerate(shards) for entry in entries}


def _kept(shards: Sequence[Sequence[str]], speakers: set[str]) -> list[list[str]]:
    return [[entry for entry in entries if entry.partition("@")[0] in speakers] for entries in shards]


def _filled(shards: list[list[str]], clips: Sequence[ShardClip], version: str, key: KeyOf) -> list[list[str]]:
    home = numbered(shards)
    size, new_bytes = [0] * len(shards), dict[str, int]()
    for clip in clips:
        at = home.get(f"{clip.speaker_id}@{clip.first_version}", home.get(clip.speaker_id))
        if at is None or clip.first_version == version:
            new_bytes[clip.speaker_id] = new_bytes.get(clip.speaker_id, 0) + clip.bytes
        else:
            size[at] += clip.bytes
    for speaker in sorted(new_bytes, key=key):
        at = home.get(speaker)
        if at is not None and size[at] + new_bytes[speaker] <= LARGEST_BYTES:
            size[at] += new_bytes[speaker]
            continue
        if not _has_room(size, new_bytes[speaker]):
            shards.append([])
            size.append(0)
        shards[-1].append(speaker if at is None else f"{speaker}@{version}")
        size[-1] += new_bytes[speaker]
    return shards


def _has_room(size: Sequence[int], more: int) -> bool:
    if not size or size[-1] >= FULL_BYTES:
        return False
    return size[-1] == 0 or size[-1] + more <= LARGEST_BYTES
