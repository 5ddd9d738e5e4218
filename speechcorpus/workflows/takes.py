"""Takes: registered by the browser, and read back by the person who spoke them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.canonical import sha256_of
from speechcorpus.domain.errors import SittingError
from speechcorpus.record.checks import known_prompts
from speechcorpus.record.form import Form
from speechcorpus.record.take import ITEM_TRACK, TRACKS
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Claim, Sitting, Take, TaskPrompt
from speechcorpus.store.shelves import Readable, stretch
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, own_sitting, own_take, require_contributor
from speechcorpus.workflows.consents import require_consent
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.seats import late_seat
from speechcorpus.workflows.sittings import Registered, resume_abandoned
from speechcorpus.workflows.withdrawn_items import take_is_withdrawn

TAKE_KEYS = (
    "sitting",
    "sequence",
    "track",
    "prompt_ids",
    "rate_hz",
    "channels",
    "format",
    "capture_path",
    "first_sitting_sample",
)
RATES_HZ = (8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000)  # acoustics.md §2: those we measure
CAPTURE_PATHS = ("mstp", "worklet", "import")  # import: made elsewhere, by whoever runs the house
TAKES_PER_SITTING = 5000
UNFINISHED_TAKES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMaster:
    """The WAV file of one's own take, read where it lies when it is asked for."""

    sha256: str
    length: int  # bytes
    open: Callable[[], Readable]

    def blocks(self) -> Iterator[bytes]:
        """Yield its bytes."""
        yield from stretch(self.open)


def register_take(
    store: Store, actor: Actor, take_id: str, body: Mapping[str, object], *, now: datetime
) -> Registered:
    """Register a take under the id its browser made; the same body again changes nothing.

    Raises
    ------
    AccessError : `not-found`, `consent.missing`, `consent.withdrawn`
    SittingError : `request.field`, `id.conflict`, `take.prompt`, `quota.takes`, `quota.unfinished`,
        `sitting.closed`
    """
    form = Form(body, where="", code="request.field", keys=TAKE_KEYS)
    body_sha256 = sha256_of(body)
    with store.catalogue.write() as session:
        person = require_contributor(session, actor, lock=True)
        known = session.get(Take, take_id)
        if known is not None:
            own_take(session, actor, take_id)
            return _same(known, body_sha256)
        sitting = own_sitting(session, actor, form.text("sitting"), lock=True)
        take = _new_take(take_id, form, now)
        take.body_sha256 = body_sha256
        require_may_record(session, sitting, now=now)
        _check_prompts(session, sitting, take)
        resume_abandoned(session, actor, sitting, now)
        _require_place(session, person.id, take)
        session.add(take)
        session.flush()
        detail = {"sitting": sitting.id, "track": take.track}
        _audit(session, actor, take_id, "take.registered", now, detail)
    return Registered(created=True, state=take.state)


def _same(known: Take, body_sha256: str) -> Registered:
    if known.body_sha256 != body_sha256:
        raise SittingError("id.conflict", f"take {known.id} is known with another body", id=known.id)
    return Registered(created=False, state=known.state)


def _new_take(take_id: str, form: Form, now: datetime) -> Take:
    rate_hz, channels = form.count("rate_hz"), form.count("channels")
    if rate_hz not in RATES_HZ:
        raise SittingError("request.field", f"no take is kept at {rate_hz} Hz", field="rate_hz")
    if channels != 1:  # two channels come with dialogues on one device
        raise SittingError("request.field", "a take has one channel", field="channels")
    form.one_of("format", ("s16le",))
    return Take(
        id=take_id,
        sitting_id=form.text("sitting"),
        sequence=form.count("sequence"),
        track=form.one_of("track", TRACKS),
        prompt_ids=list(form.texts("prompt_ids")),
        rate_hz=rate_hz,
        channels=channels,
        capture_path=form.one_of("capture_path", CAPTURE_PATHS),
        first_sitting_sample=form.count("first_sitting_sample"),
        state="receiving",
        created_at=now,
    )


def require_may_record(session: Session, sitting: Sitting, *, now: datetime) -> None:
    """Refuse sound of a person whose consent is gone; a lease that ran out never refuses its holder.

    A second person who is a partner no more brings what they have for a while, also in an open sitting.
    """
    if sitting.claim_id is not None:
        claim = session.get_one(Claim, sitting.claim_id)
        require_consent(session, sitting.contributor_id, terms_by_hash(session, claim.terms_sha256))
        if claim.contributor_id != sitting.contributor_id:
            late_seat(session, Actor(role="contributor", id=sitting.contributor_id), claim.id, now=now)


def _check_prompts(session: Session, sitting: Sitting, take: Take) -> None:
    held: list[str] = []
    if sitting.claim_id is None and take.track == ITEM_TRACK:
        raise SittingError("request.field", "a sound check has no items", field="track")
    if sitting.claim_id is not None and take.track == ITEM_TRACK:
        claim = session.get_one(Claim, sitting.claim_id)
        held = list(session.scalars(select(TaskPrompt.prompt_id).where(TaskPrompt.task_id == claim.task_id)))
    known_prompts(cast(list[str], take.prompt_ids), held)


def _require_place(session: Session, contributor_id: str, take: Take) -> None:
    in_sitting = select(func.count()).select_from(Take).where(Take.sitting_id == take.sitting_id)
    if (session.scalar(in_sitting) or 0) >= TAKES_PER_SITTING:
        raise SittingError("quota.takes", "this sitting is full", limit=TAKES_PER_SITTING)
    unfinished = (
        select(func.count())
        .select_from(Take)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .where(Sitting.contributor_id == contributor_id, Take.state == "receiving")
    )
    if (session.scalar(unfinished) or 0) >= UNFINISHED_TAKES:
        raise SittingError("quota.unfinished", "too many unfinished takes", limit=UNFINISHED_TAKES)
    same_place = (Take.sitting_id == take.sitting_id, Take.sequence == take.sequence)
    other = session.scalar(select(Take.id).where(*same_place, Take.track == take.track))
    if other is not None:
        raise SittingError("id.conflict", f"take {other} has this place in the sitting", id=other)


def own_master(store: Store, actor: Actor, take_id: str) -> OwnMaster:
    """Return the master of one's own stored take, a WAV file; `not-found` before, and once withdrawn."""
    with store.catalogue.read() as session:
        take, _ = own_take(session, actor, take_id)
        withdrawn = take_is_withdrawn(session, take_id)
    if take.master_sha256 is None or withdrawn:
        raise not_found("recording")
    sha256 = take.master_sha256
    if store.blobs.exists(sha256):
        opened = partial(store.blobs.open, sha256)
        return OwnMaster(sha256=sha256, length=store.blobs.size(sha256), open=opened)
    held = store.blobs.quarantined_path(sha256)  # and still one's own
    if not held.is_file():
        raise not_found("recording")
    return OwnMaster(sha256=sha256, length=held.stat().st_size, open=lambda: held.open("rb"))


def _audit(
    session: Session, actor: Actor, take_id: str, action: str, now: datetime, detail: Mapping[str, object]
) -> None:
    append_audit(session, actor=actor, action=action, object=f"take:{take_id}", detail=detail, now=now)
