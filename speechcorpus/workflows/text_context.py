"""What the catalogue knows beside a text: the pace of its speaker, the events of its take, other texts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, aliased

from speechcorpus.domain.canonical import parse_json
from speechcorpus.domain.event import Event
from speechcorpus.domain.plain import from_plain
from speechcorpus.domain.transcript import CheckContext, SpeakerRate, TranscriptProfile
from speechcorpus.qc.facts import CopiedText, Facts, check_context
from speechcorpus.qc.measure import ANALYSER_VERSION, DEFAULT_SETTINGS
from speechcorpus.store.models import (
    Claim,
    MeasurementRow,
    OutcomeRow,
    Prompt,
    Revision,
    Segment,
    Take,
    Task,
    TaskPrompt,
    VerdictRow,
)
from speechcorpus.transcribe.page import Page
from speechcorpus.transcribe.verbatim import copy_on, guessed_syllables, rate_of
from speechcorpus.workflows.events import events_within
from speechcorpus.workflows.item_owner import owned_by, owner_of
from speechcorpus.workflows.rule_tables import rule_tables

EDGE_S = 0.3  # transcripts.md, section 9: at most this much silence is kept on each side of a segment
MOST_CLIPS = 1_000  # of a speaker, the newest: as good a median as all of them
READ = "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marks:
    """What the events of its take say of a segment as a whole."""

    spoken_in: str | None = None
    unclear_syllables: int | None = None


def text_context(session: Session, segment: Segment, profile: TranscriptProfile) -> CheckContext:
    """Return what a check of a text of this item may know, as it is typed; two or three short queries."""
    known = session.execute(_KNOWN.where(Segment.id == segment.id)).one()
    rate = None if known.facts is None else _rate_in(known.facts)
    marks = _marks(session, segment, rate)
    return check_context(
        known.prompt_text,
        duration_s=known.duration_s,
        voiced_s=known.voiced_s,
        speaker_rate=rate,
        spoken_in=marks.spoken_in,
        unclear_syllables=marks.unclear_syllables,
        other_texts=_other_texts(session, segment) if profile.kind == "spontaneous" else None,
    )


def spoken_in(session: Session, segment: Segment) -> str | None:
    """Return the language that the whole item is marked as, None where it is not: one short query."""
    kept = events_within(session, segment, kind="code-switch")
    rate_hz = session.get_one(Take, segment.take_id).rate_hz
    mine = [each.event for each in kept if each.event.speaker in (None, segment.speaker)]
    return _language(mine, segment, round(EDGE_S * rate_hz))


def facts_with_text(
    session: Session, segment: Segment, facts: Facts, text: str, profile: TranscriptProfile
) -> Facts:
    """Return the facts of a verdict about this text: of all other texts only the one it was copied from."""
    marks = _marks(session, segment, facts.speaker_rate)
    return replace(
        facts,
        spoken_in=marks.spoken_in,
        unclear_syllables=marks.unclear_syllables,
        copied=_copied(session, segment, facts, text, profile),
    )


def speaker_rate(session: Session, segment: Segment) -> SpeakerRate | None:
    """Return the pace of an item's speaker in accepted clips of its kind, None below 30 of them.

    A lane of a dialogue is one voice within its claim only: another day's second speaker may be another one.
    """
    claim = session.get_one(Claim, segment.claim_id)
    is_read = session.get_one(Task, claim.task_id).style == READ
    whose = owned_by(owner_of(session, segment)) if segment.speaker is None else Claim.id == claim.id
    kind = Task.style == READ if is_read else Task.style != READ
    same = (whose, kind, Segment.speaker.is_not_distinct_from(segment.speaker))
    rows = session.execute(_ACCEPTED.where(*same))
    return rate_of([(text, voiced_s) for text, voiced_s in rows])


def is_newest_text() -> ColumnElement[bool]:
    """Return what joins a segment to its newest text."""
    inner = aliased(Revision)
    newest = select(func.max(inner.number)).where(inner.segment_id == Segment.id).scalar_subquery()
    return and_(Revision.segment_id == Segment.id, Revision.number == newest)


def _copied(
    session: Session, segment: Segment, facts: Facts, text: str, profile: TranscriptProfile
) -> CopiedText | None:
    if profile.kind != "spontaneous":
        return None
    others = _other_texts(session, segment)
    context = check_context(None if facts.prompt is None else facts.prompt.text, other_texts=others)
    copy = copy_on(Page(text=text, profile=profile, tables=rule_tables(), context=context))
    if copy is None or copy.source not in others:
        return None  # its own prompt stands in the facts already
    return CopiedText(id=copy.source, text=others[copy.source])


def _other_texts(session: Session, segment: Segment) -> Mapping[str, str]:
    """Return the other prompts of the task and the newest texts of one's other items in the claim, by id."""
    prompts = (
        select(Prompt.id, Prompt.text)
        .join(TaskPrompt, TaskPrompt.prompt_id == Prompt.id)
        .join(Claim, Claim.task_id == TaskPrompt.task_id)
        .where(Claim.id == segment.claim_id, Prompt.id.is_distinct_from(segment.prompt_id))
    )
    texts = (
        select(Segment.id, Revision.text)
        .join(Revision, is_newest_text())
        .where(Segment.claim_id == segment.claim_id, Segment.chosen.is_(True), Segment.id != segment.id)
        .where(owned_by(owner_of(session, segment)))
    )
    rows = session.execute(prompts.union_all(texts)).all()
    return dict(sorted((id_, text) for id_, text in rows))


