"""Segments: the items a finished take proposes, and which take of a prompt counts.

A take with prompt markers proposes its prompts. Free speech has none: a worker listens to it and cuts it at
its pauses, and every segment of a topic counts.
"""

from datetime import datetime
from typing import cast
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.record.manifest import Manifest, Span, proposed_spans
from speechcorpus.record.segmentation import Piece, cut_lanes
from speechcorpus.record.take import ITEM_TRACK
from speechcorpus.store.audit import append_audit
from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import Claim, Segment, Sitting, Take, TakeSound, Task
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import held_take
from speechcorpus.workflows.item_state import standing, void_item
from speechcorpus.workflows.take_sound import DETECTOR, keep_sound, kept_sound, listen
from speechcorpus.workflows.track_overlaps import keep_overlaps

READ = "read"


def propose_segments(
    session: Session, take: Take, sitting: Sitting, manifest: Manifest, *, now: datetime
) -> list[str]:
    """Add the items of a stored take and return their ids; room tone and sound checks have none.

    Free speech gets its items from the job `cut_take`.
    """
    if take.track != ITEM_TRACK or sitting.claim_id is None:
        return []
    claim = session.get_one(Claim, sitting.claim_id, with_for_update=True)  # one take at a time chooses
    spans = proposed_spans(manifest)
    if not spans and session.get_one(Task, claim.task_id).style != READ:
        enqueue(session, "cut_take", {"take_id": take.id}, now=now)
    return [_add(session, take, sitting, span, now) for span in spans]


def cut_take(store: Store, take_id: str, now: datetime) -> None:
    """Listen to a take of free speech and propose its segments; a job, safe to run again."""
    with store.catalogue.read() as session:
        take = session.get_one(Take, take_id)
        heard = kept_sound(session, take)
    if heard is None:
        heard = listen(store.blobs.path_of(take.master_sha256 or ""))
    with store.catalogue.write() as session:
        take, _ = held_take(session, take_id)  # nobody cuts the track beside it, or waits for this one there
        sitting = session.get_one(Sitting, take.sitting_id)
        if session.get(TakeSound, take_id) is not None:
            return  # cut before; since then people may have edited
        keep_sound(session, take, heard, now=now)
        added = [_add_piece(session, take, sitting, piece, now) for piece in cut_lanes({None: heard})]
        keep_overlaps(session, take, now=now)
        for segment_id in added:
            enqueue(session, "measure_item", {"segment_id": segment_id}, now=now)
        append_audit(
            session,
            actor="worker",
            action="take.cut",
            object=f"take:{take_id}",
            detail={"segments": added, "detector": DETECTOR},
            now=now,
        )


def _add_piece(session: Session, take: Take, sitting: Sitting, piece: Piece, now: datetime) -> str:
    topics = cast(list[str], take.prompt_ids)
    segment = Segment(
        id=str(uuid4()),
        take_id=take.id,
        claim_id=sitting.claim_id,
        prompt_id=topics[0] if len(topics) == 1 else None,
        start_sample=piece.start_sample,
        end_sample=piece.end_sample,
        speaker=piece.speaker,
        created_at=now,
    )
    session.add(segment)
    session.flush()
    return segment.id


def _add(session: Session, take: Take, sitting: Sitting, span: Span, now: datetime) -> str:
    segment = Segment(
        id=str(uuid4()),
        take_id=take.id,
        claim_id=sitting.claim_id,
        prompt_id=span.prompt_id,
        start_sample=span.start_sample,
        end_sample=span.end_sample,
        chosen=_takes_over(session, take, sitting, span.prompt_id, now),
        created_at=now,
    )
    session.add(segment)
    session.flush()
    return segment.id


def _takes_over(session: Session, take: Take, sitting: Sitting, prompt_id: str, now: datetime) -> bool:
    """Let a person's newest take of a prompt count, unless the one before it has been handed in."""
    counting = session.execute(
        select(Segment, Take, Sitting)
        .join(Take, Take.id == Segment.take_id)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .where(Segment.claim_id == sitting.claim_id, Segment.prompt_id == prompt_id, Segment.chosen.is_(True))
        .where(Sitting.contributor_id == sitting.contributor_id)
    ).all()
    for older, its_take, its_sitting in counting:
        handed_in = standing(session, older.id) in ("waiting", "decided")
        later = (its_sitting.opened_at, its_take.sequence) > (sitting.opened_at, take.sequence)
        if handed_in or later:
            return False
    for older, _, _ in counting:
        older.chosen = False
        void_item(session, older.id, now=now)
    return True
