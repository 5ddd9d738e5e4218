"""The second person of what needs two: whoever shows an invite link can be the one it is for."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import Audit

Makers = Mapping[str, set[str]]


def may_be_one(session: Session, builder: str, other: Actor) -> bool:
    """Say whether one person may stand behind both: one let the other in, or somebody let in both.

    A link that was made at the shell ends this for the one it is for: it came past the people page.

    Parameters
    ----------
    builder : as the audit log names who began it, `manager:…`
    """
    return builder in those_who_may_be(session, {builder}, other)


def those_who_may_be(session: Session, builders: Collection[str], other: Actor) -> set[str]:
    """Return which of these, as `may_be_one` names them, may be the same person as another."""
    made = _makers(session) if builders else {}
    theirs = _behind(_staff(other.name_for_audit), made)
    return {builder for builder in builders if not theirs.isdisjoint(_behind(_staff(builder), made))}


def _behind(person: str, made: Makers) -> set[str]:
    """Return who may act under a name: the person, whoever made their links, who made links for those."""
    found, new = {person}, {person}
    while new:
        new = set().union(*(made.get(each, set()) for each in new)) - found
        found |= new
    return found


def _makers(session: Session) -> Makers:
    """Return who made links for each member of staff since their newest one that was made at the shell."""
    links = select(Audit.object, Audit.actor).where(
        Audit.action == "invite.made", Audit.object.startswith("staff:")
    )
    made: defaultdict[str, set[str]] = defaultdict(set)
    for person, maker in session.execute(links.order_by(Audit.seq)):
        if ":" in maker:
            made[person].add(_staff(maker))
        else:  # the house, by an operator's hand
            made[person].clear()
    return made


def _staff(name: str) -> str:
    return f"staff:{name.rpartition(':')[2]}"
