"""Decisions made faster than the sound they judge lasts: nobody can have heard it, so they are void."""

from collections.abc import Collection


def is_hasty(decided_after_s: float, span_s: float) -> bool:
    """Say whether a decision came before its sound could be heard once.

    Parameters
    ----------
    decided_after_s : from taking the item to deciding
    span_s : how long what was judged lasts

    Examples
    --------
    >>> is_hasty(3.9, 4.0), is_hasty(4.0, 4.0)
    (True, False)
    """
    return decided_after_s < span_s


def span_judged_s(clip_s: float, marked: Collection[tuple[float, float]]) -> float:
    """Return how many seconds a decision is about: the marked spans of a reject, else the whole clip.

    Examples
    --------
    >>> span_judged_s(12.0, []), span_judged_s(12.0, [(1.0, 2.5), (2.0, 4.0)])
    (12.0, 3.0)
    """
    if not marked:
        return clip_s
    covered, reached = 0.0, 0.0
    for start, end in sorted(marked):
        covered += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return covered
