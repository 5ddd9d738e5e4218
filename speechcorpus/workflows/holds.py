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
