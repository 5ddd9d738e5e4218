"""What is kept of sign-ins: the hour of the last use, and nothing once they have been over for a month."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, or_, update
from sqlalchemy.orm import Session

from speechcorpus.store.catalogue import changed_rows
from speechcorpus.store.models import LoginSession
from speechcorpus.store.store import Store

KEEP_ENDED: Final = timedelta(days=30)  # for whoever has to find out what a stolen one was used for


def note_uses(store: Store, uses: Mapping[str, datetime]) -> None:
    """Write down in which hour sign-ins were used last; an earlier hour never takes a later one's place.

    Parameters
    ----------
    uses : id of a sign-in → when the hour began (`hour_of`)
    """
    hours: dict[datetime, list[str]] = {}
    for sign_in_id, hour in uses.items():
        hours.setdefault(hour, []).append(sign_in_id)
    with store.catalogue.write() as session:
        for hour, ids in hours.items():
            earlier = or_(LoginSession.used_hour.is_(None), LoginSession.used_hour < hour)
            # in one order, so that two processes that note the same ones do not wait for each other
            for sign_in_id in sorted(ids):
                said = update(LoginSession).where(LoginSession.id == sign_in_id, earlier)
                session.execute(said.values(used_hour=hour).execution_options(synchronize_session=False))


def forget_ended_sign_ins(store: Store, *, now: datetime) -> int:
    """Delete sign-ins that have been over for a month, and return how many; a chore of every worker."""
    before = now - KEEP_ENDED
    over = or_(LoginSession.revoked_at < before, LoginSession.expires_at < before)
    with store.catalogue.write() as session:
        gone = delete(LoginSession).where(over).execution_options(synchronize_session=False)
        return changed_rows(session.execute(gone))


def forget_sign_ins(session: Session, contributor_id: str) -> None:
    """Delete every sign-in of a person who is being erased."""
    mine = delete(LoginSession).where(LoginSession.contributor_id == contributor_id)
    session.execute(mine.execution_options(synchronize_session=False))
