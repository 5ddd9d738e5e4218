"""The segments of one take while somebody edits them: checks who may, and writes what an edit leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.record.segment_edit import Edit, EditKind, Part, applied
from speechcorpus.record.segmentation import snapped
from speechcorpus.store.audit import append_audit
from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import Claim, Revision, Segment, SegmentEdit, Take
from speechcorpus.workflows.consents import require_consent
from speechcorpus.workflows.item_state import standing
from speechcorpus.workflows.judging import newest_text
from speechcorpus.workflows.late_items import may_finish_late
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.seats import TWO
from speechcorpus.workflows.sitting_peers import devices_of, peer_of
from speechcorpus.workflows.take_sound import kept_sound
from speechcorpus.workflows.track_overlaps import keep_overlaps
from speechcorpus.workflows.views.take_segments import segment_states


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The state of a segment that an edit was made from: version of its span, revision of its text."""

    version: int
    revision: int


class Desk:
    """The segments of one take, held by its contributor under an active claim.

    Raises
    ------
    AccessError : `consent.missing`
    SittingError : `claim.not-active`
    """

    def __init__(self, session: Session, actor: Actor, take: Take, claim: Claim, *, now: datetime) -> None:
        require_consent(session, actor.id, terms_by_hash(session, claim.terms_sha256))
        if claim.state != "active" and not may_finish_late(claim, actor.id, now=now):
            raise SittingError("claim.not-active", f"the claim is {claim.state}", state=claim.state)
        # nobody saves a text between what is read here and what is written
        session.scalars(select(Segment.id).where(Segment.take_id == take.id).with_for_update()).all()
        self.session, self.actor, self.take, self.claim = session, actor, take, claim
        self.states = {state.part.id: state for state in segment_states(session, take)}
        self.parts = {key: state.part for key, state in self.states.items()}
        self._sound = kept_sound(session, take)

    @property
    def name_beside(self) -> str | None:
        """Who speaks on a track of their own, beside this take; None at one device."""
        sitting = self.take.sitting_id
        other = peer_of(self.session, sitting) if devices_of(self.session, sitting) == TWO else None
        return None if other is None else other.pseudonym

    def seen_part(self, segment_id: str, seen: Seen) -> Part:
        """Return a segment that is still as it was seen."""
        state = self.states.get(segment_id)
        if state is None or (state.version, state.revision) != (seen.version, seen.revision):
            raise SittingError("segment.conflict", "this segment has been changed", segment=segment_id)
        return state.part

    def snapped(self, sample: int) -> int:
        """Return the quiet place near a sample; the sample itself where nobody listened to the take."""
        return sample if self._sound is None else snapped(self._sound, sample)

    def carry_out(self, edit: Edit, now: datetime, *, undoes: int | None) -> None:
        """Write an edit down, with what was before it and after it."""
        applied(self.parts, edit)
        same = {part.id for part in edit.before} == {part.id for part in edit.after}
        movable = ("open", "repair") if same else ("open",)
        for part in edit.before:
            if standing(self.session, part.id) not in movable:
                raise SittingError("item.handed-in", "the item has been handed in", segment=part.id)
        before = [_logged(part, self._revision(part.id)) for part in edit.before]
        for part in edit.before:
            if part.id not in {left.id for left in edit.after}:
                self._retire(part)
        for part in edit.after:
            self._leave(part, edit.before[0], now)
        after = [_logged(part, self._revision(part.id)) for part in edit.after]
        keep_overlaps(self.session, self.take, now=now)  # they follow the edges of the segments
        self._log(edit.kind, undoes, before, after, now)

    def require_unwritten(self, logged: Sequence[Mapping[str, Any]]) -> None:
        """Refuse to bring segments back that were written in since they went away: it would be lost."""
        for each in logged:
            if each["id"] not in self.parts and self._revision(each["id"]) != each["revision"]:
                raise SittingError("segment.conflict", "this segment has been written in", segment=each["id"])

    def _revision(self, segment_id: str) -> int:
        found = newest_text(self.session, segment_id)
        return found.number if found else 0

    def _retire(self, part: Part) -> None:
        row = self.session.get_one(Segment, part.id)
        row.chosen, row.version = False, row.version + 1
        self.session.flush()

    def _leave(self, part: Part, origin: Part, now: datetime) -> None:
        """Let a segment be as the edit leaves it: new, come back, or with other edges and text."""
        row = self.session.get(Segment, part.id) or self._new(part, origin, now)
        moved = (row.start_sample, row.end_sample) != (part.start_sample, part.end_sample)
        row.start_sample, row.end_sample, row.speaker = part.start_sample, part.end_sample, part.speaker
        row.chosen, row.version = True, row.version + 1
        self.session.flush()
        self._write_text(part, now)
        if moved or row.item_sha256 is None:
            row.item_sha256 = None  # no number is about these bytes: measured and judged anew
            self.session.flush()
            enqueue(self.session, "measure_item", {"segment_id": part.id}, now=now)

    def _new(self, part: Part, origin: Part, now: datetime) -> Segment:
        prompt_id = self.session.get_one(Segment, origin.id).prompt_id
        row = Segment(
            id=part.id, take_id=self.take.id, claim_id=self.claim.id, prompt_id=prompt_id, version=0
        )
        row.start_sample, row.end_sample = part.start_sample, part.end_sample
        row.created_at = now
        self.session.add(row)
        self.session.flush()
        return row

    def _write_text(self, part: Part, now: datetime) -> None:
        newest = newest_text(self.session, part.id)
        if part.text == (newest.text if newest else ""):
            return
        row = Revision(segment_id=part.id, number=newest.number + 1 if newest else 1, text=part.text)
        row.author, row.created_at = self.actor.name_for_audit, now
        self.session.add(row)
        self.session.flush()

    def _log(
        self,
        kind: EditKind,
        undoes: int | None,
        before: Sequence[Mapping[str, Any]],
        after: Sequence[Mapping[str, Any]],
        now: datetime,
    ) -> None:
        newest = select(SegmentEdit.number).where(SegmentEdit.take_id == self.take.id)
        number = (self.session.scalars(newest.order_by(SegmentEdit.number.desc())).first() or 0) + 1
        row = SegmentEdit(take_id=self.take.id, number=number, kind=kind, undoes=undoes)
        row.before, row.after = [dict(each) for each in before], [dict(each) for each in after]
        row.author, row.created_at = self.actor.name_for_audit, now
        self.session.add(row)
        self.session.flush()
        append_audit(
            self.session,
            actor=self.actor,
            action=f"segments.{kind}",
            object=f"take:{self.take.id}",
            detail={"number": number, "undoes": undoes, "before": row.before, "after": row.after},
            now=now,
        )


def _logged(part: Part, revision: int) -> Mapping[str, Any]:
    return {
        "id": part.id,
        "start_sample": part.start_sample,
        "end_sample": part.end_sample,
        "speaker": part.speaker,
        "revision": revision,
    }
