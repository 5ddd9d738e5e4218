"""Sittings: registered by the browser, kept alive by a heartbeat, closed when everything has arrived."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.canonical import sha256_of
from speechcorpus.domain.errors import SittingError
from speechcorpus.record.form import Form
from speechcorpus.record.sitting import SittingEvent, next_state
from speechcorpus.record.upload import BYTES_PER_SAMPLE
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Calibration, Chunk, Claim, Sitting, Take, Task
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import own_sitting, require_contributor
from speechcorpus.workflows.calibration_rows import holds_for
from speechcorpus.workflows.consents import require_consent
from speechcorpus.workflows.leases import extend_lease
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.seats import late_seat, seated_claim
from speechcorpus.workflows.sitting_peers import seat_peer

SITTING_KEYS = ("claim", "band", "device", "calibration", "device_check", "peers", "started_offline")
BANDS = ("low", "medium", "high")
DAY_QUOTA_S = 12 * 3600
LONGEST_ID = 36  # a UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """Whether a registration was new (201) or the same as before (200), and the state now."""

    created: bool
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """The answer to a heartbeat; `lease_until` is None for a sound check without a claim."""

    lease_until: datetime | None
    counted_s: int  # audio received in the last 24 h
    quota_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingView:
    """A sitting as its owner sees it."""

    id: str
    state: str
    claim_id: str | None
    band: str
    takes: Sequence[tuple[str, str, str, str | None]]  # id, track, state, master's SHA-256


def open_sitting(
    store: Store, actor: Actor, sitting_id: str, body: Mapping[str, object], *, now: datetime
) -> Registered:
    """Register a sitting under the id its browser made; the same body again changes nothing.

    Raises
    ------
    AccessError : `not-found`, `consent.missing`, `consent.withdrawn`
    SittingError : `request.field`, `id.conflict`, `sitting.other-open` naming the other one; of a dialogue
        also `partner.missing`, `partner.other`, `partner.consent`
    """
    form = Form(body, where="", code="request.field", keys=SITTING_KEYS, optional=("device_check", "peers"))
    body_sha256 = sha256_of(body)
    with store.catalogue.write() as session:
        person = require_contributor(session, actor, lock=True)  # one at a time opens a sitting
        known = session.get(Sitting, sitting_id)
        if known is not None:
            own_sitting(session, actor, sitting_id)
            return _same(known, body_sha256)
        sitting = _new_sitting(session, actor, sitting_id, form, now)
        sitting.body_sha256 = body_sha256
        if not sitting.started_offline:
            _require_no_other_open(session, person.id, sitting_id)
        session.add(sitting)
        session.flush()
        peer = seat_peer(session, sitting, form.texts("peers") if "peers" in body else ())
        with_whom = {} if peer is None else {"peer": peer.said, "held_for": peer.held_for}
        _audit(session, actor, sitting, "sitting.opened", now, claim=sitting.claim_id, **with_whom)
    return Registered(created=True, state=sitting.state)


def _same(known: Sitting, body_sha256: str) -> Registered:
    if known.body_sha256 != body_sha256:
        raise SittingError("id.conflict", f"sitting {known.id} is known with another body", id=known.id)
    return Registered(created=False, state=known.state)


def _new_sitting(session: Session, actor: Actor, sitting_id: str, form: Form, now: datetime) -> Sitting:
    claim_id = form.text_or_none("claim")
    band = form.one_of("band", BANDS)
    offline = form.flag("started_offline")
    if claim_id is not None:
        _require_seat(session, actor, claim_id, band, offline=offline, now=now)
    sitting = Sitting(
        id=sitting_id,
        contributor_id=actor.id,
        claim_id=claim_id,
        band=band,
        device=cast(dict[str, Any], form.mapping("device")),
        device_check_id=_id_or_none(form, "device_check"),
        started_offline=offline,
        state="open",
        opened_at=now,
        last_seen_at=now,
    )
    sitting.calibration_id = _valid_calibration(session, actor, form.text_or_none("calibration"), sitting)
    return sitting


def _id_or_none(form: Form, key: str) -> str | None:
    """Return an id that a browser made, None where it names none; the thing itself may come later."""
    said = form.text_or_none(key)
    if said is not None and len(said) > LONGEST_ID:
        raise SittingError("request.field", f"{key} is no id", field=key)
    return said


def _require_seat(
    session: Session, actor: Actor, claim_id: str, band: str, *, offline: bool, now: datetime
) -> None:
    """Refuse a sitting to whoever does not sit in the claim, and one in another band.

    That both may speak in the language was found when they took the claim or agreed, and holds for good. What
    was recorded with the server away is past: who sat there then may hand it over, for a while.
    """
    seat = late_seat(session, actor, claim_id, now=now) if offline else seated_claim(session, actor, claim_id)
    claim, terms = seat.claim, terms_by_hash(session, seat.claim.terms_sha256)
    require_consent(session, actor.id, terms)
    asked = session.get_one(Task, claim.task_id).band
    if asked != band:
        raise SittingError("request.field", f"the claim asks for the band {asked}", field="band", asked=asked)


def _valid_calibration(
    session: Session, actor: Actor, calibration_id: str | None, sitting: Sitting
) -> str | None:
    """Return the calibration if it is the person's and holds for this device; else all is uncalibrated."""
    found = session.get(Calibration, calibration_id) if calibration_id else None
    good = found is not None and found.contributor_id == actor.id and holds_for(session, found, sitting)
    return calibration_id if good else None


