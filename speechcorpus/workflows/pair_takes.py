"""The job that lays the two tracks of a talk side by side, and judges their items by what it finds."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from speechcorpus.domain.canonical import parse_json
from speechcorpus.qc.dialogue import Dialogue
from speechcorpus.qc.facts import Facts
from speechcorpus.qc.two_tracks import HeardTogether
from speechcorpus.record.alignment import Alignment, align
from speechcorpus.record.manifest import parse_manifest
from speechcorpus.record.take import ITEM_TRACK
from speechcorpus.record.track_clock import Timeline, TrackClock, track_clock
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Claim, Segment, Sitting, SittingPeer, Take, TakePair, Tombstone
from speechcorpus.store.store import Store
from speechcorpus.workflows.item_state import standing
from speechcorpus.workflows.items import audit_verdict
from speechcorpus.workflows.judging import judge_segment, newest_verdict_row
from speechcorpus.workflows.pair_listen import listen
from speechcorpus.workflows.take_pairs import FIRST, SECOND, pairs_of_take, partner_figures
from speechcorpus.workflows.track_overlaps import keep_overlaps
from speechcorpus.workflows.withdrawn_items import take_is_withdrawn

SHORTEST_S = 1.0  # that two takes run together: less is no talk
WORKED_ON = ("active", "submitted")  # of a claim that was handed in, some items may come later


def pair_takes(store: Store, take_id: str, now: datetime) -> None:
    """Compare a stored take with all that the other person recorded meanwhile; a job, safe to run again.

    A pair that is known is left as it is. One that cannot be heard keeps no other from it: the job fails with
    its error when all is done. Items that are not handed in yet are judged by what both tracks tell; the
    others stay as they were judged.
    """
    failures: list[Exception] = []
    with store.catalogue.read() as session:
        found = _together(session, take_id)
    for (first_id, second_id), clocks in found:
        try:
            heard = _heard(store, first_id, second_id, clocks)
        except Exception as error:  # whatever one pair does must not take the others with it
            failures.append(error)
            continue
        if heard is None:
            continue
        with store.catalogue.write() as session:
            _keep(session, first_id, second_id, heard, clocks, now)
    with store.catalogue.read() as session:
        segment_ids = _items_beside(session, take_id)
    for segment_id in segment_ids:
        with store.catalogue.write() as session:
            _judge(session, segment_id, now)
    if failures:
        raise failures[0]


def _together(session: Session, take_id: str) -> list[tuple[tuple[str, str], Alignment]]:
    """Return the pairs that are to be measured: by their clocks both ran at one time."""
    pairs = _unmeasured(session, take_id)
    if not pairs:
        return []
    own, found = _clock(session, take_id), []  # each manifest is read once
    for pair in pairs:
        first, second = (own if each == take_id else _clock(session, each) for each in pair)
        clocks = align(first, second)
        if clocks is not None and clocks.shared_s[1] - clocks.shared_s[0] >= SHORTEST_S:
            found.append((pair, clocks))
    return found


def _unmeasured(session: Session, take_id: str) -> list[tuple[str, str]]:
    """Return the takes of the other person that nobody held against this one, the holder's of each first."""
    take = session.get_one(Take, take_id)
    sitting, peer = session.get_one(Sitting, take.sitting_id), session.get(SittingPeer, take.sitting_id)
    if peer is None or peer.partner_id is None or sitting.claim_id is None or _is_gone(session, take):
        return []
    theirs = (
        select(Take)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .join(SittingPeer, SittingPeer.sitting_id == Sitting.id)
        .where(SittingPeer.partner_id == peer.partner_id, Sitting.contributor_id != sitting.contributor_id)
        .where(Take.track == ITEM_TRACK, Take.state == "stored")
        .order_by(Take.created_at, Take.id)
    )
    holds = session.get_one(Claim, sitting.claim_id).contributor_id == sitting.contributor_id
    others = [each.id for each in session.scalars(theirs) if not _is_gone(session, each)]
    pairs = [(take_id, other) if holds else (other, take_id) for other in others]
    return [pair for pair in pairs if not _is_known(session, *pair)]


def _is_gone(session: Session, take: Take) -> bool:
    """Say whether a take was taken back: it is held against nothing, though its sound may still be there."""
    erased = take.master_sha256 is None or session.get(Tombstone, take.master_sha256) is not None
    return erased or take_is_withdrawn(session, take.id)


def _is_known(session: Session, first_id: str, second_id: str) -> bool:
    both = (TakePair.first_take_id == first_id, TakePair.second_take_id == second_id)
    return bool(session.scalar(select(exists().where(*both))))


