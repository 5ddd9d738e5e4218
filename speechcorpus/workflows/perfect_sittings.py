"""Long sittings in which every text is its prompt to the letter: a share is heard, nothing is refused."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.transcript import SittingEdits
from speechcorpus.qc.double import is_drawn
from speechcorpus.store.models import Claim, Prompt, Revision, Segment, Take, Task
from speechcorpus.transcribe.verbatim import PERFECT_CLIPS, is_too_perfect
from speechcorpus.workflows.segments import READ
from speechcorpus.workflows.text_context import is_newest_text

DRAWN_PCT = 5  # transcripts.md, section 8


def drawn_of_perfect(session: Session, claim: Claim) -> frozenset[str]:
    """Return the items of a claim that are heard because their sitting is too perfect, drawn by their hash.

    All items of a sitting count, whether they are handed in already or not.
    """
    if session.get_one(Task, claim.task_id).style != READ:
        return frozenset()
    counting = (Segment.claim_id == claim.id, Segment.chosen.is_(True))
    items = select(Take.sitting_id, func.count()).join(Segment, Segment.take_id == Take.id).where(*counting)
    sittings = session.execute(items.group_by(Take.sitting_id)).all()
    perfect = [
        sitting
        for sitting, count in sittings
        if count >= PERFECT_CLIPS and is_too_perfect(_edits(session, claim, sitting))
    ]
    inside = select(Segment.id).join(Take, Take.id == Segment.take_id)
    ids = session.scalars(inside.where(*counting, Take.sitting_id.in_(perfect))) if perfect else ()
    seed = f"perfect-sitting/1 {claim.terms_sha256}"
    return frozenset(id_ for id_ in ids if is_drawn(id_, seed, DRAWN_PCT))


def _edits(session: Session, claim: Claim, sitting: str) -> SittingEdits:
    of_sitting = (
        select(Prompt.text, Revision.text).select_from(Segment).join(Take, Take.id == Segment.take_id)
    )
    written = session.execute(
        of_sitting.join(Prompt, Prompt.id == Segment.prompt_id)
        .join(Revision, is_newest_text())
        .where(Take.sitting_id == sitting, Segment.claim_id == claim.id, Segment.chosen.is_(True))
    ).all()
    replaced = (
        select(func.count(Segment.id))
        .join(Take, Take.id == Segment.take_id)
        .where(Take.sitting_id == sitting, Segment.chosen.is_(False))
    )
    return SittingEdits(
        clips=len(written),
        edits=sum(prompt != text for prompt, text in written),
        retakes=session.scalar(replaced) or 0,
    )
