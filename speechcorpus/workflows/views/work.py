"""My work: every item of a claim with its state, its reasons, and what handing in would mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.terms import BandTerms, PriceTerms
from speechcorpus.store.models import (
    Appeal,
    Claim,
    OutcomeRow,
    Project,
    Prompt,
    Segment,
    Take,
    Task,
)
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import own_segment, require_contributor
from speechcorpus.workflows.appeals import appealable
from speechcorpus.workflows.claims import terms_of_claim
from speechcorpus.workflows.contests import still_holding
from speechcorpus.workflows.item_owner import claims_of
from speechcorpus.workflows.qualifications import writes_own
from speechcorpus.workflows.seats import TWO, Seat, past_seat
from speechcorpus.workflows.skips import skips_of
from speechcorpus.workflows.views.clips import (
    TextView,
    VerdictView,
    newest_texts,
    newest_verdicts,
)
from speechcorpus.workflows.views.recording import chosen_segments, in_order_of, prompts_of
from speechcorpus.workflows.views.sent_back import SentBack, last_rounds, sent_back

ClipState = Literal[
    "not-recorded",
    "skipped",
    "measuring",
    "held",
    "sent-back",
    "no-text",
    "ready",
    "in-review",
    "accepted",
    "refused",
    "void",
]
TO_DO: Final[tuple[ClipState, ...]] = ("held", "sent-back", "no-text")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipView:
    """One prompt of the claim, not recorded, or one of its items; a topic has many."""

    position: int
    prompt_id: str | None
    prompt_text: str
    state: ClipState
    segment_id: str | None
    duration_s: float | None
    rate_hz: int | None
    text: TextView | None
    verdict: VerdictView | None
    sent_back: SentBack | None
    lines: Mapping[str, str]  # record and transcribe -> pending | accepted | refused | void
    appeal_until: datetime | None  # a line is refused, nobody has appealed, and until then one may
    appealed: bool  # a judge has it


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimChoice:
    """One of my claims, to switch to."""

    claim_id: str
    state: str
    variety: str
    band: str
    claimed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherView:
    """The other person of a dialogue with two devices, and how many items of theirs are where."""

    pseudonym: str
    ready: int
    todo: int
    measuring: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkView:
    """One claim in full, as whoever holds it or sits beside them sees it, and my other ones to switch to.

    In a dialogue with two devices each sees their own items; the holder hands in for both.
    """

    claim_id: str
    state: str
    seat: Literal[1, 2]  # 1 holds the claim
    other: OtherView | None  # where there are two devices
    handed_in: bool  # by the holder
    project_title: str
    terms_version: str
    evaluator: str
    variety: str
    band: BandTerms
    price: PriceTerms
    lease_until: datetime
    answer_h: int
    window_d: int  # to appeal
    appeal_h: int  # until an appeal is answered
    clips: tuple[ClipView, ...]
    claims: tuple[ClaimChoice, ...]

    def counted(self, *states: ClipState) -> int:
        """Return how many clips are in one of these states."""
        return sum(clip.state in states for clip in self.clips)

    @property
    def is_open(self) -> bool:
        """Whether there is something to hand in still; of the second person also after the holder has."""
        return self.state == "active" or (self.seat == 2 and self.counted("ready", "measuring", *TO_DO) > 0)

    @property
    def hands_in(self) -> bool:
        """Whether I hand in: the holder does for both, the second person what was not ready then."""
        return self.seat == 1 or self.handed_in


def work_view(store: Store, actor: Actor, claim_id: str | None) -> WorkView | None:
    """Return a claim of the contributor who asks: the given one, else the newest; None without any."""
    with store.catalogue.read() as session:
        require_contributor(session, actor)
        choices = _choices(session, actor)
        wanted = claim_id or (choices[0].claim_id if choices else None)
        if wanted is None:
            return None
        return _work(session, past_seat(session, actor, wanted), actor.id, choices)


def claim_of_item(store: Store, actor: Actor, segment_id: str) -> str:
    """Return the claim that one's own item is worked on under."""
    with store.catalogue.read() as session:
        return own_segment(session, actor, segment_id)[1].id


