"""Hàn-jī for Tâi-lô that somebody types into the text of an item, out of the project's own readings."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Literal
from weakref import WeakKeyDictionary

import regex
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError, StoreError
from speechcorpus.store.catalogue import Catalogue
from speechcorpus.store.models import Consent, Contributor, OutcomeRow, Prompt, Task
from speechcorpus.store.store import Store
from speechcorpus.transcribe.han_candidates import (
    Candidate,
    HanIndex,
    Match,
    ReadText,
    index_of,
    written_for,
)
from speechcorpus.workflows.access import own_segment
from speechcorpus.workflows.prompt_stock import accepted_recordings
from speechcorpus.workflows.prompt_units import Estimate, syllables, taibun_estimate
from speechcorpus.workflows.second_texts import released_texts

LONGEST_TEXT = 200  # characters; a word or two, not a page
KEPT = timedelta(minutes=10)  # an index this young is not made again, whatever was accepted since
HAN = regex.compile(r"\p{Han}")

EstimatedReading = Literal["agrees", "differs"]
Marks = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One way to write a word, and the evidence for it."""

    han: str
    reading: str
    match: Match
    prompts: int  # places in the project's prompts that are written and read so
    accepted: int  # places in accepted transcripts
    estimate: EstimatedReading | None  # what taibun reads for these characters; None without taibun


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedWord:
    """A stretch of the typed text, in code points and in UTF-16 units, with its offers: best first."""

    start: int
    end: int
    start_utf16: int
    end_utf16: int
    syllables: tuple[str, ...]
    candidates: tuple[Offer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    index: HanIndex
    marks: Marks
    made_at: datetime


class _Shelf:
    """The index of one project in one variety, and whose turn it is to make it anew."""

    def __init__(self) -> None:
        self.turn = Lock()
        self.kept: _Kept | None = None

    def is_fresh(self, marks: Marks, now: datetime) -> bool:
        return self.kept is not None and (self.kept.marks == marks or now - self.kept.made_at < KEPT)


_shelves: WeakKeyDictionary[Catalogue, dict[tuple[str, str], _Shelf]] = WeakKeyDictionary()


def han_candidates(
    store: Store, actor: Actor, segment_id: str, text: str, *, now: datetime
) -> tuple[OfferedWord, ...]:
    """Return what the project's texts write for a typed word: the whole first, then its syllables.

    Nothing is kept, and nothing is offered for Mandarin or where no text of the project has a reading.

    Raises
    ------
    AccessError : `not-found`
    SittingError : `request.field` for more than 200 characters
    """
    if len(text) > LONGEST_TEXT:
        raise SittingError("request.field", f"a word has up to {LONGEST_TEXT} characters", field="text")
    with store.catalogue.read() as session:
        _, claim = own_segment(session, actor, segment_id)
        task = session.get_one(Task, claim.task_id)
        index = _index(store.catalogue, session, task.project_id, task.variety, now)
    if index is None:
        return ()
    estimate = _estimate(task.variety)
    return tuple(
        OfferedWord(
            start=word.start,
            end=word.end,
            start_utf16=_utf16(text[: word.start]),
            end_utf16=_utf16(text[: word.end]),
            syllables=word.syllables,
            candidates=tuple(_offer(one, estimate) for one in word.candidates),
        )
        for word in written_for(index, text)
    )


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _offer(candidate: Candidate, estimate: Estimate | None) -> Offer:
    return Offer(
        han=candidate.han,
        reading=candidate.reading,
        match=candidate.match,
        prompts=candidate.prompts,
        accepted=candidate.accepted,
        estimate=_estimated(candidate, estimate),
    )


def _estimated(candidate: Candidate, estimate: Estimate | None) -> EstimatedReading | None:
    """Say whether taibun reads the characters so; None where it does not know each of them."""
    guess = () if estimate is None else syllables(estimate(candidate.han))
    if len(guess) != len(candidate.han):
        return None
    return "agrees" if "-".join(guess) == candidate.reading else "differs"


def _estimate(variety: str) -> Estimate | None:
    """Return what estimates readings as they are in Taiwan; it never ranks an offer, so it may lack."""
    if variety != "nan-TW":
        return None
    try:
        return taibun_estimate()
    except StoreError:
        return None


def _index(
    catalogue: Catalogue, session: Session, project_id: str, variety: str, now: datetime
) -> HanIndex | None:
    """Return the index of a project's texts in one variety, made anew when they changed and it is old.

    One request makes it; the others have the old one meanwhile, and wait only where there is none.
    """
    if not variety.startswith("nan-"):
        return None
    marks = _marks(session, project_id)
    shelf = _shelves.setdefault(catalogue, {}).setdefault((project_id, variety), _Shelf())
    before = shelf.kept
    if not shelf.is_fresh(marks, now) and shelf.turn.acquire(blocking=before is None):
        try:
            if not shelf.is_fresh(marks, now):  # else somebody made it while we waited
                texts = _read_texts(session, project_id, variety)
                shelf.kept = _Kept(index=index_of(texts), marks=marks, made_at=now)
        finally:
            shelf.turn.release()
    return None if shelf.kept is None else shelf.kept.index


def _marks(session: Session, project_id: str) -> Marks:
    """Return numbers that change whenever the texts of the project may have."""
    prompts = select(func.count()).where(Prompt.project_id == project_id, Prompt.reading.is_not(None))
    accepted = select(func.count()).where(OutcomeRow.state == "accepted", OutcomeRow.line == "transcribe")
    withdrawn = select(func.count()).where(Consent.withdrawn_at.is_not(None))
    closed = select(func.count()).where(Contributor.state.in_(("withdrawn", "erased")))
    one, two, three, four = (session.scalar(each) or 0 for each in (prompts, accepted, withdrawn, closed))
    return one, two, three, four


def _read_texts(session: Session, project_id: str, variety: str) -> list[ReadText]:
    prompts = session.scalars(
        select(Prompt)
        .where(Prompt.project_id == project_id, Prompt.variety == variety, Prompt.reading.is_not(None))
        .order_by(Prompt.id)
    ).all()
    texts = [ReadText(text=each.text, reading=each.reading or "", source="prompt") for each in prompts]
    return texts + _accepted_texts(session, project_id, {prompt.id: prompt for prompt in prompts})


def _accepted_texts(session: Session, project_id: str, prompts: dict[str, Prompt]) -> list[ReadText]:
    """Return accepted transcripts in the Hàn-jī of their prompt: its reading is theirs as well.

    Where a writer changed a character, nobody has said how the new text is read: it is left out.
    """
    written = released_texts(
        session,
        Task.project_id == project_id,
        OutcomeRow.line == "transcribe",
        OutcomeRow.state == "accepted",
    )
    texts = []
    for one in accepted_recordings(session, project_id):
        text, prompt = written.get(one.segment_id), prompts.get(one.prompt_id)
        if text is not None and prompt is not None and HAN.findall(text) == HAN.findall(prompt.text):
            texts.append(ReadText(text=text, reading=prompt.reading or "", source="accepted"))
    return texts
