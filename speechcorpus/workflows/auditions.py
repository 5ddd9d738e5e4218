"""Auditions: begun once for a variety, paid for whatever they come to, ended when nobody goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.terms import Terms
from speechcorpus.record.take import ITEM_TRACK
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import (
    Audition,
    AuditionReview,
    Claim,
    DeviceCheck,
    Segment,
    Sitting,
    Take,
    Task,
)
from speechcorpus.store.store import Store
from speechcorpus.work.audition import FREE_S, OPINIONS, SENTENCES, next_try
from speechcorpus.work.edges import CLAIM, TASK
from speechcorpus.workflows.access import not_found, require_contributor, require_working
from speechcorpus.workflows.audition_tasks import FREE, claims_of, make_tasks_of
from speechcorpus.workflows.consents import require_consent
from speechcorpus.workflows.flat_fees import accrue_flat, reserve_flat
from speechcorpus.workflows.judging import newest_text
from speechcorpus.workflows.projects import newest_terms, terms_by_hash
from speechcorpus.workflows.qualifications import standing_of_speaker
from speechcorpus.workflows.readiness import counting_items, is_being_measured
from speechcorpus.workflows.segments import READ
from speechcorpus.workflows.views.recording import chosen_segments, prompts_of

CHECK_LASTS = timedelta(days=30)
GRACE_S = 2  # a minute that stops two seconds early is a minute
KIND = "audition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an audition is; it can be handed in when nothing is left."""

    prompts: int
    recorded: int
    spoken_s: float
    sentences: tuple[str, ...]  # segments to write down, the first of the free speech
    written: int
    measuring: bool
    checked: bool  # the sound, within the last 30 days, whatever came of it

    @property
    def complete(self) -> bool:
        """Whether it can be handed in."""
        return (
            self.checked
            and not self.measuring
            and self.recorded >= self.prompts
            and self.spoken_s >= FREE_S - GRACE_S
            and 0 < len(self.sentences) <= self.written
        )


def begin_audition(store: Store, actor: Actor, project_id: str, band: str, *, now: datetime) -> str:
    """Begin the audition in the language of a project and return its id; one that runs is returned again.

    Its fee is set aside from the project's budget now, so that nobody speaks for money that is not there.

    Parameters
    ----------
    band : of the project's terms, the background in which the person can record

    Raises
    ------
    AccessError : `not-found`, `consent.missing`, `consent.withdrawn`
    SittingError : `person.paused`, `audition.done` for who may speak already, `audition.tries`,
        `audition.wait`, `budget.short`
    TermsError : `terms.no-band`
    """
    with store.catalogue.write() as session:
        person = require_contributor(session, actor, lock=True)  # of two at once, one begins
        require_working(person)
        version = newest_terms(session, project_id)
        terms = Terms.from_document(version.document)
        variety = terms.project.variety
        require_consent(session, person.id, terms)
        running = running_audition(session, person.id, variety)
        if running is not None:
            return running.id
        _require_try(session, person.id, variety, terms, now)
        audition = Audition(id=str(uuid4()), contributor_id=person.id, project_id=project_id)
        audition.variety, audition.band, audition.begun_at = variety, terms.band(band).name, now
        audition.terms_sha256 = terms.sha256
        session.add(audition)
        session.flush()
        make_tasks_of(session, audition, version, terms, now)
        reserve_flat(
            session,
            person.id,
            project_id,
            kind=KIND,
            key=audition.id,
            amount=terms.price.audition.minor,
            now=now,
        )
        audit_audition(
            session, actor, audition, "audition.begun", {"variety": variety, "project": project_id}, now
        )
        return audition.id


def running_audition(session: Session, contributor_id: str, variety: str) -> Audition | None:
    """Return the audition of a person that is open or waits for its listeners."""
    mine = (Audition.contributor_id == contributor_id, Audition.variety == variety)
    return session.scalars(select(Audition).where(*mine, Audition.state.in_(("open", "submitted")))).first()


def may_begin_at(session: Session, contributor_id: str, variety: str, terms: Terms) -> datetime | None:
    """Return from when on a person may audition; None if no try is left."""
    tries = select(Audition.submitted_at).where(
        Audition.contributor_id == contributor_id,
        Audition.variety == variety,
        Audition.submitted_at.is_not(None),
    )
    handed_in = [at for at in session.scalars(tries) if at is not None]
    return next_try(handed_in, tries=terms.price.audition.tries)


def _require_try(session: Session, contributor_id: str, variety: str, terms: Terms, now: datetime) -> None:
    standing = standing_of_speaker(session, contributor_id, variety)
    if standing is not None and standing.result == "suitable":
        raise SittingError("audition.done", f"this person was found suitable in {variety}", variety=variety)
    free_at = may_begin_at(session, contributor_id, variety, terms)
    if free_at is None:
        raise SittingError("audition.tries", "every try has been used", tries=terms.price.audition.tries)
    if free_at > now:
        raise SittingError("audition.wait", f"the next try is from {free_at}", at=free_at.isoformat())


