"""What a version adds and breaks, compared with the one before: it decides the smallest number."""

from collections.abc import Iterable, Mapping, Sequence

from speechcorpus.corpus.columns import BY_NAME
from speechcorpus.corpus.documents import Row
from speechcorpus.corpus.known_clips import Older, mark
from speechcorpus.corpus.selection import Refusal
from speechcorpus.corpus.versions import Needs

CHOSEN = ("release.duration", "release.synthetic", "release.audio-form")
"""Refusals that follow from the settings of a build; a clip never leaves a major version for them."""


def needs_of(
    old: Older,
    new: Sequence[Row],
    refused: Iterable[Refusal],
    names: Mapping[tuple[str, str], str],
) -> Needs:
    """Return what the step from one table to the next asks of the version number.

    A column that only fell silent, because those who filled it withdrew, is not removed.

    Parameters
    ----------
    old : the version before
    new : `clips.jsonl` of the new one
    refused : what the new one leaves out
    names : (kind, object id) → name, as given by earlier releases
    """
    if not old.clips:
        return Needs()
    left = ((names.get(("utterance", one.segment_id)), one.code) for one in refused)
    encoded, moved, added = _compared(old, new)
    return Needs(
        breaks=_removed(old) or encoded or moved or _chosen(old, left),
        adds=added or _columns(old, new),
    )


def _compared(old: Older, new: Iterable[Row]) -> tuple[str | None, str | None, str | None]:
    """Return the first clip that is encoded anew, the first that changes split, and how many are new."""
    encoded = moved = None
    added = 0
    for row in new:
        was = old.clips.get(str(row["utt_id"]))
        if was is None:
            added += 1
        elif was.sound != mark(row["sha256"]):
            encoded = encoded or f"the audio of {row['utt_id']} is encoded anew"
        elif was.split != row["split"]:
            moved = moved or f"{row['utt_id']} changes from {was.split} to {row['split']}"
    return encoded, moved, f"{added} clips are added" if added else None


def _removed(old: Older) -> str | None:
    gone = sorted(old.columns - BY_NAME.keys())
    return f"the column {gone[0]} is removed" if gone else None


def _chosen(old: Older, left: Iterable[tuple[str | None, str]]) -> str | None:
    for utt_id, code in sorted(
        (utt_id, code) for utt_id, code in left if utt_id in old.clips and code in CHOSEN
    ):
        return f"{utt_id} would leave by other settings ({code})"
    return None


def _columns(old: Older, new: Sequence[Row]) -> str | None:
    added = sorted(set(new[0]) - old.columns) if new else []
    return f"the column {added[0]} is added" if added else None
