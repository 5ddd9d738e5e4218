"""Items that people listen to: recorded, with the verdict a test needs, and what reviewers decide."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.finding import Finding
from speechcorpus.domain.finding_codes import CODES
from speechcorpus.store.models import (
    FindingRow,
    MeasurementRow,
    OutcomeRow,
    Review,
    Revision,
    Segment,
    VerdictRow,
)
from speechcorpus.store.store import Store
from speechcorpus.workflows.judging import facts_of
from speechcorpus.workflows.reviews import decide_review, take_review
from speechcorpus.workflows.submission import submit_claim
from tests.stage import LISTENING, RATE_HZ, Recorder, Stage, set_stage, voice

TEXT = "咱來去看海。"
SAMPLE_ALL = {
    "unflagged_pct = 5, first_two_claims_pct = 20": "unflagged_pct = 100, first_two_claims_pct = 100"
}
HEARD_SPAN = (4_000, 28_000)


def listening_stage(store: Store, now: datetime, **terms: str) -> Stage:
    """A project in which every item that is handed in is heard."""
    return set_stage(store, now, **(terms or SAMPLE_ALL))


def recorded(prompt: str, recorder: Recorder, *, seconds: float = 2.0) -> str:
    """The id of an item that was recorded; nothing is known of it yet."""
    recorder.record(voice(seconds, seed=int.from_bytes(prompt.encode()[-4:], "big")), prompt=prompt).finish()
    with recorder.stage.store.catalogue.read() as session:
        return session.scalars(
            select(Segment.id).where(Segment.prompt_id == prompt, Segment.claim_id == recorder.claim)
        ).one()


def judged(
    store: Store,
    segment_id: str,
    outcome: str,
    *findings: FindingRow,
    text: str | None = None,
    sequence: int = 1,
    now: datetime,
) -> None:
    """Write down a verdict, and the text it was given with."""
    with store.catalogue.write() as session:
        segment = session.get_one(Segment, segment_id)
        if text is not None:
            session.add(
                Revision(segment_id=segment_id, number=sequence, text=text, author="t", created_at=now)
            )
        verdict = VerdictRow(
            id=str(uuid4()),
            segment_id=segment_id,
            sequence=sequence,
            revision_number=None if text is None else sequence,
            evaluator="qc@1.0.0+0123abcd",
            terms_sha256="0" * 64,
            facts=facts_of(session, segment).to_document(),
            outcome=outcome,
            created_at=now,
        )
        session.add(verdict)
        session.flush()
        for row in findings:
            row.verdict_id = verdict.id
            session.add(row)
        segment.item_sha256 = segment_id.replace("-", "").ljust(64, str(sequence))
        row = {"snr_db": 21.4, "speech_level_dbfs": -23.5, "clipped_s": 0.0, "head_silence_s": 0.31}
        session.add(
            MeasurementRow(
                sha256=segment.item_sha256,
                analyser_version="t",
                settings_sha256="0" * 64,
                row=row | {"tail_silence_s": 0.42, "longest_pause_s": 0.2},
                created_at=now,
            )
        )


def finding(code: str, severity: str, measured: str, limit: str, unit: str, **more: object) -> FindingRow:
    """A finding row, above its limit unless `comparator` says otherwise."""
    return FindingRow(
        code=code,
        severity=severity,
        measured=measured,
        limit=limit,
        unit=unit,
        **{"comparator": ">", "facts": {}, **more},
    )


def clipped() -> FindingRow:
    """A machine finding that holds an item."""
    return finding("audio.clipped", "blocks", "1.5", "1.0", "ms")


def wording() -> FindingRow:
    """A flag that ears settle: its item is heard whatever is sampled."""
    return finding("transcript.wrd-cmn", "flag", "1", "0", "1", char_start=0, char_end=1, facts={"x": "咱"})


def an_item(recorder: Recorder, prompt: str, *findings: FindingRow, text: str | None = TEXT) -> str:
    """The id of an item with this verdict, ready or held by what was found."""
    worst = {"blocks": "rejected", "fix": "repairable"}
    outcome = next((worst[f.severity] for f in findings if f.severity in worst), "accepted")
    segment_id = recorded(prompt, recorder)
    judged(recorder.stage.store, segment_id, outcome, *findings, text=text, now=recorder.stage.now)
    return segment_id


def handed_in(recorder: Recorder) -> None:
    """Hand in all that is ready."""
    submit_claim(recorder.stage.store, recorder.actor, recorder.claim, now=recorder.stage.later)


def heard(
    code: str = "noise.third-voice", span: tuple[int, int] | None = HEARD_SPAN, **facts: str
) -> Finding:
    """What a reviewer marks; the number is measured by us."""
    row, (start, end) = CODES[code], span or (None, None)
    return Finding(
        code=code,
        severity=row.severity,
        measured=Decimal(0),
        comparator=row.comparator,
        limit=row.limit or Decimal(0),
        unit=row.unit,
        start_sample=start,
        end_sample=end,
        facts=facts,
    )


def waiting(store: Store, segment_id: str) -> Sequence[str]:
    """The reviews of an item that nobody has decided, the first asked for first."""
    still_open = (Review.segment_id == segment_id, Review.state.in_(("queued", "assigned")))
    with store.catalogue.read() as session:
        rows = (
            select(Review.id).where(*still_open).order_by(Review.round.desc(), Review.created_at, Review.id)
        )
        return session.scalars(rows).all()


def decide(
    stage: Stage,
    segment_id: str,
    decision: str,
    *findings: Finding,
    by: Actor | None = None,
    after_h: float = 3,
    listening: timedelta = LISTENING,
    own_text: str | None = None,
    note: str = "x",
) -> str:
    """Let a reviewer, another one each time, take the item and decide; what the item has come to."""
    at, by = stage.later + timedelta(hours=after_h), by or stage.reviewer()
    review_id = waiting(stage.store, segment_id)[0]
    lease = take_review(stage.store, by, review_id, now=at - listening)
    return decide_review(
        stage.store,
        by,
        review_id,
        fence=lease.fence,
        decision=decision,
        findings=findings,
        note=note,
        own_text=own_text,
        now=at,
    )


def refuse(stage: Stage, segment_id: str, *findings: Finding, after_h: float = 3) -> None:
    """Let two people refuse an item."""
    for _ in range(2):
        decide(stage, segment_id, "reject", *(findings or (heard(),)), after_h=after_h)


def lines(store: Store, segment_id: str) -> dict[str, str]:
    """Where the lines of an item stand."""
    with store.catalogue.read() as session:
        rows = session.scalars(select(OutcomeRow).where(OutcomeRow.segment_id == segment_id))
        return {row.line: row.state for row in rows}


PAID = {"record": "accepted", "transcribe": "accepted"}
REFUSED = {"record": "refused", "transcribe": "refused"}
PENDING = {"record": "pending", "transcribe": "pending"}
FRAMES = 2 * RATE_HZ
