"""The recorder's and the editor's page: a claim of mine with its prompts, takes and texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.terms import BandTerms, CaptureTerms
from speechcorpus.record.take import ITEM_TRACK
from speechcorpus.store.models import Claim, Contributor, Prompt, Segment, Sitting, Take, Task, TaskPrompt
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import require_contributor
from speechcorpus.workflows.claim_money import paid_seconds
from speechcorpus.workflows.claims import terms_of_claim
from speechcorpus.workflows.seats import TWO, Seat, SeatNumber, past_seat, seated_claim
from speechcorpus.workflows.segments import READ
from speechcorpus.workflows.skips import Skip, skips_of
from speechcorpus.workflows.views.clips import TextView, VerdictView, newest_texts, newest_verdicts
from speechcorpus.workflows.views.partners import PartnerView, other_of
from speechcorpus.workflows.views.sound_checks import (
    CalibrationView,
    DeviceCheckView,
    calibrations_of,
    device_checks_of,
)
from speechcorpus.workflows.withdrawn_items import withdrawn_from

TOO_QUIET, TOO_LOUD = ("audio.too-quiet", Decimal(-35)), ("audio.too-loud", Decimal(-14))  # fair-work.md §2


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicTake:
    """One stored take about a topic; each of them counts."""

    take_id: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptView:
    """One prompt and the item that counts for it, if it was recorded."""

    prompt_id: str
    text: str
    reading: str | None
    target_s: int | None  # of a topic: how long to speak
    skip: str | None  # the reason, where it is skipped
    takes: tuple[TopicTake, ...]  # of a topic: every take counts; of a sentence none
    take_id: str | None
    segment_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSeat:
    """My place in a dialogue on two devices: the other one is heard by a call."""

    seat: SeatNumber
    other: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderView:
    """What the recorder needs before the first press, at either seat of a claim."""

    claim_id: str
    state: str
    fence: int
    lease_until: datetime
    contributor_ref: str
    variety: str
    style: str
    band: BandTerms
    bands: tuple[BandTerms, ...]
    capture: CaptureTerms
    speech_min_dbfs: Decimal
    speech_max_dbfs: Decimal
    calibrations: tuple[CalibrationView, ...]
    device_checks: tuple[DeviceCheckView, ...]
    target_s: int | None  # of the claim: how long to speak in all
    quota_s: int | None  # how much speech is paid for sure, where it is paid by the minute
    partner: PartnerView | None  # who speaks with me in a dialogue
    prompts: tuple[PromptView, ...]
    call: CallSeat | None  # None where the other one is in the same room, or is not there yet
    audition: bool = False  # it is one of the parts of an audition


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentView:
    """One recorded item with its text and verdict."""

    segment_id: str
    position: int
    prompt_text: str
    take_id: str
    start_sample: int  # of the take, as events and cuts count
    version: int
    duration_s: float
    rate_hz: int
    text: TextView | None
    verdict: VerdictView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditorView:
    """What the transcript editor needs."""

    claim_id: str
    state: str
    variety: str
    style: str
    band: BandTerms
    marks: str
    lease_until: datetime
    fence: int
    prompts: int
    segments: tuple[SegmentView, ...]
    audition: bool = False


def recorder_view(store: Store, actor: Actor, claim_id: str, *, now: datetime) -> RecorderView:
    """Return a claim in which the contributor who asks has a seat, ready to record; takes are their own."""
    with store.catalogue.read() as session:
        person = require_contributor(session, actor)
        return _recorder(session, person, seated_claim(session, actor, claim_id), now)


def _recorder(session: Session, person: Contributor, seat: Seat, now: datetime) -> RecorderView:
    claim = seat.claim
    terms, task = terms_of_claim(session, claim), session.get_one(Task, claim.task_id)
    chosen = {segment.prompt_id: segment for segment, _ in chosen_segments(session, claim.id, person.id)}
    takes = {} if task.style == READ else _topic_takes(session, claim.id, person.id)
    skips, prompts = skips_of(session, claim.id), prompts_of(session, task.id)
    return RecorderView(
        claim_id=claim.id,
        state=claim.state,
        fence=claim.fence,
        lease_until=claim.lease_until,
        contributor_ref=person.pseudonym,
        variety=task.variety,
        style=task.style,
        band=terms.band(task.band),
        bands=terms.bands,
        capture=terms.task.capture,
        speech_min_dbfs=terms.limit(*TOO_QUIET),
        speech_max_dbfs=terms.limit(*TOO_LOUD),
        calibrations=calibrations_of(session, person.id, now=now),
        device_checks=device_checks_of(session, person.id),
        target_s=_target_of(prompts),
        quota_s=paid_seconds(session, claim, terms),
        partner=other_of(session, seat),
        call=_call(seat),
        prompts=tuple(
            _prompt(prompt, chosen.get(prompt.id), skips.get(prompt.id), takes.get(prompt.id, ()))
            for prompt in prompts
        ),
        audition=task.audition_id is not None,
    )


def _call(seat: Seat) -> CallSeat | None:
    if seat.devices != TWO or seat.other is None:
        return None
    return CallSeat(seat=seat.number, other=seat.other.pseudonym)


def _target_of(prompts: Sequence[Prompt]) -> int | None:
    """Return how long to speak in all, None if some prompt does not say."""
    targets = [prompt.target_s for prompt in prompts if prompt.target_s is not None]
    return sum(targets) if targets and len(targets) == len(prompts) else None


def _topic_takes(session: Session, claim_id: str, person_id: str) -> Mapping[str, tuple[TopicTake, ...]]:
    stored = session.scalars(
        select(Take)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .where(Sitting.claim_id == claim_id, Sitting.contributor_id == person_id)
        .where(Take.track == ITEM_TRACK, Take.state == "stored")
        .order_by(Sitting.opened_at, Take.sequence)
    )
    takes: dict[str, tuple[TopicTake, ...]] = {}
    for take in stored:
        spoken = TopicTake(take_id=take.id, seconds=(take.frames or 0) / take.rate_hz)
        for prompt_id in cast(list[str], take.prompt_ids):
            takes[prompt_id] = (*takes.get(prompt_id, ()), spoken)
    return takes


def _prompt(
    prompt: Prompt, segment: Segment | None, skip: Skip | None, takes: tuple[TopicTake, ...]
) -> PromptView:
    return PromptView(
        prompt_id=prompt.id,
        text=prompt.text,
        reading=prompt.reading,
        target_s=prompt.target_s,
        skip=skip.reason if skip else None,
        takes=takes,
        take_id=takes[-1].take_id if takes else segment.take_id if segment else None,
        segment_id=segment.id if segment else None,
    )


def editor_view(store: Store, actor: Actor, claim_id: str) -> EditorView:
    """Return what the contributor who asks recorded in a claim, in the order of its prompts."""
    with store.catalogue.read() as session:
        require_contributor(session, actor)
        claim = past_seat(session, actor, claim_id).claim  # what was recorded is theirs to write all the same
        terms, task = terms_of_claim(session, claim), session.get_one(Task, claim.task_id)
        prompts = prompts_of(session, task.id)
        return EditorView(
            claim_id=claim.id,
            state=claim.state,
            variety=task.variety,
            style=task.style,
            band=terms.band(task.band),
            marks=terms.task.transcript.marks,
            lease_until=claim.lease_until,
            fence=claim.fence,
            prompts=len(prompts),
            segments=_segments(session, claim, prompts, actor.id),
            audition=task.audition_id is not None,
        )


def _segments(
    session: Session, claim: Claim, prompts: Sequence[Prompt], person_id: str
) -> tuple[SegmentView, ...]:
    chosen = in_order_of(prompts, chosen_segments(session, claim.id, person_id))
    ids = [segment.id for _, segment, _ in chosen]
    texts, verdicts = newest_texts(session, ids), newest_verdicts(session, ids)
    said = {prompt.id: prompt.text for prompt in prompts}
    return tuple(
        SegmentView(
            segment_id=segment.id,
            position=position,
            prompt_text=said.get(segment.prompt_id or "", ""),
            take_id=take.id,
            start_sample=segment.start_sample,
            version=segment.version,
            duration_s=(segment.end_sample - segment.start_sample) / take.rate_hz,
            rate_hz=take.rate_hz,
            text=texts.get(segment.id),
            verdict=verdicts.get(segment.id),
        )
        for position, segment, take in chosen
    )


def in_order_of(
    prompts: Sequence[Prompt], chosen: Sequence[tuple[Segment, Take]]
) -> Sequence[tuple[int, Segment, Take]]:
    """Return items by the place of their prompt, which goes before each, then by time.

    A topic has many items; those without a prompt come last.
    """
    places = {prompt.id: place for place, prompt in enumerate(prompts, 1)}
    placed = [
        (places.get(segment.prompt_id or "", len(prompts) + 1), segment, take) for segment, take in chosen
    ]
    return sorted(
        placed, key=lambda each: (each[0], each[2].created_at, each[2].id, each[1].start_sample, each[1].id)
    )


def prompts_of(session: Session, task_id: str) -> Sequence[Prompt]:
    """Return the prompts of a task, in order."""
    ordered = (
        select(Prompt)
        .join(TaskPrompt, TaskPrompt.prompt_id == Prompt.id)
        .where(TaskPrompt.task_id == task_id)
        .order_by(TaskPrompt.position)
    )
    return session.scalars(ordered).all()


def chosen_segments(
    session: Session, claim_id: str, person_id: str | None = None
) -> Sequence[tuple[Segment, Take]]:
    """Return the items of a claim that count, each with its take; of one person's seat, or of both."""
    chosen = (
        select(Segment, Take)
        .join(Take, Take.id == Segment.take_id)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .where(Segment.claim_id == claim_id, Segment.chosen, ~withdrawn_from("sound"))
        .order_by(Segment.created_at, Segment.id)
    )
    if person_id is not None:
        chosen = chosen.where(Sitting.contributor_id == person_id)
    return [(segment, take) for segment, take in session.execute(chosen)]
