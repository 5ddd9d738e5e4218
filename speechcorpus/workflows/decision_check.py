"""Decisions held against the log: who decided what is written down twice, and the two agree."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.canonical import parse_json
from speechcorpus.store.models import Audit, FindingRow, Review


def changed_decisions(session: Session) -> Iterator[str]:
    """Yield the id of each decided review that is not what the audit log says was decided."""
    logged = {
        row.object.removeprefix("review:"): (row.actor, parse_json(row.detail))
        for row in session.scalars(select(Audit).where(Audit.action == "review.decided"))
    }
    codes: dict[str, list[str]] = {}
    for review_id, code in session.execute(
        select(FindingRow.review_id, FindingRow.code)
        .where(FindingRow.review_id.is_not(None))
        .order_by(FindingRow.id)
    ):
        codes.setdefault(review_id or "", []).append(code)
    for review in session.scalars(select(Review).where(Review.state == "decided").order_by(Review.id)):
        actor, detail = logged.get(review.id, ("", {}))
        said = (f"reviewer:{review.reviewer_id}", review.decision, codes.get(review.id, []))
        if not isinstance(detail, dict) or said != (actor, detail.get("decision"), detail.get("codes")):
            yield review.id
