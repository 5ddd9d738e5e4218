"""What a plan is made from: the request, the release before, candidates under their names."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from speechcorpus.corpus.documents import ABSENT, Row
from speechcorpus.corpus.leakage import STRATUM
from speechcorpus.corpus.selection import Candidate
from speechcorpus.corpus.settings import ReleaseSettings
from speechcorpus.corpus.splits import SplitClip, deciseconds
from speechcorpus.corpus.wording import normal_form


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous:
    """The release before: its documents and its corpus id."""

    corpus_id: str
    release: Mapping[str, object]  # release.json
    clips: Sequence[Row]  # clips.jsonl
    withdrawals: Sequence[Row]  # withdrawals.jsonl without its head
    changelog: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be built, and what the catalogue knows that is no candidate."""

    corpus: str
    version: str
    released_on: str  # YYYY-MM-DD, an argument, never the clock
    settings: ReleaseSettings
    licence: str
    terms: Mapping[str, object]  # terms version → document
    collection: Mapping[str, object]  # counts of accepted and refused items, price range
    tools: Mapping[str, str]  # speechcorpus, pyarrow, zlib
    names: Mapping[tuple[str, str], str]  # names given by earlier releases
    previous: Previous | None = None
    withdrawals: Sequence[Row] = ()  # the cumulative feed of the corpus; none: as in the version before
    key_fingerprint: str | None = None  # of the key that will sign; None: nobody knows yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A candidate under the names it carries in the corpus."""

    candidate: Candidate
    utt_id: str
    speaker_id: str
    session_id: str
    consent_id: str

    def split_clip(self) -> SplitClip:
        """Return what the splitter needs of it."""
        facts, info = self.candidate.facts, self.candidate.info
        sentence = normal_form(str(facts["text"])) or self.utt_id
        hashed = "t:" + hashlib.sha256(sentence.encode()).hexdigest()[:16]
        bound = facts["style"] == "read" and facts["prompt_id"] != ABSENT
        return SplitClip(
            utt_id=self.utt_id,
            speaker_id=self.speaker_id,
            dialogue_id=None if facts["dialogue_id"] == ABSENT else str(facts["dialogue_id"]),
            sentences=(f"p:{facts['prompt_id']}", hashed) if bound else (hashed,),
            deciseconds=deciseconds(info.frames, info.rate_hz) if info else 0,
            stratum=tuple(str(facts[name]) for name in STRATUM),
        )