def _require_no_other_open(session: Session, contributor_id: str, sitting_id: str) -> None:
    other = session.scalars(
        select(Sitting.id).where(
            Sitting.contributor_id == contributor_id, Sitting.state == "open", Sitting.id != sitting_id
        )
    ).first()
    if other is not None:
        raise SittingError("sitting.other-open", f"sitting {other} is open", sitting=other)


def heartbeat(
    store: Store, actor: Actor, sitting_id: str, *, state: Literal["open", "paused"], now: datetime
) -> Pulse:
    """Keep a sitting and its claim alive, and pause or resume it; a miss changes nothing.

    The second person of a dialogue keeps their sitting alive, the claim is the holder's to keep.

    Raises
    ------
    SittingError : `sitting.edge` for a closed one, `sitting.other-open` when resumed beside another
    """
    with store.catalogue.write() as session:
        require_contributor(session, actor, lock=True)
        sitting = own_sitting(session, actor, sitting_id, lock=True)
        sitting.last_seen_at = now
        lease_until = None
        if sitting.claim_id is not None:
            lease_until = _keep_lease(session, sitting, now)
        counted_s = audio_of_day_s(session, actor.id, now)
        _move(session, actor, sitting, state, now)  # writes the audit log, so it comes last
    return Pulse(lease_until=lease_until, counted_s=counted_s, quota_s=DAY_QUOTA_S)


def _keep_lease(session: Session, sitting: Sitting, now: datetime) -> datetime:
    """Return the end of the claim's lease, later by a sign of life of its holder and by nobody else's."""
    claim = session.get_one(Claim, sitting.claim_id)
    if claim.contributor_id != sitting.contributor_id:
        return claim.lease_until
    return extend_lease(session, claim, terms_by_hash(session, claim.terms_sha256), now=now)


def _move(session: Session, actor: Actor, sitting: Sitting, state: str, now: datetime) -> None:
    if sitting.state == state:
        return
    event: SittingEvent = "pause" if state == "paused" else "resume"
    following = next_state(sitting.state, event)
    if following == "open":
        _require_no_other_open(session, sitting.contributor_id, sitting.id)
    sitting.state = following
    _audit(session, actor, sitting, f"sitting.{following}", now)


def audio_of_day_s(session: Session, contributor_id: str, now: datetime) -> int:
    """Return the seconds of audio received from a person in the last 24 h."""
    rows = session.execute(
        select(Take.rate_hz * Take.channels, func.sum(Chunk.length))
        .join(Take, Take.id == Chunk.take_id)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .where(Sitting.contributor_id == contributor_id, Chunk.received_at > now - timedelta(hours=24))
        .group_by(Take.rate_hz * Take.channels)
    )
    return int(sum(int(length) / (BYTES_PER_SAMPLE * rate) for rate, length in rows))


def sitting_view(store: Store, actor: Actor, sitting_id: str) -> SittingView:
    """Return a sitting and its takes in order."""
    with store.catalogue.read() as session:
        sitting = own_sitting(session, actor, sitting_id)
        takes = session.scalars(
            select(Take).where(Take.sitting_id == sitting_id).order_by(Take.sequence, Take.track)
        ).all()
    return SittingView(
        id=sitting.id,
        state=sitting.state,
        claim_id=sitting.claim_id,
        band=sitting.band,
        takes=[(take.id, take.track, take.state, take.master_sha256) for take in takes],
    )


def close_sitting(
    store: Store, actor: Actor, sitting_id: str, takes: Mapping[str, str], *, now: datetime
) -> str:
    """Close a sitting of which every take is stored, and return its state.

    Parameters
    ----------
    takes : id -> SHA-256 of the master, as the browser knows them

    Raises
    ------
    SittingError : `sitting.incomplete`, with the takes that are missing here or have another hash
    """
    with store.catalogue.write() as session:
        sitting = own_sitting(session, actor, sitting_id, lock=True)
        kept = {take.id: take for take in session.scalars(select(Take).where(Take.sitting_id == sitting_id))}
        _require_complete(kept, takes)
        if sitting.state != "closed":
            sitting.state, sitting.closed_at = next_state(sitting.state, "end"), now
            _audit(session, actor, sitting, "sitting.closed", now, takes=len(kept))
    return sitting.state


def _require_complete(kept: Mapping[str, Take], takes: Mapping[str, str]) -> None:
    stored = {take_id: take.master_sha256 for take_id, take in kept.items() if take.state == "stored"}
    missing = [take_id for take_id in takes if take_id not in stored]
    differing = [take_id for take_id, sha256 in takes.items() if stored.get(take_id, sha256) != sha256]
    if missing or differing:
        raise SittingError(
            "sitting.incomplete",
            f"{len(missing)} takes are not stored, {len(differing)} differ",
            missing=",".join(sorted(missing)),
            differing=",".join(sorted(differing)),
        )


def resume_abandoned(session: Session, actor: Actor, sitting: Sitting, now: datetime) -> None:
    """Open an abandoned sitting again for bytes that come late, while its claim is active.

    Raises
    ------
    SittingError : `sitting.closed` if it takes no more
    """
    if sitting.state in ("open", "paused"):
        return
    claim = session.get(Claim, sitting.claim_id) if sitting.claim_id else None
    if sitting.state == "closed" or claim is None or claim.state != "active":
        raise SittingError("sitting.closed", f"sitting {sitting.id} takes no more", sitting=sitting.id)
    sitting.state = next_state(sitting.state, "resume")
    _audit(session, actor, sitting, "sitting.open", now)


def _audit(
    session: Session, actor: Actor, sitting: Sitting, action: str, now: datetime, **detail: object
) -> None:
    append_audit(session, actor=actor, action=action, object=f"sitting:{sitting.id}", detail=detail, now=now)
