"""Jobs that were given up, tried again by a person who has looked at why."""

from datetime import datetime

from speechcorpus.domain.actor import Actor
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Job
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_staff


def try_again(store: Store, actor: Actor, job_id: str, *, now: datetime) -> bool:
    """Queue a dead job anew with all its attempts; False if it is not dead any more.

    Raises
    ------
    AccessError : `not-found` for anybody but operators and managers, and for an unknown job
    """
    with store.catalogue.write() as session:
        require_staff(session, actor, "operator", "manager")
        job = session.get(Job, job_id, with_for_update=True)
        if job is None:
            raise not_found("job")
        if job.state != "dead":
            return False
        job.state, job.attempts, job.run_after, job.finished_at = "queued", 0, now, None
        session.flush()
        about, detail = f"job:{job.id}", {"kind": job.kind}
        append_audit(session, actor=actor, action="job.tried-again", object=about, detail=detail, now=now)
        return True
