"""Which clips may enter a release, and for what reason each other one may not."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from speechcorpus.corpus.columns import missing_columns
from speechcorpus.corpus.documents import Row
from speechcorpus.corpus.flac import NO_MD5, StreamInfo
from speechcorpus.corpus.identifiers import Speech
from speechcorpus.corpus.packed import Packed, Picked, Shared, quickly_packed
from speechcorpus.corpus.settings import ReleaseSettings
from speechcorpus.corpus.wording import text_fault
from speechcorpus.domain.errors import ReleaseError

PURPOSE = "release"


@quickly_packed
@dataclass(frozen=True, slots=True, kw_only=True)
class Consented:
    """One speaker's active consents: which purposes, to which text, since when."""

    consent_id: str  # the catalogue's id of the consent for `release`
    purposes: tuple[str, ...]
    text_version: str
    text_sha256: str
    given_on: str  # YYYY-MM-DD


@quickly_packed
@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One recorded item that asks to enter a release, as the catalogue knows it.

    `speakers` are all audible speakers with their consent, None where there is none; `facts` are the columns
    of section 5 that are known before names and splits are given; `blob_fault` says that the blob cannot be
    trusted; `info` is None when the blob is no FLAC; `private` says that some of it was marked as private.
    """

    segment_id: str
    speaker: str
    session: str
    speakers: Mapping[str, Consented | None]
    outcomes: tuple[str, ...]  # of its price lines
    withdrawn: bool
    marks: str
    blob_sha256: str
    blob_bytes: int
    blob_fault: str | None
    info: StreamInfo | None
    constant: bool
    vendor: str | None
    recorded_at: str  # ISO 8601, to order duplicates
    facts: Row
    private: bool = False

    @property
    def duration_s(self) -> float:
        """Length of the audio, 0 when unknown."""
        return self.info.frames / self.info.rate_hz if self.info else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why one clip stays out of a release."""

    segment_id: str
    code: str
    detail: str
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The clips that enter, what each needs names for, and one refusal for each that does not enter."""

    kept: Sequence[Candidate]
    spoken: Sequence[Speech]
    refused: tuple[Refusal, ...]

    def excluded(self) -> dict[str, dict[str, int | float]]:
        """Return clips and hours a code, as `release.json` states them."""
        clips = Counter(refusal.code for refusal in self.refused)
        seconds: dict[str, float] = defaultdict(float)
        for refusal in self.refused:
            seconds[refusal.code] += refusal.duration_s
        return {
            code: {"clips": clips[code], "hours": round(seconds[code] / 3600, 4)} for code in sorted(clips)
        }


def select(candidates: Iterable[Candidate], settings: ReleaseSettings) -> Selection:
    """Return which candidates enter a release; their order does not matter, and they are held packed.

    Raises
    ------
    ReleaseError : `release.fixity`, naming the clip, when a blob is not what it is called

    The codes are those of `release.md` section 2; the first that applies is given.
    """
    held = candidates if isinstance(candidates, Packed) else Packed(candidates)
    sieve = _Sieve(held, settings)
    for place, candidate in enumerate(held):
        sieve.look_at(place, candidate)
    return sieve.selection()


Order = tuple[str, str]
"""Of two equal recordings the one with the smaller value stays: when it was recorded, and its id."""


class _Sieve:
    """One pass over candidates, of which only places and refusals are remembered."""

    def __init__(self, held: Sequence[Candidate], settings: ReleaseSettings) -> None:
        self._held, self._settings = held, settings
        self._first: dict[bytes, int] = {}  # MD5 of the sound → place of the recording that stays
        self._doubles: dict[int, bytes] = {}
        self._unmeasured: dict[int, list[str]] = {}
        self._spoken: dict[int, Speech] = {}
        self._shared = Shared()  # many clips have speaker, sitting and consent in common
        self._refused: list[tuple[int, Order, Refusal]] = []
        self._broken: tuple[Order, ReleaseError] | None = None

    def look_at(self, place: int, candidate: Candidate) -> None:
        """Judge one candidate; of equal recordings the earliest known so far stays."""
        try:
            fault = _fault(candidate, self._settings)
        except ReleaseError as error:
            if self._broken is None or _order(candidate) < self._broken[0]:
                self._broken = _order(candidate), error
            return
        if fault is not None:
            self._refuse(0, candidate, *fault)
            return
        if missing := [name for name in missing_columns(candidate.facts) if name in candidate.facts]:
            self._unmeasured[place] = missing
        self._spoken[place] = _speech(candidate, self._shared)
        self._compare(place, candidate)

    def selection(self) -> Selection:
        """Return what is left.

        Raises
        ------
        ReleaseError : `release.fixity`
        """
        if self._broken is not None:
            raise self._broken[1]
        for place, sound in self._doubles.items():
            first = self._held[self._first[sound]].segment_id
            self._refuse(0, self._held[place], "release.duplicate-audio", f"same audio as {first}")
        for place in self._unmeasured.keys() - self._doubles.keys():
            missing = ", ".join(self._unmeasured[place])
            self._refuse(1, self._held[place], "release.measurement-missing", missing)
        kept = sorted(set(self._first.values()) - self._unmeasured.keys())
        ordered = sorted(self._refused, key=lambda each: each[:2])
        return Selection(
            kept=Picked(self._held, kept),
            spoken=[self._spoken[place] for place in kept],
            refused=tuple(refusal for _, _, refusal in ordered),
        )

    def _compare(self, place: int, candidate: Candidate) -> None:
        sound = bytes.fromhex(candidate.info.pcm_md5 if candidate.info else candidate.blob_sha256)
        known = self._first.setdefault(sound, place)
        if known == place:
            return
        if _order(candidate) < _order(self._held[known]):
            self._first[sound], place = place, known
        self._doubles[place] = sound

    def _refuse(self, step: int, candidate: Candidate, code: str, detail: str) -> None:
        refusal = Refusal(
            segment_id=candidate.segment_id, code=code, detail=detail, duration_s=candidate.duration_s
        )
        self._refused.append((step, _order(candidate), refusal))


def _speech(candidate: Candidate, shared: Shared) -> Speech:
    consented = candidate.speakers[candidate.speaker]
    return Speech(
        utterance=candidate.segment_id,
        session=shared(candidate.session),
        speaker=shared(candidate.speaker),
        consent=shared(consented.consent_id if consented else ""),
    )


def _order(candidate: Candidate) -> Order:
    return candidate.recorded_at, candidate.segment_id


def check_speaker_groups(groups: int) -> None:
    """Raise `release.too-few-speakers` below three: train, dev and test could not be disjoint."""
    if groups < 3:
        raise ReleaseError(
            "release.too-few-speakers",
            f"train, dev and test need 3 independent speaker groups, here are {groups}",
            groups=groups,
        )


def _fault(candidate: Candidate, settings: ReleaseSettings) -> tuple[str, str] | None:
    checks: Sequence[tuple[str, str | None]] = (
        ("release.not-accepted", _outcome_fault(candidate)),
        ("release.consent-missing", _consent_fault(candidate)),
        ("release.withdrawn", "withdrawn" if candidate.withdrawn else None),
        ("release.private-span", "some of it is marked as private" if candidate.private else None),
        ("release.synthetic", _synthetic_fault(candidate, settings)),
    )
    for code, detail in checks:
        if detail is not None:
            return code, detail
    if candidate.blob_fault is not None:
        raise ReleaseError(
            "release.fixity",
            f"clip {candidate.segment_id}: {candidate.blob_fault}",
            clip=candidate.segment_id,
        )
    return _content_fault(candidate, settings)


def _content_fault(candidate: Candidate, settings: ReleaseSettings) -> tuple[str, str] | None:
    checks: Sequence[tuple[str, str | None]] = (
        ("release.text-violation", text_fault(str(candidate.facts["text"] or ""), candidate.marks)),
        ("release.audio-form", _form_fault(candidate, settings)),
        ("release.duration", _duration_fault(candidate, settings)),
    )
    return next(((code, detail) for code, detail in checks if detail is not None), None)


def _outcome_fault(candidate: Candidate) -> str | None:
    if candidate.outcomes and all(state == "accepted" for state in candidate.outcomes):
        return None
    return f"outcomes {', '.join(candidate.outcomes) or 'none'}"


def _consent_fault(candidate: Candidate) -> str | None:
    for consented in candidate.speakers.values():
        if consented is None or PURPOSE not in consented.purposes:
            return "an audible speaker has no active consent to release"
    return None if candidate.speakers else "no speaker is known"


def _synthetic_fault(candidate: Candidate, settings: ReleaseSettings) -> str | None:
    synthetic = candidate.facts["source_kind"] == "synthetic"
    return "a synthetic voice" if synthetic and not settings.include_synthetic else None


def _form_fault(candidate: Candidate, settings: ReleaseSettings) -> str | None:
    info = candidate.info
    if info is None:
        return "not FLAC"
    if info.channels != 1:
        return f"{info.channels} channels"
    if info.rate_hz != settings.rate_hz:
        return f"{info.rate_hz} Hz, not {settings.rate_hz}"
    if info.frames == 0 or candidate.constant:
        return "no sound in it"
    return "STREAMINFO holds no MD5" if info.pcm_md5 == NO_MD5 else None


def _duration_fault(candidate: Candidate, settings: ReleaseSettings) -> str | None:
    if settings.min_duration_s <= candidate.duration_s <= settings.max_duration_s:
        return None
    return (
        f"{candidate.duration_s:.3f} s is outside {settings.min_duration_s:g}–{settings.max_duration_s:g} s"
    )
