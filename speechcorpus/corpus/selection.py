"""Which clips may enter a release, and for what reason each other one may not."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from speechcorpus.corpus.documents import Row
from speechcorpus.corpus.flac import NO_MD5, StreamInfo
from speechcorpus.corpus.settings import ReleaseSettings
from speechcorpus.corpus.wording import text_fault
from speechcorpus.domain.errors import ReleaseError

PURPOSE = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consented:
    """One speaker's active consents: which purposes, to which text, since when."""

    consent_id: str  # the catalogue's id of the consent for `release`
    purposes: tuple[str, ...]
    text_version: str
    text_sha256: str
    given_on: str  # YYYY-MM-DD


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
    """The clips that enter, and one refusal for each that does not."""

    kept: tuple[Candidate, ...]
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
    """Return which candidates enter a release; their order does not matter.

    Raises
    ------
    ReleaseError : `release.fixity`, naming the clip, when a blob is not what it is called

    The codes are those of `release.md` section 2; the first that applies is given.
    """
    ordered = sorted(candidates, key=lambda candidate: (candidate.recorded_at, candidate.segment_id))
    kept: list[Candidate] = []
    refused: list[Refusal] = []
    heard: dict[str, str] = {}
    for candidate in ordered:
        fault = _fault(candidate, settings) or _heard_before(candidate, heard)
        if fault is None:
            kept.append(candidate)
        else:
            refused.append(_refusal(candidate, *fault))
    return Selection(kept=tuple(kept), refused=tuple(refused))


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


def _heard_before(candidate: Candidate, heard: dict[str, str]) -> tuple[str, str] | None:
    md5 = candidate.info.pcm_md5 if candidate.info else candidate.blob_sha256
    first = heard.setdefault(md5, candidate.segment_id)
    return None if first == candidate.segment_id else ("release.duplicate-audio", f"same audio as {first}")


def _refusal(candidate: Candidate, code: str, detail: str) -> Refusal:
    return Refusal(segment_id=candidate.segment_id, code=code, detail=detail, duration_s=candidate.duration_s)