def _choices(session: Session, actor: Actor) -> tuple[ClaimChoice, ...]:
    rows = session.execute(
        select(Claim, Task)
        .join(Task, Task.id == Claim.task_id)
        .where(Claim.id.in_(claims_of(actor.id)))
        .where(or_(Claim.state.in_(("active", "submitted")), Claim.contributor_id != actor.id))
        .where(Task.audition_id.is_(None))  # an audition has its own page, and is judged as a whole
        .order_by(Claim.state, Claim.claimed_at.desc())
    )
    return tuple(
        ClaimChoice(
            claim_id=claim.id,
            state=claim.state,
            variety=task.variety,
            band=task.band,
            claimed_at=claim.claimed_at,
        )
        for claim, task in rows
    )


def _work(session: Session, seat: Seat, person: str, choices: tuple[ClaimChoice, ...]) -> WorkView:
    claim = seat.claim
    terms, task = terms_of_claim(session, claim), session.get_one(Task, claim.task_id)
    prompts = prompts_of(session, task.id)
    return WorkView(
        claim_id=claim.id,
        state=claim.state,
        seat=seat.number,
        other=_other(session, seat, prompts),
        handed_in=claim.submitted_at is not None or claim.state != "active",
        project_title=session.get_one(Project, task.project_id).title,
        terms_version=terms.project.version,
        evaluator=claim.evaluator,
        variety=task.variety,
        band=terms.band(task.band),
        price=terms.price,
        lease_until=claim.lease_until,
        answer_h=terms.review.answer_h,
        window_d=terms.review.appeal.window_d,
        appeal_h=terms.review.appeal.answer_h,
        clips=_clips(session, claim, prompts, person),
        claims=choices,
    )


def _other(session: Session, seat: Seat, prompts: Sequence[Prompt]) -> OtherView | None:
    if seat.other is None or seat.devices != TWO:
        return None
    states = [clip.state for clip in _clips(session, seat.claim, prompts, seat.other.id)]
    return OtherView(
        pseudonym=seat.other.pseudonym,
        ready=states.count("ready"),
        todo=sum(state in TO_DO for state in states),
        measuring=states.count("measuring"),
    )


def _clips(session: Session, claim: Claim, prompts: Sequence[Prompt], person: str) -> tuple[ClipView, ...]:
    chosen = in_order_of(prompts, chosen_segments(session, claim.id, person))
    ids = [segment.id for _, segment, _ in chosen]
    verdicts, lines = newest_verdicts(session, ids), _lines(session, ids)
    rounds = last_rounds(session, ids)
    asked = [each for reviews in rounds.values() for each in reviews if each.decision == "fix"]
    known = _Known(
        texts=newest_texts(session, ids),
        verdicts=verdicts,
        lines=lines,
        with_us=frozenset(lines) - {review.segment_id for review in asked},
        sent_back=sent_back(session, asked, verdicts),
        skipped=frozenset(skips_of(session, claim.id)),
        writes=writes_own(session, claim, person),
        freed=_freed(session, [segment for _, segment, _ in chosen], verdicts),
        appeals=_appeals(session, [segment for _, segment, _ in chosen], lines),
        before_a_judge=_before_a_judge(session, lines),
    )
    by_id, recorded = {prompt.id: prompt for prompt in prompts}, {position for position, _, _ in chosen}
    clips = [
        _clip(place, by_id.get(segment.prompt_id or ""), (segment, take), known)
        for place, segment, take in chosen
    ]
    clips += [
        _clip(place, prompt, None, known) for place, prompt in enumerate(prompts, 1) if place not in recorded
    ]
    return tuple(sorted(clips, key=lambda clip: clip.position))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    texts: Mapping[str, TextView]
    verdicts: Mapping[str, VerdictView]
    lines: Mapping[str, Mapping[str, str]]
    with_us: frozenset[str]  # handed in, and not sent back
    sent_back: Mapping[str, SentBack]
    skipped: frozenset[str]  # prompts
    writes: bool  # whether the texts are the holder's to write
    freed: frozenset[str]  # held by nothing that is not contested
    appeals: Mapping[str, datetime]
    before_a_judge: frozenset[str]


