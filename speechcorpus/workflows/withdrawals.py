"""Taking back: everything, one purpose, or one item. Nothing serves it any more; what is owed stays owed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.terms import Purpose
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import (
    Claim,
    Contributor,
    Project,
    Segment,
    Task,
    Withdrawal,
)
from speechcorpus.store.store import Store
from speechcorpus.work.withdrawal import Effect, Scope, effects_of, erased_at
from speechcorpus.workflows.access import own_segment, require_contributor
from speechcorpus.workflows.audition_endings import end_auditions
from speechcorpus.workflows.leases import let_go
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.receipts import decision_receipt, withdrawal_receipt
from speechcorpus.workflows.second_draw import unwritten_seconds
from speechcorpus.workflows.submission import hand_in_rest
from speechcorpus.workflows.tombstones import keep_tombstones
from speechcorpus.workflows.withdrawal_effects import end_consents, end_use
from speechcorpus.workflows.withdrawal_feed import add_to_feed, plan_open_releases_anew
from speechcorpus.workflows.withdrawn_access import end_access
from speechcorpus.workflows.withdrawn_items import is_withdrawn
from speechcorpus.workflows.withdrawn_scope import (
    active_claims,
    items_heard,
    newly_withdrawn,
    standing_consents,
)

NEEDED_TO_LISTEN = ("record", "human_review")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person takes back."""

    scope: Scope
    purpose: str | None = None
    text_sha256: str | None = None  # of the consent text that named the purpose
    segment_id: str | None = None


def withdraw(
    store: Store, actor: Actor, asked: Asked, *, session_token: str | None = None, now: datetime
) -> Mapping[str, Any]:
    """Take back everything, one purpose or one item, and return the signed receipt.

    With its commit no page, review or download serves the items; reviews that wait are void, and every line
    that was pending is accepted (`consent.withdrawn` costs nobody anything). What passed and was not handed
    in yet is handed in first. Sound is erased after 30 days.

    Parameters
    ----------
    session_token : the sign-in that asks; with everything taken back all others end

    Raises
    ------
    AccessError : `not-found` for somebody else's item, `consent.withdrawn` for a closed account
    SittingError : `withdrawal.nothing` if it was taken back before or never given, `consent.purpose`
    """
    with store.catalogue.write() as session:
        person = require_contributor(session, actor, lock=True)
        segments = _segments(session, actor, person, asked)
        row = _row(person, asked, now)
        effects = effects_of(asked.scope, asked.purpose)
        _lock(session, segments, person, asked)
        if asked.scope == "all" or asked.purpose in NEEDED_TO_LISTEN:
            end_auditions(session, actor, person.id, now=now)
        closed = _close_claims(session, store, actor, person, asked, now)
        ended = newly_withdrawn(session, segments, effects)
        session.add(row)
        session.flush()
        claims = end_use(session, store, row, ended, now=now)
        end_consents(session, row, now=now)
        if asked.scope == "all":
            person.state = "withdrawn"
            end_access(session, person.id, keep=session_token, now=now)
        plan_open_releases_anew(session, [segment.id for segment, _ in ended], now=now)
        _audit(session, actor, row, ended, now)
        add_to_feed(session, person, row, ended, now=now)
        for claim in {claim.id: claim for claim in (*closed, *claims)}.values():
            decision_receipt(session, store, claim, now=now)
        receipt = withdrawal_receipt(
            session,
            store,
            contributor_id=person.id,
            withdrawal_id=row.id,
            project_id=_project(session, segments),
            consent_sha256=asked.text_sha256,
            withdrawn=_named(asked),
            now=now,
        )
    keep_tombstones(store)
    return receipt


def _segments(session: Session, actor: Actor, person: Contributor, asked: Asked) -> Sequence[Segment]:
    """Return the items that a withdrawal is about, or say that there is nothing to take back."""
    if asked.scope == "item":
        segment, _ = own_segment(session, actor, asked.segment_id or "")
        if is_withdrawn(session, segment.id):
            raise _nothing()
        return [segment]
    if asked.scope == "purpose":
        if asked.purpose not in get_args(Purpose):
            raise SittingError("consent.purpose", f"{asked.purpose} is no purpose of consent")
        if not standing_consents(session, person.id, asked.purpose, asked.text_sha256 or ""):
            raise _nothing()
    return items_heard(session, person.id, asked.text_sha256 if asked.scope == "purpose" else None)


