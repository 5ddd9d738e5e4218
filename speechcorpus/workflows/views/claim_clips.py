"""The prompts of a claim and the items made of them, each with its state and its reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.store.models import (
    Appeal,
    Claim,
    OutcomeRow,
    Prompt,
    Segment,
    Take,
)
from speechcorpus.workflows.appeals import appealable
from speechcorpus.workflows.contests import still_holding
from speechcorpus.workflows.qualifications import writes_own
from speechcorpus.workflows.skips import skips_of
from speechcorpus.workflows.views.clips import (
    TextView,
    VerdictView,
    newest_texts,
    newest_verdicts,
)
from speechcorpus.workflows.views.recording import chosen_segments, in_order_of
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


def clips_of(session: Session, claim: Claim, prompts: Sequence[Prompt], person: str) -> tuple[ClipView, ...]:
    """Return the prompts and items of a claim as one of its people sees them, in their order."""
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