def _clock(session: Session, take_id: str) -> TrackClock:
    return track_clock(parse_manifest(parse_json(session.get_one(Take, take_id).manifest or "")))


def _master(session: Session, take_id: str) -> str:
    return session.get_one(Take, take_id).master_sha256 or ""


def _heard(store: Store, first_id: str, second_id: str, clocks: Alignment) -> HeardTogether | None:
    """Return what both tell together, None where the sound of one is not here: nobody can hear it now."""
    with store.catalogue.read() as session:
        masters = [_master(session, each) for each in (first_id, second_id)]
    if not all(each and store.blobs.exists(each) for each in masters):
        return None
    first, second = (store.blobs.path_of(each) for each in masters)
    return listen(first, second, clocks)


def _keep(
    session: Session, first_id: str, second_id: str, heard: HeardTogether, clocks: Alignment, now: datetime
) -> None:
    """Keep what was measured of two takes, unless another worker was quicker."""
    first = session.get_one(Take, first_id)
    sitting = session.get_one(Sitting, first.sitting_id)
    session.get_one(Claim, sitting.claim_id, with_for_update=True)  # no edit meanwhile
    if _is_known(session, first_id, second_id):
        return
    placed, left_ms = heard.settled.alignment, heard.settled.left_ms
    row = TakePair(
        id=str(uuid4()),
        first_take_id=first_id,
        second_take_id=second_id,
        offset_s=placed.offset_s,
        drift_ppm=placed.drift_ppm,
        uncertainty_ms=round(placed.uncertainty_ms, 3),
        method=placed.method,
        facts=_facts(heard, clocks),
        figures=_figures(heard.figures, left_ms),
        measured_at=now,
    )
    session.add(row)
    session.flush()
    keep_overlaps(session, first, now=now)
    detail = {"pair": row.id, "second": second_id, "method": row.method}
    append_audit(
        session, actor="worker", action="take.paired", object=f"take:{first_id}", detail=detail, now=now
    )


def _facts(heard: HeardTogether, clocks: Alignment) -> dict[str, Any]:
    """Return what an alignment rests on: clocks, sound that both hold, and where sound is missing."""
    link, shared = clocks.link, heard.shared
    return {
        "clocks": {
            "method": clocks.method,
            "offset_s": clocks.offset_s,
            "drift_ppm": round(clocks.drift_ppm, 3),
            "uncertainty_ms": round(clocks.uncertainty_ms, 3),
            "drift_known": clocks.drift_known,
        },
        "exchanges": 0 if link is None else link.exchanges,
        "minutes": 0 if link is None else link.windows,
        "rtt_ms": None if link is None or not link.exchanges else round(link.rtt_us / 1000, 3),
        "sound": {
            FIRST: None if shared.first is None else asdict(shared.first),
            SECOND: None if shared.second is None else asdict(shared.second),
        },
        "gaps": {FIRST: _gaps(clocks.first), SECOND: _gaps(clocks.second)},
    }


def _gaps(line: Timeline) -> list[tuple[int, float]]:
    return list(zip(line.cuts, line.lost_s, strict=True))


def _figures(talk: Dialogue, left_ms: float | None) -> dict[str, Any]:
    return {
        "overlap_pct": _rounded(talk.overlap_pct),
        "share_pct": _rounded(talk.share_pct),
        "turn_s": _rounded(talk.turn_s),
        "bleed_db": {FIRST: _rounded(talk.first_bleed_db), SECOND: _rounded(talk.second_bleed_db)},
        "sync_offset_ms": _rounded(left_ms),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _items_beside(session: Session, take_id: str) -> Sequence[str]:
    """Return the items of a take and of those that are paired with it."""
    pairs = pairs_of_take(session, take_id)
    takes = {each for pair in pairs for each in (pair.first_take_id, pair.second_take_id)}
    items = select(Segment.id).join(Claim, Claim.id == Segment.claim_id)
    items = items.where(Segment.take_id.in_(takes), Claim.state.in_(WORKED_ON))
    return session.scalars(items.order_by(Segment.created_at, Segment.id)).all()


def _judge(session: Session, segment_id: str, now: datetime) -> None:
    segment = session.get_one(Segment, segment_id, with_for_update=True)
    before = newest_verdict_row(session, segment_id)
    if before is None or standing(session, segment_id) != "open":
        return  # who judges it first reads the pair anyway
    judged = Facts.from_document(before.facts)
    facts = replace(judged, partner=partner_figures(session, segment))
    if facts != judged:
        audit_verdict(session, segment, judge_segment(session, segment, facts=facts, now=now), now)