def _nothing() -> SittingError:
    return SittingError("withdrawal.nothing", "there is nothing to take back: it was before, or never given")


def _row(person: Contributor, asked: Asked, now: datetime) -> Withdrawal:
    return Withdrawal(
        id=str(uuid4()),
        contributor_id=person.id,
        scope=asked.scope,
        purpose=asked.purpose if asked.scope == "purpose" else None,
        text_sha256=asked.text_sha256 if asked.scope == "purpose" else None,
        segment_id=asked.segment_id if asked.scope == "item" else None,
        withdrawn_at=now,
        erase_at=erased_at(asked.scope, asked.purpose, now),
    )


def _lock(session: Session, segments: Sequence[Segment], person: Contributor, asked: Asked) -> None:
    """Hold claims, second texts, then projects: in the order of everybody else who decides and posts."""
    ids = {segment.claim_id for segment in segments}
    held = active_claims(session, person, asked.text_sha256) if asked.scope != "item" else ()
    wanted = ids | {claim.id for claim in held}
    in_order = select(Claim).where(Claim.id.in_(wanted)).order_by(Claim.id)  # two partners take back at once
    claims = session.scalars(in_order.with_for_update(), execution_options={"populate_existing": True}).all()
    tasks = {claim.task_id for claim in claims}
    session.scalars(unwritten_seconds(segments).with_for_update()).all()  # else one is handed in meanwhile
    projects = select(Project.id).join(Task, Task.project_id == Project.id).where(Task.id.in_(tasks))
    mine = select(Project).where(Project.id.in_(projects)).order_by(Project.id)
    session.scalars(mine.with_for_update(key_share=True)).all()


def _close_claims(
    session: Session, store: Store, actor: Actor, person: Contributor, asked: Asked, now: datetime
) -> Sequence[Claim]:
    """Hand in what passed of the claims that cannot go on, or give them back."""
    if asked.scope == "item":
        return ()
    claims = active_claims(session, person, asked.text_sha256 if asked.scope == "purpose" else None)
    over = [claim for claim in claims if _is_over(session, claim, asked)]
    return [claim for claim in over if _close_claim(session, store, actor, claim, now)]


def _close_claim(session: Session, store: Store, actor: Actor, claim: Claim, now: datetime) -> bool:
    """Hand in what passed of a claim or give it back, and say whether there was the money to.

    Without, the hold is over at once and the janitor hands it in as soon as there is: nobody waits with
    taking back for a budget.
    """
    try:
        with session.begin_nested():
            if not hand_in_rest(session, store, actor, claim, now=now):
                let_go(session, claim, "return", now=now).write(session, actor, now)
    except SittingError as error:
        if error.code != "budget.short":
            raise
        claim.lease_until = min(claim.lease_until, now)
        session.flush()
        return False
    return True


def _is_over(session: Session, claim: Claim, asked: Asked) -> bool:
    needed = terms_by_hash(session, claim.terms_sha256).consent.purposes
    return asked.scope == "all" or asked.purpose in needed


def _audit(
    session: Session, actor: Actor, row: Withdrawal, ended: Sequence[tuple[Segment, Effect]], now: datetime
) -> None:
    append_audit(
        session,
        actor=actor,
        action="consent.withdrawn",
        object=f"withdrawal:{row.id}",
        detail={
            "scope": row.scope,
            "purpose": row.purpose,
            "items": len({segment.id for segment, _ in ended}),
        },
        now=now,
    )


def _project(session: Session, segments: Sequence[Segment]) -> str | None:
    """Return the project of the items; None for those of several, or for none."""
    claims = {segment.claim_id for segment in segments}
    of_claims = select(Task.project_id).join(Claim, Claim.task_id == Task.id).where(Claim.id.in_(claims))
    projects = set(session.scalars(of_claims))
    return projects.pop() if len(projects) == 1 else None


def _named(asked: Asked) -> Sequence[str]:
    if asked.scope == "item":
        return [asked.segment_id or ""]
    return ["all" if asked.scope == "all" else f"purpose:{asked.purpose}"]