def own_audition(session: Session, actor: Actor, audition_id: str, *, lock: bool = False) -> Audition:
    """Return the contributor's own audition."""
    found = session.get(Audition, audition_id, with_for_update=lock)
    if found is None or actor.role != "contributor" or found.contributor_id != actor.id:
        raise not_found("audition")
    return found


def progress_of(session: Session, audition: Audition, *, now: datetime) -> Progress:
    """Return how far an audition is."""
    claims = claims_of(session, audition.id)
    read, free = claims.get(READ), claims[FREE]
    sentences = sentences_of(session, audition)
    return Progress(
        prompts=len(prompts_of(session, read.task_id)) if read else 0,
        recorded=len({each.prompt_id for each in counting_items(session, read)}) if read else 0,
        spoken_s=_spoken_s(session, free),
        sentences=tuple(segment.id for segment, _ in sentences),
        written=sum(newest_text(session, segment.id) is not None for segment, _ in sentences),
        measuring=any(is_being_measured(session, claim) for claim in claims.values()),
        checked=_was_checked(session, audition.contributor_id, now),
    )


def _spoken_s(session: Session, free: Claim) -> float:
    """Return how long the takes about the topic are, pauses included: what the recorder counted as well."""
    stored = (Sitting.claim_id == free.id, Take.track == ITEM_TRACK, Take.state == "stored")
    takes = session.scalars(select(Take).join(Sitting, Sitting.id == Take.sitting_id).where(*stored))
    return sum((take.frames or 0) / take.rate_hz for take in takes)


def _was_checked(session: Session, contributor_id: str, now: datetime) -> bool:
    mine = (DeviceCheck.contributor_id == contributor_id, DeviceCheck.created_at > now - CHECK_LASTS)
    return session.scalars(select(DeviceCheck.id).where(*mine).limit(1)).first() is not None


def sentences_of(session: Session, audition: Audition) -> Sequence[tuple[Segment, Take]]:
    """Return the pieces of free speech that are written down: the first three, in the order of speaking."""
    chosen = chosen_segments(session, claims_of(session, audition.id)[FREE].id)
    spoken = sorted(chosen, key=lambda each: (each[1].created_at, each[1].id, each[0].start_sample))
    return spoken[:SENTENCES]


def hand_in_audition(store: Store, actor: Actor, audition_id: str, *, now: datetime) -> None:
    """Hand an audition in: the fee is owed from now on, whatever two listeners find.

    Raises
    ------
    AccessError : `not-found`
    SittingError : `audition.edge` for one that is handed in or over, `audition.incomplete`
    """
    with store.catalogue.write() as session:
        require_contributor(session, actor)
        audition = own_audition(session, actor, audition_id, lock=True)
        if audition.state != "open":
            raise SittingError("audition.edge", f"the audition is {audition.state}", state=audition.state)
        if not progress_of(session, audition, now=now).complete:
            raise SittingError("audition.incomplete", "something is still to be recorded or written")
        finish_audition(session, actor, audition, now=now)


def finish_audition(session: Session, actor: Actor, audition: Audition, *, now: datetime) -> None:
    """Hand a complete audition in: two listeners are asked, the fee is owed."""
    terms = terms_by_hash(session, audition.terms_sha256)
    audition.state, audition.submitted_at = "submitted", now
    audition.due_at = now + timedelta(hours=terms.review.answer_h)
    move_claims(session, audition, "hand-in", "hand-in", now=now)
    ask_listeners(session, audition, OPINIONS, now=now)
    session.flush()
    accrue_flat(
        session,
        audition.contributor_id,
        audition.project_id,
        kind=KIND,
        key=audition.id,
        amount=terms.price.audition.minor,
        now=now,
    )
    audit_audition(session, actor, audition, "audition.submitted", {"fee": terms.price.audition.minor}, now)


def ask_listeners(session: Session, audition: Audition, number: int, *, now: datetime) -> None:
    """Put an audition into the queue for so many more listeners."""
    for _ in range(number):
        session.add(AuditionReview(id=str(uuid4()), audition_id=audition.id, created_at=now))


def move_claims(
    session: Session, audition: Audition, claim_event: str, task_event: str, *, now: datetime
) -> None:
    """Move both claims of an audition, and their tasks, along an edge."""
    for claim in claims_of(session, audition.id).values():
        task = session.get_one(Task, claim.task_id, with_for_update=True)
        claim.state = CLAIM.after(claim.state, claim_event)
        task.state = TASK.after(task.state, task_event)
        if claim.state == "submitted":
            claim.submitted_at = now


def audit_audition(
    session: Session, actor: Actor, audition: Audition, action: str, detail: dict[str, object], now: datetime
) -> None:
    """Write to the log what happened to an audition."""
    append_audit(
        session, actor=actor, action=action, object=f"audition:{audition.id}", detail=detail, now=now
    )
