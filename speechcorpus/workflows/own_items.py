"""Everything about one of my items, as files: sound, facts, terms, text, verdict, outcome.

`speechcorpus judge` on the sound, the facts, the terms and the text gives the verdict, byte for byte.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import cast
from unicodedata import normalize

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.canonical import canonical_json
from speechcorpus.domain.finding import Finding
from speechcorpus.domain.verdict import Verdict, VerdictOutcome
from speechcorpus.store.models import (
    Appeal,
    Contest,
    FindingRow,
    OutcomeRow,
    Review,
    Revision,
    Segment,
    VerdictRow,
)
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, own_segment
from speechcorpus.workflows.items import ItemAudio, item_audio
from speechcorpus.workflows.judging import newest_verdict_row
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.views.clips import finding_of
from speechcorpus.workflows.zip_stream import Entry, text_entry, zip_stream

HOW = """How to compute the verdict again, without us
============================================

    speechcorpus judge clip.wav --terms terms.json --facts facts.json {text}--json

prints, to the last byte, what stands in verdict.json: the same sound, the same facts and the same
frozen terms give the same verdict. The program is the evaluator that verdict.json names.

怎麼自己算一次：把這些檔案放在同一個資料夾，執行上面這一行。印出來的和 verdict.json 每個字都一樣。
"""
WITH_TEXT = "--transcript transcript.txt "


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFiles:
    """The files of one item, read from the catalogue; the sound is read when it is sent."""

    audio: ItemAudio
    texts: Mapping[str, str | bytes]

    def entries(self, folder: str = "") -> Iterator[Entry]:
        """Yield the files as they go into an archive."""
        yield Entry(name=f"{folder}clip.wav", blocks=self.audio.blocks, packed=False)
        for name, text in self.texts.items():
            yield text_entry(f"{folder}{name}", text)


def item_proof(store: Store, actor: Actor, segment_id: str) -> Iterator[bytes]:
    """Return an archive with one's own item and all that its verdict rests on.

    Raises
    ------
    AccessError : `not-found`
    """
    with store.catalogue.read() as session:
        segment, claim = own_segment(session, actor, segment_id)
        files = item_files(store, session, segment)
        if not files.audio.exists():
            raise not_found("segment")  # erased
        terms = terms_by_hash(session, claim.terms_sha256).to_document()
    how = HOW.format(text=WITH_TEXT if "transcript.txt" in files.texts else "")
    told = [text_entry("README.txt", how), text_entry("terms.json", terms)]
    return zip_stream([*told, *files.entries()])


def item_files(store: Store, session: Session, segment: Segment) -> ItemFiles:
    """Return the files of an item; whose it is is for the caller."""
    texts: dict[str, str | bytes] = {"item.json": canonical_json(_told(session, segment))}
    row = newest_verdict_row(session, segment.id)
    if row is not None and segment.item_sha256 is not None:
        texts["facts.json"] = row.facts
        texts["verdict.json"] = stored_verdict(session, row).to_document()
        if row.revision_number is not None:
            texts["transcript.txt"] = _text_of(session, segment.id, row.revision_number)
    return ItemFiles(audio=item_audio(store, session, segment), texts=texts)


def stored_verdict(session: Session, row: VerdictRow) -> Verdict:
    """Return a kept verdict as the value that the evaluator gave."""
    kept = select(FindingRow).where(FindingRow.verdict_id == row.id).order_by(FindingRow.id)
    findings = tuple(
        replace(finding_of(each), evaluator=row.evaluator, terms_sha256=row.terms_sha256)
        for each in session.scalars(kept)
    )
    return Verdict(
        outcome=cast(VerdictOutcome, row.outcome),
        findings=findings,
        evaluator=row.evaluator,
        terms_sha256=row.terms_sha256,
    )


def _text_of(session: Session, segment_id: str, number: int) -> str:
    which = (Revision.segment_id == segment_id, Revision.number == number)
    return session.scalars(select(Revision.text).where(*which)).one()


def _told(session: Session, segment: Segment) -> Mapping[str, object]:
    """Return what is kept about an item, but who listened to it and whether it tests listeners."""
    return {
        "item": segment.id,
        "claim": segment.claim_id,
        "prompt": segment.prompt_id,
        "take": segment.take_id,
        "start_sample": segment.start_sample,
        "end_sample": segment.end_sample,
        "item_sha256": segment.item_sha256,
        "chosen": segment.chosen,
        "speaker": segment.speaker,
        "recorded_at": utc(segment.created_at),
        "texts": [
            {"number": row.number, "text": _nfc(row.text), "saved_at": utc(row.created_at)}
            for row in session.scalars(
                select(Revision).where(Revision.segment_id == segment.id).order_by(Revision.number)
            )
        ],
        "outcomes": _outcomes(session, segment.id),
        "listeners": [_listened(session, review) for review in _told_reviews(session, segment.id)],
        "contests": _contests(session, segment.id),
        "appeals": _appeals(session, segment.id),
    }


def _outcomes(session: Session, segment_id: str) -> Sequence[Mapping[str, object]]:
    rows = session.scalars(
        select(OutcomeRow).where(OutcomeRow.segment_id == segment_id).order_by(OutcomeRow.line)
    )
    return [
        {
            "line": row.line,
            "state": row.state,
            "price_minor": row.price_minor,
            "decided_at": utc(row.decided_at),
        }
        for row in rows
    ]


def _told_reviews(session: Session, segment_id: str) -> Iterable[Review]:
    """Return the decisions that came to something: what was sent back, and rejects once a line is refused."""
    refused = select(OutcomeRow.line).where(
        OutcomeRow.segment_id == segment_id, OutcomeRow.state == "refused"
    )
    told = ("fix", "reject") if session.scalars(refused).first() else ("fix",)
    counted = (Review.segment_id == segment_id, Review.round > 0, Review.void.is_(False))
    decided = select(Review).where(*counted, Review.decision.in_(told))
    return session.scalars(decided.order_by(Review.decided_at, Review.id))


def _listened(session: Session, review: Review) -> Mapping[str, object]:
    rows = session.scalars(
        select(FindingRow).where(FindingRow.review_id == review.id).order_by(FindingRow.id)
    )
    return {
        "decision": review.decision,
        "note": _nfc(review.note),
        "decided_at": utc(review.decided_at),
        "findings": [_without_authors(finding_of(row)).to_json() for row in rows],
    }


def _without_authors(finding: Finding) -> Finding:
    """Return the criterion, number and place; what listeners wrote themselves stays theirs."""
    return replace(finding, facts={key: text for key, text in finding.facts.items() if key == "x"})


def _contests(session: Session, segment_id: str) -> Sequence[Mapping[str, object]]:
    rows = session.scalars(select(Contest).where(Contest.segment_id == segment_id).order_by(Contest.code))
    return [
        {
            "code": row.code,
            "words": _nfc(row.words),
            "state": row.state,
            "contested_at": utc(row.contested_at),
        }
        for row in rows
    ]


def _appeals(session: Session, segment_id: str) -> Sequence[Mapping[str, object]]:
    rows = session.scalars(select(Appeal).where(Appeal.segment_id == segment_id).order_by(Appeal.line))
    return [
        {
            "line": row.line,
            "words": _nfc(row.words),
            "state": row.state,
            "reason": _nfc(row.reason),
            "opened_at": utc(row.opened_at),
        }
        for row in rows
    ]


def _nfc(text: str | None) -> str | None:
    return None if text is None else normalize("NFC", text)


def utc(moment: datetime | None) -> str | None:
    """Return a time as documents have it."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