def _marks(session: Session, segment: Segment, rate: SpeakerRate | None) -> _Marks:
    mine = (None, segment.speaker)
    events = [kept.event for kept in events_within(session, segment) if kept.event.speaker in mine]
    if not events:
        return _Marks()
    rate_hz = session.get_one(Take, segment.take_id).rate_hz
    unclear = [event for event in events if event.kind == "unintelligible"]
    unclear_s = _covered(unclear, segment) / rate_hz
    return _Marks(
        spoken_in=_language(events, segment, round(EDGE_S * rate_hz)),
        unclear_syllables=guessed_syllables(unclear_s, rate) if unclear else None,
    )


def _language(events: Iterable[Event], segment: Segment, edge_samples: int) -> str | None:
    """Return the language of a code-switch that leaves out no more of the segment than the silence around."""
    for event in events:
        begins, ends = event.start_sample - segment.start_sample, segment.end_sample - event.end_sample
        if event.kind == "code-switch" and begins <= edge_samples and ends <= edge_samples:
            return event.language
    return None


def _covered(events: Iterable[Event], segment: Segment) -> int:
    """Return how many samples of a segment lie within events, by start; a sample under two counts once."""
    reached, covered = segment.start_sample, 0
    for event in events:
        end = min(event.end_sample, segment.end_sample)
        covered += max(0, end - max(event.start_sample, reached))
        reached = max(reached, end)
    return covered


@lru_cache(maxsize=256)
def _rate_in(facts: str) -> SpeakerRate | None:
    """Read the pace out of a facts document; texts are checked many times between two verdicts."""
    document = parse_json(facts)
    rate = document.get("speaker_rate") if isinstance(document, dict) else None
    return None if rate is None else from_plain(SpeakerRate, rate)


_MEASURED = and_(
    MeasurementRow.sha256 == Segment.item_sha256,
    MeasurementRow.analyser_version == ANALYSER_VERSION,
    MeasurementRow.settings_sha256 == DEFAULT_SETTINGS.sha256,
)
_NEWEST_FACTS = (
    select(VerdictRow.facts)
    .where(VerdictRow.segment_id == Segment.id)
    .order_by(VerdictRow.sequence.desc())
    .limit(1)
    .correlate(Segment)
    .scalar_subquery()
)
# Two numbers of the row, not the row: it is hundreds of them, and this runs at every pause in typing.
_KNOWN = (
    select(
        Prompt.text.label("prompt_text"),
        MeasurementRow.row["duration_s"].as_float().label("duration_s"),
        MeasurementRow.row["speech_s"].as_float().label("voiced_s"),
        _NEWEST_FACTS.label("facts"),
    )
    .select_from(Segment)
    .outerjoin(Prompt, Prompt.id == Segment.prompt_id)
    .outerjoin(MeasurementRow, _MEASURED)
)
_RECORDED, _WRITTEN = aliased(OutcomeRow), aliased(OutcomeRow)
_LAST_ROW = aliased(MeasurementRow)
_ACCEPTED = (
    select(Revision.text, MeasurementRow.row["speech_s"].as_float())
    .select_from(Segment)
    .join(Claim, Claim.id == Segment.claim_id)
    .join(Task, Task.id == Claim.task_id)
    .join(_RECORDED, and_(_RECORDED.segment_id == Segment.id, _RECORDED.line == "record"))
    .join(_WRITTEN, and_(_WRITTEN.segment_id == Segment.id, _WRITTEN.line == "transcribe"))
    .join(Revision, is_newest_text())
    .join(
        MeasurementRow,
        MeasurementRow.id
        == select(func.max(_LAST_ROW.id)).where(_LAST_ROW.sha256 == Segment.item_sha256).scalar_subquery(),
    )
    .where(_RECORDED.state == "accepted", _WRITTEN.state == "accepted", Segment.chosen.is_(True))
    .order_by(_RECORDED.decided_at.desc(), Segment.id)
    .limit(MOST_CLIPS)
)
