"""What changed from one version to the next, in numbers: what the release page shows beside the changelog."""

from collections.abc import Collection, Iterable, Mapping

from speechcorpus.corpus.changelog import Change
from speechcorpus.corpus.documents import Row


def count_changes(
    change: Change, old: Iterable[Row], new: Iterable[Row], since: str | None
) -> Mapping[str, object] | None:
    """Return clips, hours and speakers that came and left, transcripts corrected, clips that moved to extra.

    Parameters
    ----------
    old, new : `clips.jsonl` of both versions, gone through twice
    since : the version before; None, and nothing to tell, for the first one

    Examples
    --------
    >>> row = {"utt_id": "a", "speaker_id": "s", "duration": 1800.0, "text": "好"}
    >>> change = Change(version="1.1.0", released_on="", first=False, added=("b",), left=(), now_leaking=(),
    ...                 corrected=())
    >>> count_changes(change, [row], [row, {**row, "utt_id": "b"}], "1.0.0")["added"]
    {'clips': 1, 'hours': 0.5, 'speakers': 0}
    """
    if since is None:
        return None
    before, after = _speakers(old), _speakers(new)
    return {
        "since": since,
        "added": _share(new, change.added, after - before),
        "left": _share(old, change.left, before - after),
        "corrected": len(change.corrected),
        "now_leaking": len(change.now_leaking),
    }


def _share(rows: Iterable[Row], utterances: Iterable[str], speakers: Collection[str]) -> dict[str, object]:
    wanted = set(utterances)
    seconds = sum(float(row["duration"] or 0) for row in rows if row["utt_id"] in wanted)
    return {"clips": len(wanted), "hours": round(seconds / 3600, 4), "speakers": len(speakers)}


def _speakers(rows: Iterable[Row]) -> set[str]:
    return {str(row["speaker_id"]) for row in rows}
