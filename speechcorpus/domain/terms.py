"""What was promised for a project's tasks: bands, limits, price, clocks, consent; frozen when claimed.

`Terms` is read from TOML by `work/terms_file.py`, kept as canonical JSON and named by its SHA-256. Numbers
are `Decimal` or integers of the minor unit, never floats.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

from speechcorpus.domain.canonical import canonical_json, parse_json, sha256_of
from speechcorpus.domain.errors import TermsError
from speechcorpus.domain.finding_codes import CODES, Severity
from speechcorpus.domain.plain import LATER, PlainFault, from_plain, to_plain
from speechcorpus.domain.transcript import (
    ClipKind,
    LatinWords,
    Orthography,
    ReadingTier,
    Script,
    TranscriptProfile,
    Variety,
)

SCHEMA: Final = "speechcorpus-terms/1"

Style = Literal["read", "monologue", "dialogue"]
BandName = Literal["low", "medium", "high"]
Purpose = Literal["record", "human_review", "release", "voice_synthesis", "contact"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectTerms:
    """Which project, which version; a claim keeps the version it was made under."""

    id: str
    version: str
    variety: Variety
    licence: str
    codes: int  # list_version of the finding codes
    min_age: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureTerms:
    """How sound must be captured."""

    rate_hz: int
    calibration: Literal["required", "preferred"]  # preferred: noise.uncalibrated only flags
    path: Literal["any", "mstp"]
    vad: Literal["webrtc", "silero-second"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptTerms:
    """What a transcript is written in; the profile of the linter without variety and kind."""

    script: Script
    orthography: Orthography
    marks: str
    reading_tier: ReadingTier
    latin: LatinWords
    unclear_max_syllables: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTerms:
    """What a task asks."""

    styles: tuple[Style, ...]
    code_switch_s: Decimal
    capture: CaptureTerms
    chained: bool
    transcript: TranscriptTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class BandTerms:
    """One band of background level, LAeq of non-speech in dB(A), [low, high); None is open."""

    name: BandName
    low: Decimal | None
    high: Decimal | None
    min_snr_db: Decimal
    severity: Mapping[str, Severity]  # lowered in this band only


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLine:
    """What one accepted item (or minute of it) is paid, in minor units."""

    unit: Literal["item", "minute"]
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditionPrice:
    """The flat fee of an audition, whatever its result."""

    minor: int
    max_min: int
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPrice:
    """What staff are paid for a decision, the same for accept and reject; auditions are longer."""

    minor: int  # of an item, and of an appeal
    audition_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTerms:
    """All money of the project, in integers of the ISO 4217 minor unit."""

    currency: str
    exponent: int
    record: PriceLine
    transcribe: PriceLine
    audition: AuditionPrice
    floor_hourly_minor: int
    estimate_min_per_item: Decimal
    budget_minor: int
    pay_within_d: int
    review: ReviewPrice | None = field(default=None, metadata=LATER)  # None: staff are not paid by decision


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimTerms:
    """What one claim holds and how long."""

    items: int
    start_h: int
    work_h: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawTerms:
    """How tasks are drawn, and how much one person may hold."""

    announce_h: int
    window_min: int
    accept_h: int
    max_active: int
    max_share_pct: Decimal
    claim: ClaimTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleTerms:
    """Which share of items a second listener hears."""

    unflagged_pct: Decimal
    first_two_claims_pct: Decimal
    double_pct: Decimal
    gold_pct: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealTerms:
    """How long a refusal can be appealed, and how long an answer may take."""

    window_d: int
    answer_h: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewTerms:
    """The promises about review: no answer in `answer_h` is acceptance."""

    answer_h: int
    sample: SampleTerms
    refuse_needs: int
    appeal: AppealTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentTerms:
    """Which consent text, by hash over its languages (`consent_sha256`); which purposes work needs."""

    text: str  # path stem: one file a language, `<stem>_<locale>.md`
    sha256: str
    purposes: tuple[Purpose, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Everything promised to whoever claims a task of this project.

    Examples
    --------
    `Terms.from_document(terms.to_document()) == terms`, and `terms.sha256` is the hash of that document.
    """

    project: ProjectTerms
    task: TaskTerms
    bands: tuple[BandTerms, ...]
    limits: Mapping[str, Decimal]
    price: PriceTerms
    draw: DrawTerms
    review: ReviewTerms
    consent: ConsentTerms
    clauses: Mapping[str, Mapping[str, str]]
    schema: Literal["speechcorpus-terms/1"] = SCHEMA

    @property
    def sha256(self) -> str:
        """The name of these terms: SHA-256 of their canonical JSON, 64 hex digits."""
        return sha256_of(to_plain(self))

    def band(self, name: str) -> BandTerms:
        """Return the band of this name, or raise TermsError `terms.no-band`."""
        for band in self.bands:
            if band.name == name:
                return band
        raise TermsError("terms.no-band", f"these terms have no band {name!r}", band=name)

    def limit(self, code: str, default: Decimal) -> Decimal:
        """Return the limit of a code: the looser one of the terms' own, if any, and the default."""
        own = self.limits.get(code)
        return default if own is None else CODES[code].looser(own, default)

    def profile(self, style: str) -> TranscriptProfile:
        """Return what the linter checks a transcript of this style against (read, else spontaneous)."""
        kind: ClipKind = "read" if style == "read" else "spontaneous"
        asked = self.task.transcript
        return TranscriptProfile(
            variety=self.project.variety,
            script=asked.script,
            orthography=asked.orthography,
            marks=asked.marks,
            kind=kind,
            reading_tier=asked.reading_tier,
            latin=asked.latin,
            unclear_max_syllables=asked.unclear_max_syllables,
        )

    def to_document(self) -> str:
        """Return the canonical JSON; every number that may have a fraction is a decimal string."""
        return canonical_json(to_plain(self)).decode()

    @classmethod
    def from_document(cls, document: str) -> "Terms":
        """Return the terms of a document made by `to_document`.

        Raises
        ------
        TermsError : `terms.document`, if it is no such document
        """
        try:
            return from_plain(cls, parse_json(document))
        except PlainFault as fault:
            raise TermsError("terms.document", f"this is no terms document: {fault}") from fault


def consent_sha256(texts: Mapping[str, str]) -> str:
    """Return the hash of a consent text in all its languages: SHA-256 of the canonical JSON {locale: text}.

    Examples
    --------
    >>> consent_sha256({"en": "We record you."})[:8]
    '59e37f20'
    """
    return sha256_of(dict(texts))
