"""What a plan is made from: the request, the release before, candidates under their names."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from speechcorpus.corpus.documents import ABSENT, Row
from speechcorpus.corpus.identifiers import Names, Speech
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
    clips: Iterable[Row]  # clips.jsonl; read more than once, best row by row from where it lies
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


class NamedClips:
    """The clips that enter a release, by their names in it; each is made when it is asked for.

    Parameters
    ----------
    kept : the clips
    spoken : of each, in the same order, what it needs names for
    names : all names, new ones too
    """

    def __init__(self, kept: Sequence[Candidate], spoken: Sequence[Speech], names: Names) -> None:
        self._kept, self._spoken, self._names = kept, spoken, names
        self._at = sorted(range(len(spoken)), key=lambda at: names["utterance", spoken[at].utterance])

    def __len__(self) -> int:
        return len(self._at)

    def __iter__(self) -> Iterator[Named]:
        """Yield every clip, by utt_id."""
        return map(self._named, self._at)

    def __getitem__(self, utt_id: str) -> Named:
        """Return the clip of this name, which must be one of them."""
        return self._named(self._at[bisect_left(self._at, utt_id, key=self.name_of)])

    def segments(self) -> Iterator[tuple[str, str]]:
        """Yield the name of every clip with the id of its segment, by utt_id."""
        return ((self.name_of(at), self._spoken[at].utterance) for at in self._at)

    def name_of(self, at: int) -> str:
        """Return the utt_id of a clip by its place among those that entered."""
        return self._names["utterance", self._spoken[at].utterance]

    def _named(self, at: int) -> Named:
        speech = self._spoken[at]
        return Named(
            candidate=self._kept[at],
            utt_id=self.name_of(at),
            speaker_id=self._names["speaker", speech.speaker],
            session_id=self._names["session", speech.session],
            consent_id=self._names["consent", speech.consent],
        )
