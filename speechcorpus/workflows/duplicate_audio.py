"""The other recording that an item is said to be a copy of, for the listener who has to judge that."""

from datetime import datetime

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import Segment
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found
from speechcorpus.workflows.duplicates import named_other
from speechcorpus.workflows.items import ItemAudio, item_audio
from speechcorpus.workflows.reviews import held_segment


def other_audio(store: Store, actor: Actor, review_id: str, *, now: datetime) -> ItemAudio:
    """Return the sound of the item that the reviewed one is the same as, to who holds the review.

    Raises
    ------
    AccessError : `not-found`, to anybody else, where the verdict names no other item, and for one taken back
    """
    with store.catalogue.read() as session:
        segment = held_segment(session, actor, review_id, now=now)
        named = named_other(session, segment)
        other = session.get(Segment, named) if named else None
        if other is None:
            raise not_found("segment")
        return item_audio(store, session, other)
