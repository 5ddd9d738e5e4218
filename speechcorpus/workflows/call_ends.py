"""The end of a call: what the two pages told each other goes with it."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Call, CallMessage

OPEN, ENDED = "open", "ended"


def end_call_of(session: Session, actor: Actor | str, partner_id: str, *, why: str, now: datetime) -> bool:
    """End the call of two partners, if there is one, and forget its messages; say whether there was.

    Parameters
    ----------
    why : a word for the audit log
    """
    open_one = select(Call).where(Call.partner_id == partner_id, Call.state == OPEN).with_for_update()
    call = session.scalars(open_one).first()
    if call is None:
        return False
    call.state, call.ended_at = ENDED, now
    session.execute(delete(CallMessage).where(CallMessage.call_id == call.id))
    session.flush()
    append_audit(
        session, actor=actor, action="call.ended", object=f"call:{call.id}", detail={"why": why}, now=now
    )
    return True