def _clip(
    position: int, prompt: Prompt | None, recorded: tuple[Segment, Take] | None, known: _Known
) -> ClipView:
    segment, take = recorded or (None, None)
    key = segment.id if segment else ""
    length = (segment.end_sample - segment.start_sample) / take.rate_hz if segment and take else None
    return ClipView(
        position=position,
        prompt_id=prompt.id if prompt else None,
        prompt_text=prompt.text if prompt else "",
        state=_state(key, known) if segment else _unsaid(prompt, known),
        segment_id=segment.id if segment else None,
        duration_s=length,
        rate_hz=take.rate_hz if take else None,
        text=known.texts.get(key),
        verdict=known.verdicts.get(key),
        sent_back=known.sent_back.get(key),
        lines=known.lines.get(key, {}),
        appeal_until=known.appeals.get(key),
        appealed=key in known.before_a_judge,
    )


def _unsaid(prompt: Prompt | None, known: _Known) -> ClipState:
    return "skipped" if prompt is not None and prompt.id in known.skipped else "not-recorded"


def _state(key: str, known: _Known) -> ClipState:
    """Return where an item stands: what was decided, then who has it, then what it still lacks."""
    decided = set(known.lines.get(key, {}).values())
    verdict, text = known.verdicts.get(key), known.texts.get(key)
    steps: tuple[tuple[bool, ClipState], ...] = (
        ("refused" in decided, "refused"),
        ("accepted" in decided and "pending" not in decided, "accepted"),
        (decided == {"void"}, "void"),
        (key in known.sent_back, "sent-back"),
        (key in known.with_us, "in-review"),
        (verdict is None or verdict.revision != (text.revision if text else None), "measuring"),
        (verdict is not None and verdict.outcome != "accepted" and key not in known.freed, "held"),
        (text is None and known.writes, "no-text"),
    )
    return next((state for holds, state in steps if holds), "ready")


def _freed(
    session: Session, segments: Sequence[Segment], verdicts: Mapping[str, VerdictView]
) -> frozenset[str]:
    """Return the held items whose every cause is contested: they may be handed in."""
    causes = {key: [each.severity for each in found.findings] for key, found in verdicts.items()}
    held = [each for each in segments if {"fix", "blocks"} & set(causes.get(each.id, ()))]
    return frozenset(each.id for each in held if not still_holding(session, each))


def _appeals(
    session: Session, segments: Sequence[Segment], lines: Mapping[str, Mapping[str, str]]
) -> Mapping[str, datetime]:
    """Return until when somebody may appeal, by item; whether that is over is for who has a clock."""
    refused = [each for each in segments if "refused" in lines.get(each.id, {}).values()]
    open_lines = {each.id: appealable(session, each) for each in refused}
    return {key: max(line.until for line in found) for key, found in open_lines.items() if found}


def _before_a_judge(session: Session, lines: Mapping[str, Mapping[str, str]]) -> frozenset[str]:
    refused = [key for key, states in lines.items() if "refused" in states.values()]
    waiting = select(Appeal.segment_id).where(Appeal.segment_id.in_(refused), Appeal.state == "open")
    return frozenset(session.scalars(waiting)) if refused else frozenset()


def _lines(session: Session, ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    lines: dict[str, dict[str, str]] = {}
    for row in session.scalars(select(OutcomeRow).where(OutcomeRow.segment_id.in_(ids))):
        lines.setdefault(row.segment_id, {})[row.line] = row.state
    return lines
