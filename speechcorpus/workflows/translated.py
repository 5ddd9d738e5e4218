"""Texts of one claim that read, block by block, like translated Mandarin: heard again, never refused."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from speechcorpus.store.models import Claim, Segment, Take
from speechcorpus.transcribe.wording import BlockDecision, block_decisions
from speechcorpus.workflows.item_owner import owners_of
from speechcorpus.workflows.judging import newest_text, transcript_profile
from speechcorpus.workflows.readiness import counting_items
from speechcorpus.workflows.rule_tables import rule_tables
from speechcorpus.workflows.text_context import spoken_in

MINNAN = ("nan-TW", "nan-CN")
SENTENCE = re.compile(r"[^。？！]+[。？！]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The evidence of one block: what counts in it, and which of it stands in one item."""

    score: int
    sentences: int
    words: tuple[str, ...]
    here: tuple[str, ...]

    def to_document(self) -> dict[str, Any]:
        """Return it as it is kept with a review."""
        return {
            "score": self.score,
            "sentences": self.sentences,
            "words": list(self.words),
            "here": list(self.here),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Wording":
        """Return what `to_document` made."""
        return cls(
            score=int(document["score"]),
            sentences=int(document["sentences"]),
            words=tuple(str(word) for word in document["words"]),
            here=tuple(str(word) for word in document["here"]),
        )


def translated_texts(session: Session, claim: Claim) -> Mapping[str, Wording]:
    """Return the items of a claim whose block was decided to be translated, each with the evidence.

    Blocks are sentences of one person in the order of recording, whether their items are handed in already
    or not.
    """
    people: dict[str, list[Segment]] = {}
    items = _recorded(session, claim)
    owners = owners_of(session, [item.id for item in items])
    for item in items:
        people.setdefault(owners[item.id], []).append(item)
    return {key: wording for each in people.values() for key, wording in _translated(session, each).items()}


def _translated(session: Session, recorded: Sequence[Segment]) -> Mapping[str, Wording]:
    profile = transcript_profile(session, recorded[0]) if recorded else None
    if profile is None or profile.variety not in MINNAN:
        return {}
    said = [
        (segment, sentence)
        for segment in recorded
        if spoken_in(session, segment) is None  # what is spoken in another language does not count
        for sentence in _sentences(session, segment)
    ]
    found: dict[str, Wording] = {}
    for block in block_decisions([sentence for _, sentence in said], profile, rule_tables()):
        if block.translated:
            for segment, _ in said[block.start : block.end]:
                found.setdefault(segment.id, _wording(block, segment, said))
    return found


def _recorded(session: Session, claim: Claim) -> list[Segment]:
    items = [(session.get_one(Take, item.take_id), item) for item in counting_items(session, claim)]
    items.sort(key=lambda pair: (pair[0].created_at, pair[0].id, pair[1].start_sample))
    return [item for _, item in items]


def _sentences(session: Session, segment: Segment) -> list[str]:
    text = newest_text(session, segment.id)
    return [] if text is None else SENTENCE.findall(text.text)


def _wording(block: BlockDecision, segment: Segment, said: list[tuple[Segment, str]]) -> Wording:
    here = [word for number, words in block.evidence if said[number][0].id == segment.id for word in words]
    words = dict.fromkeys(word for _, found in block.evidence for word in found)
    return Wording(
        score=block.score,
        sentences=block.end - block.start,
        words=tuple(words),
        here=tuple(dict.fromkeys(here)),
    )
