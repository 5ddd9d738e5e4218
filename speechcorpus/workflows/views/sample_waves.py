"""The wave form beside each clip of a release: as the worker that measured the item drew it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import ReleaseItem, Segment
from speechcorpus.store.store import Store
from speechcorpus.workflows.download_tokens import READERS
from speechcorpus.workflows.picture_rows import outline_of, picture_state, want_picture

BARS = 42


def sample_waves(
    store: Store, actor: Actor, release_id: str, utterances: Sequence[str], *, now: datetime
) -> Mapping[str, Sequence[float]]:
    """Return utt_id → wave form in `BARS` bars, 0 to 1 of the clip's own peak; to who may not listen, none.

    A clip without a picture, in a house that was restored for one, is absent; a worker is asked to draw it.
    """
    if actor.role not in READERS:
        return {}
    shown = (
        select(ReleaseItem.utt_id, Segment)
        .join(Segment, Segment.id == ReleaseItem.segment_id)
        .where(ReleaseItem.release_id == release_id, ReleaseItem.utt_id.in_(utterances))
    )
    found, missing = {}, []
    with store.catalogue.read() as session:
        for utt_id, segment in session.execute(shown):
            wave = outline_of(store, segment, BARS)
            if wave is not None:
                found[str(utt_id)] = wave
            elif picture_state(store, session, segment) == "none" and segment.item_sha256:
                missing.append(segment.id)
    if missing:
        _ask(store, sorted(missing), now)
    return found


def _ask(store: Store, segments: Sequence[str], now: datetime) -> None:
    with store.catalogue.write() as session:
        for segment_id in segments:
            want_picture(store, session, session.get_one(Segment, segment_id), now=now)
