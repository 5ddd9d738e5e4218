"""The figures of review, computed again as decisions come in: gates of codes, pauses of reviewers."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from speechcorpus.qc.agreement import DRAWS
from speechcorpus.qc.code_gate import CodeGate, code_gate
from speechcorpus.store.audit import append_audit
from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import (
    Appeal,
    Claim,
    CodeGateRow,
    Job,
    Project,
    Review,
    Segment,
    Staff,
    Task,
)
from speechcorpus.store.store import Store
from speechcorpus.workflows.appeal_ends import lift_refusals, reopen_refusals
from speechcorpus.workflows.code_gates import gate_of, gates_of, is_paused, newest_gate
from speechcorpus.workflows.gold_figures import gold_of
from speechcorpus.workflows.review_rows import REFUSABLE, asked, decisions_of, doubles_of
from speechcorpus.workflows.reviewer_pauses import keep_pause

JOB = "review_figures"
EVERY = timedelta(hours=1)
REHEARD = timedelta(days=14)  # refusals of a paused reviewer that are looked at again
OVERTURNED = ("overturned", "expired")
DECIDED = ("upheld", *OVERTURNED)


def ask_for_figures(store: Store, *, now: datetime) -> bool:
    """Have the figures of review computed if somebody decided since they were; not more than once an hour."""
    newest = select(Job.created_at).where(Job.kind == JOB).order_by(Job.created_at.desc()).limit(1)
    with store.catalogue.read() as session:
        last = session.scalars(newest).first()
        if (last is not None and now < last + EVERY) or not _decided_since(session, last):
            return False
    with store.catalogue.write() as session:
        if session.scalars(newest).first() == last:  # no other janitor asked meanwhile
            enqueue(session, JOB, {}, now=now)
    return True


def compute_figures(store: Store, *, now: datetime) -> None:
    """Look at every code of every project and at every reviewer again; the job `review_figures`."""
    with store.catalogue.read() as session:
        projects = session.scalars(select(Project.id).order_by(Project.id)).all()
        reviewers = session.scalars(select(Staff.id).where(Staff.role == "reviewer").order_by(Staff.id)).all()
    for project_id in projects:
        compute_gates(store, project_id, now=now)
    for staff_id in reviewers:
        pause_if_wrong(store, staff_id, now=now)


def compute_gates(store: Store, project_id: str, *, now: datetime) -> Sequence[str]:
    """Look at every code of a project again; return those that lost the right to refuse just now.

    What changed is kept and audited. Then open refusals on every code that may not refuse are accepted (V9),
    appealed or not, also those that a crash left behind.
    """
    with store.catalogue.write() as session:
        session.get_one(Project, project_id, with_for_update=True)  # one worker at a time
        lost = [gate.code for gate in _computed(session, project_id) if _keep(session, project_id, gate, now)]
        barred = {gate.code for gate in gates_of(session, project_id) if not gate.may_refuse}
    lift_refusals(store, project_id, barred, now=now)
    return lost


def pause_if_wrong(store: Store, staff_id: str, *, now: datetime) -> bool:
    """Pause a reviewer who is too often wrong about gold, and say whether that was so.

    Their refusals of 14 days are heard again by others.
    """
    with store.catalogue.write() as session:
        session.get_one(Staff, staff_id, with_for_update=True)
        if is_paused(session, staff_id):
            return False
        wrong = next((each for each in gold_of(session, staff_id) if each.is_too_low), None)
        if wrong is None:
            return False
        reheard = reopen_refusals(session, staff_id, now - REHEARD, now=now)
        hits, of = wrong.right.hits, wrong.right.of
        keep_pause(session, staff_id, wrong.code, hits, of, now=now)
        detail = {"code": wrong.code, "right": hits, "items": of, "reheard": reheard}
        append_audit(
            session,
            actor="worker",
            action="reviewer.paused",
            object=f"staff:{staff_id}",
            detail=detail,
            now=now,
        )
    return True


def seed_of(project_id: str, code: str) -> int:
    """Return the seed of a gate's interval: stored with it, and the same at every look.

    Examples
    --------
    >>> seed_of("taigi-noise", "content.offence")
    2062877469
    """
    return int.from_bytes(hashlib.sha256(f"code-gate/1\0{project_id}\0{code}".encode()).digest()[:4], "big")


def _decided_since(session: Session, last: datetime | None) -> bool:
    reviews = select(Review.id).where(Review.decided_at.is_not(None))
    appeals = select(Appeal.id).where(Appeal.decided_at.is_not(None))
    if last is not None:
        reviews, appeals = reviews.where(Review.decided_at >= last), appeals.where(Appeal.decided_at >= last)
    return any(session.scalars(each.limit(1)).first() is not None for each in (reviews, appeals))


def _computed(session: Session, project_id: str) -> Sequence[CodeGate]:
    doubles = doubles_of(decisions_of(session, project_id=project_id))
    appeals = _appeals(session, project_id)
    return [
        code_gate(
            code,
            asked(doubles, code),
            appeals=len(appeals.get(code, ())),
            overturned=sum(state in OVERTURNED for state in appeals.get(code, ())),
            rng=np.random.default_rng(seed_of(project_id, code)),
        )
        for code in REFUSABLE
    ]


def _appeals(session: Session, project_id: str) -> Mapping[str, Sequence[str]]:
    """Return how contributors' appeals ended, by the code of the refusal.

    The house's own are no evidence, nor are those it ended before a judge's time was over.
    """
    heard = or_(Appeal.state != "expired", Appeal.decided_at >= Appeal.due_at)
    ended = session.execute(
        select(Appeal.code, Appeal.state)
        .join(Segment, Segment.id == Appeal.segment_id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .where(Task.project_id == project_id, Appeal.state.in_(DECIDED), heard)
        .where(Appeal.opened_by == "contributor")
    )
    found: dict[str, list[str]] = {}
    for code, state in ended:
        found.setdefault(code, []).append(state)
    return found


def _keep(session: Session, project_id: str, gate: CodeGate, now: datetime) -> bool:
    """Add a row if anything is new; say whether the code lost its right to refuse with it."""
    newest = newest_gate(session, project_id, gate.code)
    row = _row(project_id, gate, now)
    before = None if newest is None else gate_of(newest)
    if before == gate_of(row):
        return False
    session.add(row)
    session.flush()
    if before is None or (before.state, before.paused) != (gate.state, gate.paused):
        append_audit(
            session,
            actor="worker",
            action="code.gate",
            object=f"project:{project_id}",
            detail={
                "code": gate.code,
                "state": gate.state,
                "paused": gate.paused,
                "doubles": gate.doubles,
                "alpha_low": row.alpha_low,
            },
            now=now,
        )
    return not gate.may_refuse and (before is None or before.may_refuse)


def _row(project_id: str, gate: CodeGate, now: datetime) -> CodeGateRow:
    return CodeGateRow(
        project_id=project_id,
        code=gate.code,
        state=gate.state,
        paused=gate.paused,
        doubles=gate.doubles,
        named=gate.named,
        contributors=gate.contributors,
        alpha=_decimal(gate.alpha.value),
        alpha_low=_decimal(gate.alpha.low),
        alpha_high=_decimal(gate.alpha.high),
        appeals=gate.appeals,
        overturned=gate.overturned,
        draws=DRAWS,
        seed=seed_of(project_id, gate.code),
        computed_at=now,
    )


def _decimal(value: float | None) -> str | None:
    return None if value is None else f"{value:.6f}"
