"""Prompts that are not said: with a reason, taken back at will, never a fault of the one who skips.

A skipped prompt is neither owed nor paid. What was recorded counts, skipped or not.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.record.form import Form
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Claim, Prompt, PromptSkip, Segment, TaskPrompt
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, own_claim, require_contributor

OTHER: Final = "other"
REASONS: Final = ("cannot-read", "wrong-language", "offensive", "private", "mistake-in-text", OTHER)
WORDS_LIMIT: Final = 200  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Why a prompt is skipped; `words` only where the reason is none of the list."""

    reason: str
    words: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedPrompt:
    """How often a prompt is skipped, by reason, and what was said about it; by whom is not told."""

    prompt_id: str
    text: str
    count: int
    reasons: Mapping[str, int]  # the most frequent first
    words: tuple[str, ...]


def skip_prompt(
    store: Store,
    actor: Actor,
    claim_id: str,
    prompt_id: str,
    body: Mapping[str, object],
    *,
    now: datetime,
) -> bool:
    """Skip a prompt of my claim; returns whether that is new. Another reason takes the place of the first.

    Raises
    ------
    AccessError : `not-found` for somebody else's claim, or a prompt that is not of it
    SittingError : `request.field` for a reason that is none; `claim.edge` once the claim has ended
    """
    skip = _read(body)
    with store.catalogue.write() as session:
        claim = _active_claim(session, actor, claim_id, prompt_id)
        before = _standing(session, claim_id, prompt_id)
        if before is not None and (before.reason, before.words) == (skip.reason, skip.words):
            return False
        if before is not None:
            before.taken_back_at = now
            session.flush()
        session.add(
            PromptSkip(
                claim_id=claim_id, prompt_id=prompt_id, reason=skip.reason, words=skip.words, skipped_at=now
            )
        )
        _audit(session, actor, claim, "prompt.skipped", now, prompt=prompt_id, reason=skip.reason)
    return True


def take_back_skip(store: Store, actor: Actor, claim_id: str, prompt_id: str, *, now: datetime) -> None:
    """Take a skip back: the prompt is owed again. Without a skip nothing changes.

    Raises
    ------
    AccessError : `not-found` for somebody else's claim, or a prompt that is not of it
    SittingError : `claim.edge` once the claim has ended
    """
    with store.catalogue.write() as session:
        claim = _active_claim(session, actor, claim_id, prompt_id)
        standing = _standing(session, claim_id, prompt_id)
        if standing is not None:
            standing.taken_back_at = now
            _audit(session, actor, claim, "prompt.skip-taken-back", now, prompt=prompt_id)


def skips_of(session: Session, claim_id: str) -> Mapping[str, Skip]:
    """Return the skips of a claim that stand, by prompt."""
    standing = (PromptSkip.claim_id == claim_id, PromptSkip.taken_back_at.is_(None))
    rows = session.scalars(select(PromptSkip).where(*standing))
    return {row.prompt_id: Skip(reason=row.reason, words=row.words) for row in rows}


def not_owed(session: Session, claim_ids: Sequence[str]) -> Mapping[str, int]:
    """Return for each claim how many of its prompts are skipped and have no recording that counts."""
    recorded = (
        select(Segment.id)
        .where(
            Segment.claim_id == PromptSkip.claim_id, Segment.prompt_id == PromptSkip.prompt_id, Segment.chosen
        )
        .exists()
    )
    counts = (
        select(PromptSkip.claim_id, func.count())
        .where(PromptSkip.claim_id.in_(claim_ids), PromptSkip.taken_back_at.is_(None), ~recorded)
        .group_by(PromptSkip.claim_id)
    )
    return dict(session.execute(counts).all())


def skipped_prompts(session: Session, project_id: str) -> tuple[SkippedPrompt, ...]:
    """Return the prompts of a project that people skip, the most often skipped first."""
    rows = session.execute(
        select(PromptSkip, Prompt.text)
        .join(Prompt, Prompt.id == PromptSkip.prompt_id)
        .where(Prompt.project_id == project_id, PromptSkip.taken_back_at.is_(None))
        .order_by(PromptSkip.id)
    )
    found: dict[str, list[PromptSkip]] = {}
    texts: dict[str, str] = {}
    for skip, text in rows:
        found.setdefault(skip.prompt_id, []).append(skip)
        texts[skip.prompt_id] = text
    prompts = [_skipped(prompt_id, texts[prompt_id], skips) for prompt_id, skips in found.items()]
    return tuple(sorted(prompts, key=lambda prompt: (-prompt.count, prompt.prompt_id)))


def _skipped(prompt_id: str, text: str, skips: Sequence[PromptSkip]) -> SkippedPrompt:
    reasons = dict(Counter(sorted(skip.reason for skip in skips)).most_common())
    words = tuple(skip.words for skip in skips if skip.words)
    return SkippedPrompt(prompt_id=prompt_id, text=text, count=len(skips), reasons=reasons, words=words)


def _read(body: Mapping[str, object]) -> Skip:
    form = Form(body, where="", code="request.field", keys=("reason", "words"), optional=("words",))
    reason, words = form.one_of("reason", REASONS), form.text_or_none("words")
    if (words is not None and words.strip() != "") != (reason == OTHER):
        raise SittingError(
            "request.field", "words belong to the reason `other`, and it needs them", field="words"
        )
    if words is not None and len(words) > WORDS_LIMIT:
        raise SittingError("request.field", f"words are more than {WORDS_LIMIT}", field="words")
    return Skip(reason=reason, words=words.strip() if words and reason == OTHER else None)


def _active_claim(session: Session, actor: Actor, claim_id: str, prompt_id: str) -> Claim:
    require_contributor(session, actor)
    claim = own_claim(session, actor, claim_id, lock=True)
    if session.scalar(select(TaskPrompt.position).where(*_of(claim, prompt_id))) is None:
        raise not_found("prompt")
    if claim.state != "active":
        raise SittingError(
            "claim.edge", f"a claim that is {claim.state} has no prompts to skip", state=claim.state
        )
    return claim


def _of(claim: Claim, prompt_id: str) -> tuple[ColumnElement[bool], ...]:
    return (TaskPrompt.task_id == claim.task_id, TaskPrompt.prompt_id == prompt_id)


def _standing(session: Session, claim_id: str, prompt_id: str) -> PromptSkip | None:
    wanted = (PromptSkip.claim_id == claim_id, PromptSkip.prompt_id == prompt_id)
    return session.scalars(select(PromptSkip).where(*wanted, PromptSkip.taken_back_at.is_(None))).first()


def _audit(
    session: Session, actor: Actor, claim: Claim, action: str, now: datetime, **detail: object
) -> None:
    session.flush()
    append_audit(session, actor=actor, action=action, object=f"claim:{claim.id}", detail=detail, now=now)
