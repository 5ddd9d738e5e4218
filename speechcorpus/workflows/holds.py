"""Who holds a piece of work, and until when: one rule for reviews, second texts and settlements."""

from datetime import datetime

from speechcorpus.domain.actor import Actor


def is_held_by(
    actor: Actor, *, holder: str | None, state: str, lease_until: datetime | None, now: datetime
) -> bool:
    """Say whether this person holds it now."""
    return state == "assigned" and holder == actor.id and lease_until is not None and lease_until > now


def is_free_for(
    actor: Actor, *, holder: str | None, state: str, lease_until: datetime | None, now: datetime
) -> bool:
    """Say whether this person may take it: nobody else holds it, or does so no more."""
    return state == "queued" or holder == actor.id or (lease_until is not None and lease_until <= now)


def is_last_holder(actor: Actor, *, holder: str | None, state: str) -> bool:
    """Say whether this person held it last, be the time over or not: nobody took over."""
    return state == "assigned" and holder == actor.id


def was_given(newest: int, fence: int) -> bool:
    """Say whether a fence is one of those that somebody was given; what they wrote under it is kept.

    Examples
    --------
    >>> was_given(2, 1), was_given(0, 0), was_given(1, 2)
    (True, False, False)
    """
    return 0 < fence <= newest
