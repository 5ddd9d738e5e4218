"""How much one person may hold: active claims, and a share of the project's work.

A claim is made under the lock of the contributor's row, so what is counted here cannot change before it is
used. An offer is no claim: it is counted without the lock, and the claim counts again.
"""

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.terms import Terms
from speechcorpus.store.models import Claim, Offer, Prompt, Task, TaskPrompt

SECONDS_PER_MINUTE = 60

_WORK = (Claim.contributor_id == bindparam("who"), Task.audition_id.is_(None))
_HOLDINGS = select(  # made once: every claim asks
    select(func.count())
    .select_from(Claim)
    .join(Task, Task.id == Claim.task_id)
    .where(*_WORK, Claim.state == "active", Claim.submitted_at.is_(None))
    .scalar_subquery(),
    select(func.count())
    .select_from(Claim)
    .join(Task, Task.id == Claim.task_id)
    .where(*_WORK, Task.project_id == bindparam("project"), Claim.state.in_(("active", "submitted")))
    .scalar_subquery(),
)
"""How many active claims count against a person's cap, and how many they have in one project: a first task
always fits into their share of it."""


def require_room(session: Session, contributor_id: str, terms: Terms, task_id: str | None = None) -> None:
    """Hold both caps; claims reopened by a `fix` do not count.

    Parameters
    ----------
    task_id : what is to be claimed; None for any task, however small

    Raises
    ------
    SittingError : `claim.too-many`, `claim.share`
    """
    held, others = session.execute(_HOLDINGS, {"who": contributor_id, "project": terms.project.id}).one()
    limit = terms.draw.max_active
    if held >= limit:
        why = f"{held} claims are active, {limit} are allowed"
        raise SittingError("claim.too-many", why, active=held, limit=limit)
    if others and not fits_share(session, contributor_id, terms, task_id):
        pct = terms.draw.max_share_pct
        why = f"one person does {pct} % of this project at most"
        raise SittingError("claim.share", why, pct=str(pct))


def has_room(session: Session, contributor_id: str, terms: Terms, task_id: str) -> bool:
    """Say whether a person could claim this task now, beside what they hold and were offered already."""
    offered = select(func.count()).where(Offer.contributor_id == contributor_id, Offer.state == "open")
    held = active_claims(session, contributor_id) + (session.scalar(offered) or 0)
    return held < terms.draw.max_active and fits_share(session, contributor_id, terms, task_id)


def active_claims(session: Session, contributor_id: str) -> int:
    """Return how many claims count against the cap of a person."""
    mine = (Claim.contributor_id == contributor_id, Claim.state == "active", Claim.submitted_at.is_(None))
    held = select(func.count()).select_from(Claim).join(Task, Task.id == Claim.task_id)
    return session.scalar(held.where(*mine, Task.audition_id.is_(None))) or 0


def fits_share(session: Session, contributor_id: str, terms: Terms, task_id: str | None) -> bool:
    """Say whether a person's share of the project's planned work has room for this task.

    The share binds once it is worth a full claim: of a smaller project it would be less than one task.
    """
    mine = and_(Task.project_id == terms.project.id, Task.audition_id.is_(None), _held_by(contributor_id))
    sentence_s = int(terms.price.estimate_min_per_item * SECONDS_PER_MINUTE)
    wanted_s = 0 if task_id is None else _seconds(session, Task.id == task_id, sentence_s)
    held_s = _seconds(session, mine, sentence_s) + wanted_s
    one_claim_s = terms.draw.claim.items * sentence_s
    if held_s <= one_claim_s:
        return True  # under the share, or the share does not bind; spares counting the whole project
    whole = and_(Task.project_id == terms.project.id, Task.audition_id.is_(None), Task.state != "void")
    most_s = _seconds(session, whole, sentence_s) * terms.draw.max_share_pct / 100
    return held_s <= most_s or most_s < one_claim_s


def _held_by(contributor_id: str) -> ColumnElement[bool]:
    claims = select(Claim.task_id).where(
        Claim.contributor_id == contributor_id, or_(Claim.state == "active", Claim.state == "submitted")
    )
    offers = select(Offer.task_id).where(Offer.contributor_id == contributor_id, Offer.state == "open")
    return or_(Task.id.in_(claims), Task.id.in_(offers))


def _seconds(session: Session, which: ColumnElement[bool], sentence_s: int) -> int:
    """Return the planned work of some tasks: a topic by its wished length, all else as sentences."""
    total = session.scalar(
        select(func.sum(func.coalesce(Prompt.target_s, sentence_s)))
        .select_from(Task)
        .join(TaskPrompt, TaskPrompt.task_id == Task.id)
        .join(Prompt, Prompt.id == TaskPrompt.prompt_id)
        .where(which)
    )
    return int(total or 0)
