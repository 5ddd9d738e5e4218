"""Which codes may refuse in a project (V9), and which reviewers pause, by what was found last."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.qc.code_gate import CodeGate, GateState
from speechcorpus.store.models import CodeGateRow, ReviewerPause
from speechcorpus.transcribe.resampling import Estimate
from speechcorpus.workflows.review_rows import REFUSABLE


def may_refuse(session: Session, project_id: str, code: str) -> bool:
    """Say whether a code may refuse in a project; one that little is known about may."""
    row = newest_gate(session, project_id, code)
    return row is None or gate_of(row).may_refuse


def is_paused(session: Session, staff_id: str) -> bool:
    """Say whether a reviewer takes no new item: too many of their gold answers were wrong."""
    newest = newest_pause(session, staff_id)
    return newest is not None and newest.event == "paused"


def newest_gate(session: Session, project_id: str, code: str) -> CodeGateRow | None:
    """Return what was found last about a code; None before anything was."""
    of_code = (CodeGateRow.project_id == project_id, CodeGateRow.code == code)
    return session.scalars(select(CodeGateRow).where(*of_code).order_by(CodeGateRow.id.desc())).first()


def newest_pause(session: Session, staff_id: str) -> ReviewerPause | None:
    """Return the last pause of a reviewer or its end; None if there never was one."""
    of_person = select(ReviewerPause).where(ReviewerPause.staff_id == staff_id)
    return session.scalars(of_person.order_by(ReviewerPause.id.desc())).first()


def gates_of(session: Session, project_id: str) -> Sequence[CodeGate]:
    """Return what was found last about every refusable code of a project, codes sorted."""
    rows = (newest_gate(session, project_id, code) for code in REFUSABLE)
    return [gate_of(row) for row in rows if row is not None]


def gate_of(row: CodeGateRow) -> CodeGate:
    """Return a stored gate as the value it was computed as."""
    state: dict[str, GateState] = {"good": "good", "watched": "watched", "barred": "barred"}
    return CodeGate(
        code=row.code,
        state=state.get(row.state, "few"),
        paused=row.paused,
        doubles=row.doubles,
        named=row.named,
        contributors=row.contributors,
        alpha=Estimate(value=_number(row.alpha), low=_number(row.alpha_low), high=_number(row.alpha_high)),
        appeals=row.appeals,
        overturned=row.overturned,
    )


def _number(decimal: str | None) -> float | None:
    return None if decimal is None else float(decimal)
