"""Funding by the operator: outside money that was received is booked, and logged."""

from datetime import datetime

from speechcorpus.domain.actor import Actor
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Project
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found
from speechcorpus.workflows.ledger import fund
from speechcorpus.workflows.views.ledger import BudgetView, budget_of

OPERATOR = Actor(role="operator", id="shell")


def fund_project(store: Store, project_id: str, minor: int, *, reference: str, now: datetime) -> BudgetView:
    """Book outside money for a project and return where its money is then.

    Raises
    ------
    AccessError : `not-found`
    LedgerError : `ledger.amount`, `ledger.funded` for a reference that was booked before
    """
    with store.catalogue.write() as session:
        if session.get(Project, project_id) is None:
            raise not_found("project")
        number = fund(session, project_id, minor, reference=reference, now=now)
        append_audit(
            session,
            actor=OPERATOR,
            action="ledger.funded",
            object=f"project:{project_id}",
            detail={"amount_minor": minor, "reference": reference, "transaction": number},
            now=now,
        )
        return budget_of(session, project_id)
