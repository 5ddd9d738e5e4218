"""What a version adds and breaks, compared with the one before: it decides the smallest number."""

from collections.abc import Iterable, Mapping, Sequence

from speechcorpus.corpus.columns import BY_NAME
from speechcorpus.corpus.documents import Row
from speechcorpus.corpus.selection import Refusal
from speechcorpus.corpus.versions import Needs

CHOSEN = ("release.duration", "release.synthetic", "release.audio-form")
"""Refusals that follow from the settings of a build; a clip never leaves a major version for them."""


def needs_of(
    old: Sequence[Row],
    new: Sequence[Row],
    refused: Iterable[Refusal],
    names: Mapping[tuple[str, str], str],
) -> Needs:
    """Return what the step from one table to the next asks of the version number.

    A column that only fell silent, because those who filled it withdrew, is not removed.

    Parameters
    ----------
    old, new : `clips.jsonl` of both versions
    refused : what the new one leaves out
    names : (kind, object id) → name, as given by earlier releases
    """
    if not old:
        return Needs()
    before = {str(row["utt_id"]): row for row in old}
    left = ((names.get(("utterance", one.segment_id)), one.code) for one in refused)
    return Needs(
        breaks=_removed(old) or _encoded(before, new) or _moved(before, new) or _chosen(before, left),
        adds=_added(before, new) or _columns(old, new),
    )


def _removed(old: Sequence[Row]) -> str | None:
    gone = sorted(set(old[0]) - BY_NAME.keys())
    return f"the column {gone[0]} is removed" if gone else None


def _encoded(before: Mapping[str, Row], new: Sequence[Row]) -> str | None:
    for row in new:
        was = before.get(str(row["utt_id"]))
        if was is not None and was["sha256"] != row["sha256"]:
            return f"the audio of {row['utt_id']} is encoded anew"
    return None


def _moved(before: Mapping[str, Row], new: Sequence[Row]) -> str | None:
    for row in new:
        was = before.get(str(row["utt_id"]))
        if was is not None and was["split"] != row["split"]:
            return f"{row['utt_id']} changes from {was['split']} to {row['split']}"
    return None


def _chosen(before: Mapping[str, Row], left: Iterable[tuple[str | None, str]]) -> str | None:
    for utt_id, code in sorted(
        (utt_id, code) for utt_id, code in left if utt_id in before and code in CHOSEN
    ):
        return f"{utt_id} would leave by other settings ({code})"
    return None


def _added(before: Mapping[str, Row], new: Sequence[Row]) -> str | None:
    added = sum(str(row["utt_id"]) not in before for row in new)
    return f"{added} clips are added" if added else None


def _columns(old: Sequence[Row], new: Sequence[Row]) -> str | None:
    added = sorted(set(new[0]) - set(old[0])) if new else []
    return f"the column {added[0]} is added" if added else None
