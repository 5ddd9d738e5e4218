"""What a version owes to the one before it, and which of it was not kept (`release.md` §1.5 and §6)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from speechcorpus.corpus.differences import EXTRA, Differences
from speechcorpus.corpus.splits import HELD_OUT
from speechcorpus.corpus.withdrawn import Withdrawn

AUDIO = ("sha256", "pcm_md5")
LEAKS = "split.sentence-across"  # the one reason for which a published clip may leave the tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one version says of itself beside its table."""

    version: str
    corpus_id: str
    release: Mapping[str, Any]  # release.json
    withdrawn: Withdrawn

    @property
    def major(self) -> str:
        """Its major version."""
        return self.version.partition(".")[0]

    @property
    def speakers(self) -> Mapping[str, str]:
        """Speaker → split."""
        found = self.release.get("speakers")
        return found if isinstance(found, Mapping) else {}

    @property
    def extra(self) -> Mapping[str, str]:
        """Clip beside the tree → why."""
        rows = self.release.get("extra")
        entries = rows if isinstance(rows, list) else []
        return {str(entry[0]): str(entry[-1]) for entry in entries if isinstance(entry, list) and entry}


def broken_promises(old: Told, new: Told, found: Differences) -> Iterator[str]:
    """Yield one sentence for each promise that `new` breaks; mere differences are none."""
    if old.version == new.version and old.corpus_id != new.corpus_id:
        yield f"{new.version} was published with the corpus id {old.corpus_id}; this is {new.corpus_id}"
    yield from _forgotten(old.withdrawn, new.withdrawn)
    yield from (
        f"{name} was withdrawn, and its id is used again" for name in _back(old.withdrawn, new, found)
    )
    if old.major == new.major:
        yield from _changed_split(old, new, found)
        yield from _left_without_reason(new, found)
        yield from (
            f"{change.utt_id} is other audio under the same id: {change.column} is another"
            for change in found.metadata_changed
            if change.column == AUDIO[0]
        )


def _forgotten(old: Withdrawn, new: Withdrawn) -> Iterator[str]:
    for name in sorted((old.speakers - new.speakers) | (old.clips - new.clips)):
        yield f"{name} is in the register of withdrawals before, and not in this one"


def _back(old: Withdrawn, new: Told, found: Differences) -> Iterator[str]:
    yield from sorted(old.speakers & new.speakers.keys())
    yield from (name for name in found.added if old.holds(name))


def _changed_split(old: Told, new: Told, found: Differences) -> Iterator[str]:
    for speaker in sorted(old.speakers.keys() & new.speakers.keys()):
        before, after = old.speakers[speaker], new.speakers[speaker]
        if before != after:
            yield f"{speaker} changed from {before} to {after} within major version {new.major}"
    for move in found.moved:
        if move.new != EXTRA:
            yield f"{move.utt_id} changed from {move.old} to {move.new} within major version {new.major}"


def _left_without_reason(new: Told, found: Differences) -> Iterator[str]:
    for name in found.removed:
        if not new.withdrawn.holds(name):
            yield f"{name} was published and is gone without a withdrawal"
    for move in found.moved:
        reason = new.extra.get(move.utt_id)
        if move.new == EXTRA and (move.old not in HELD_OUT or reason != LEAKS):
            yield (
                f"{move.utt_id} left {move.old} for {EXTRA} ({reason}): only held-out clips whose sentence"
                " is now in another split may"
            )
