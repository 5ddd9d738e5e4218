"""Listening to auditions: two who know the variety, blind to each other; silence is `suitable`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.finding_codes import CODES
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Audition, AuditionReview, Contributor, Segment
from speechcorpus.store.store import Store
from speechcorpus.transcribe.fix import check_and_fix
from speechcorpus.work.audition import (
    Heard,
    settle_audition,
    transcription_cer_pct,
)
from speechcorpus.work.edges import REVIEW
from speechcorpus.workflows.access import not_found, require_staff
from speechcorpus.workflows.audition_results import conclude, opinions_of
from speechcorpus.workflows.audition_tasks import claims_of
from speechcorpus.workflows.auditions import ask_listeners, sentences_of
from speechcorpus.workflows.code_gates import is_paused
from speechcorpus.workflows.consents import active_purposes
from speechcorpus.workflows.fold_tables import fold_for
from speechcorpus.workflows.holds import is_free_for, is_held_by, is_last_holder
from speechcorpus.workflows.impartial import barred_contributors
from speechcorpus.workflows.items import ItemAudio, item_audio
from speechcorpus.workflows.judging import newest_text, transcript_profile
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.qualifications import is_reviewer_of
from speechcorpus.workflows.readiness import counting_items
from speechcorpus.workflows.review_fees import fee_of_listening, owe_fee, set_fee_aside
from speechcorpus.workflows.rule_tables import rule_tables
from speechcorpus.workflows.segments import READ
from speechcorpus.workflows.text_context import text_context
from speechcorpus.workflows.views.clips import newest_verdicts

LEASE = timedelta(minutes=60)  # ten minutes of sound, and three sentences to write
HOLDING = ("blocks", "fix")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditionOpinion:
    """What a listener says: by ticks and by texts of their own, never by an adjective."""

    other_variety: Collection[str]  # items heard in another variety than the declared one
    confirms_held: bool  # the sound is what the machine says it is
    texts: Mapping[str, str]  # of the sentences, as the listener hears them


def take_audition(store: Store, actor: Actor, review_id: str, *, now: datetime) -> int:
    """Hold an audition for an hour and return the fence; asking again holds it longer.

    Raises
    ------
    AccessError : `not-found`, also for one in a variety this reviewer was not found to know
    SittingError : `review.taken`, `review.own-earlier`; `budget.short` where the terms pay for it and there
        is no money left
    """
    with store.catalogue.write() as session:
        review, audition = open_review(session, actor, review_id, lock=True, now=now)
        _require_other_person(session, review, actor)
        if not is_free(review, actor, now):
            raise SittingError("review.taken", "somebody else listens to this audition", review=review_id)
        if not is_held(review, actor, now):
            review.fence, review.reviewer_id, review.state = review.fence + 1, actor.id, "assigned"
        review.lease_until = now + LEASE
        set_fee_aside(session, fee_of_listening(session, review), now=now)
        _audit(session, actor, audition, "audition.taken", {"review": review.id}, now)
        return review.fence


def open_review(
    session: Session, actor: Actor, review_id: str, *, lock: bool = False, now: datetime
) -> tuple[AuditionReview, Audition]:
    """Return a look that is still to be had, with its audition, to a reviewer who knows the variety."""
    require_staff(session, actor, "reviewer")
    review = session.get(AuditionReview, review_id)
    if review is None:
        raise not_found("audition")
    audition = session.get_one(Audition, review.audition_id, with_for_update=lock)
    session.refresh(review)
    waits = review.state in ("queued", "assigned") and audition.state == "submitted"
    if not waits or not may_hear(session, actor, audition, now=now):
        raise not_found("audition")
    return review, audition


def may_hear(session: Session, actor: Actor, audition: Audition, *, now: datetime) -> bool:
    """Say whether a reviewer knows the variety, is not paused, a stranger to the person, who still agrees."""
    if is_paused(session, actor.id) or not is_reviewer_of(session, actor.id, audition.variety):
        return False
    if not _may_be_heard(session, audition):
        return False
    return audition.contributor_id not in barred_contributors(session, actor, now=now)


def _may_be_heard(session: Session, audition: Audition) -> bool:
    """Say whether the person still agrees that people listen: asked anew for every page and every sound."""
    person = session.get_one(Contributor, audition.contributor_id)
    agreed = active_purposes(session, person.id, terms_by_hash(session, audition.terms_sha256).consent.sha256)
    return person.state in ("active", "paused") and "human_review" in agreed


def _require_other_person(session: Session, review: AuditionReview, actor: Actor) -> None:
    same = (AuditionReview.audition_id == review.audition_id, AuditionReview.id != review.id)
    earlier = select(AuditionReview.id).where(*same, AuditionReview.reviewer_id == actor.id)
    if session.scalars(earlier).first() is not None:
        raise SittingError("review.own-earlier", "a second opinion is another person's", review=review.id)


def is_held(review: AuditionReview, actor: Actor, now: datetime) -> bool:
    """Say whether this person listens to it now."""
    holder, until = review.reviewer_id, review.lease_until
    return is_held_by(actor, holder=holder, state=review.state, lease_until=until, now=now)


def is_free(review: AuditionReview, actor: Actor, now: datetime) -> bool:
    """Say whether this person may take it."""
    holder, until = review.reviewer_id, review.lease_until
    return is_free_for(actor, holder=holder, state=review.state, lease_until=until, now=now)


def audition_audio(
    store: Store, actor: Actor, review_id: str, segment_id: str, *, now: datetime
) -> ItemAudio:
    """Return one piece of an audition to the one who listens to it; to anybody else it does not exist."""
    with store.catalogue.read() as session:
        review, audition = open_review(session, actor, review_id, now=now)
        segment = session.get(Segment, segment_id)
        heard = {each.id for each in items_of(session, audition)}
        if segment is None or segment_id not in heard or not is_held(review, actor, now):
            raise not_found("segment")
        return item_audio(store, session, segment)


def items_of(session: Session, audition: Audition) -> Sequence[Segment]:
    """Return what is heard of an audition: the sentences read, then the pieces that were written down."""
    claims = claims_of(session, audition.id)
    read = counting_items(session, claims[READ]) if READ in claims else ()
    return [*read, *(segment for segment, _ in sentences_of(session, audition))]


def held_items(session: Session, items: Sequence[Segment]) -> Mapping[str, Any]:
    """Return the verdicts of items whose sound the machine holds; a text never counts here."""
    verdicts = newest_verdicts(session, [each.id for each in items])
    return {
        segment_id: verdict
        for segment_id, verdict in verdicts.items()
        if any(
            each.severity in HOLDING and CODES[each.code].family != "transcript" for each in verdict.findings
        )
    }


def decide_audition(
    store: Store, actor: Actor, review_id: str, *, fence: int, opinion: AuditionOpinion, now: datetime
) -> str | None:
    """Keep an opinion and return what the audition has come to, None while it is open.

    Raises
    ------
    AccessError : `not-found`
    SittingError : `review.lease-lost`, `audition.text-missing` for a sentence that was not written down,
        `request.field` for an item that is not of this audition
    """
    with store.catalogue.write() as session:
        review, audition = open_review(session, actor, review_id, lock=True, now=now)
        if review.fence != fence or not is_last_holder(actor, holder=review.reviewer_id, state=review.state):
            raise SittingError("review.lease-lost", "this audition is no longer held", review=review_id)
        heard = _heard(session, audition, opinion)
        review.state, review.decided_at = REVIEW.after(review.state, "decide"), now
        review.opinion, review.lease_until = _kept(heard, opinion), None
        session.flush()
        owe_fee(session, actor.id, fee_of_listening(session, review), now=now)
        said = opinions_of(session, audition)
        verdict = settle_audition(said)
        if verdict is not None:
            conclude(session, audition, verdict, said, by=actor, now=now)
        elif not _waiting(session, audition):
            ask_listeners(session, audition, 1, now=now)
        _audit(session, actor, audition, "audition.heard", {"review": review_id}, now)
        return verdict.result if verdict else None


def _heard(session: Session, audition: Audition, opinion: AuditionOpinion) -> Heard:
    items, sentences = items_of(session, audition), [each for each, _ in sentences_of(session, audition)]
    known = {each.id for each in items}
    if not known >= set(opinion.other_variety):
        raise SittingError("request.field", "this is no part of the audition", field="other")
    if not all(opinion.texts.get(each.id, "").strip() for each in sentences):
        raise SittingError("audition.text-missing", "every sentence is written down as it is heard")
    pairs = [_pair(session, each, opinion.texts[each.id]) for each in sentences]
    script = terms_by_hash(session, audition.terms_sha256).task.transcript.script
    return Heard(
        items=len(items),
        other_variety=len(set(opinion.other_variety)),
        held=len(held_items(session, items)),
        confirms_held=opinion.confirms_held,
        cer_pct=transcription_cer_pct(pairs, fold_for(script)),
    )


def _pair(session: Session, segment: Segment, heard: str) -> tuple[str, str]:
    """Return the listener's text and the person's, both as the linter leaves them."""
    written = newest_text(session, segment.id)
    profile = transcript_profile(session, segment)
    context, tables = text_context(session, segment, profile), rule_tables()
    fixed = [
        check_and_fix(text, profile, tables, context)[1].text
        for text in (heard, written.text if written else "")
    ]
    return fixed[0], fixed[1]


def _kept(heard: Heard, opinion: AuditionOpinion) -> dict[str, Any]:
    numbers = {**asdict(heard), "cer_pct": None if heard.cer_pct is None else str(heard.cer_pct)}
    other = sorted(opinion.other_variety)
    return {"heard": numbers, "other_variety": other, "texts": dict(opinion.texts)}


def _waiting(session: Session, audition: Audition) -> bool:
    open_ones = AuditionReview.state.in_(("queued", "assigned"))
    mine = select(AuditionReview.id).where(AuditionReview.audition_id == audition.id, open_ones)
    return session.scalars(mine).first() is not None


def _audit(
    session: Session, actor: Actor, audition: Audition, action: str, detail: dict[str, Any], now: datetime
) -> None:
    append_audit(
        session, actor=actor, action=action, object=f"audition:{audition.id}", detail=detail, now=now
    )
