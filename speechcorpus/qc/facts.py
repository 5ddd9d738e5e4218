"""All that counts for a verdict beside the audio, the transcript and the terms; downloaded with the clip."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from speechcorpus.domain.canonical import canonical_json, parse_json
from speechcorpus.domain.errors import SignalError
from speechcorpus.domain.measurement import Measurement
from speechcorpus.domain.plain import PlainFault, from_plain, to_plain
from speechcorpus.domain.terms import BandName, Style
from speechcorpus.domain.transcript import (
    EXCLAMATION_MARK,
    FULL_STOP,
    QUESTION_MARK,
    CheckContext,
    ClipKind,
    CodeSwitch,
    SpeakerRate,
)
from speechcorpus.noise.calibration import Calibration
from speechcorpus.transcribe.check import LONGEST_TEXT

JudgedAt = Literal["P", "S"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptFacts:
    """What was to be said."""

    id: str
    text: str
    reading: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedText:
    """The prompt or other clip that most of a text is a run of."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SameSound:
    """The earlier item that this one is the same recording as, and how far: 0 to 1.

    `exact` when all samples are equal, which no microphone brings about; else a copy found by likeness.
    `own` when the same person recorded both, and may hear both.
    """

    id: str
    score: float
    exact: bool
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerFigures:
    """What both tracks of a dialogue on two devices tell, seen from this item's: `qc.dialogue`.

    `share_pct` is one's own share of all speech, `bleed_db` the other one's voice in this track re the voice
    of its own speaker, `sync_offset_ms` what the alignment of the two leaves.
    """

    overlap_pct: float | None
    share_pct: float | None
    turn_s: float | None
    bleed_db: float | None
    sync_offset_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A time in which people could not reach us, and which touched an item."""

    began_at: str  # UTC, seconds, `Z`
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The task's conditions, what was logged, what is known beside the text; None where nobody knows.

    `stage` is P for a sound check before work begins, S for an item: what is fixed for a sitting may hold
    back at P only. `speaker_rate` is of the day the item was judged first; `spoken_in`,
    `unclear_syllables` and `copied` belong to the text that was judged.

    Examples
    --------
    >>> facts = Facts(style="read", band="low", lost_frames=0)
    >>> Facts.from_document(facts.to_document()) == facts
    True
    """

    style: Style
    band: BandName
    prompt: PromptFacts | None = None
    calibration: Calibration | None = None
    room_tone: Measurement | None = None
    lost_frames: int | None = None
    processing_on_n: int | None = None
    capture_path: str | None = None
    ended_by: str | None = None
    speaker_rate: SpeakerRate | None = None
    spoken_in: str | None = None  # another language, where the whole item is marked as it
    unclear_syllables: int | None = None
    copied: CopiedText | None = None
    same_sound: SameSound | None = None
    partner: PartnerFigures | None = None
    outages: tuple[Outage, ...] | None = None
    stage: JudgedAt = "S"
    schema: Literal["speechcorpus-facts/1"] = "speechcorpus-facts/1"

    @property
    def outage_s(self) -> int | None:
        """For how many seconds outages touched the item."""
        return None if self.outages is None else sum(each.seconds for each in self.outages)

    @property
    def kind(self) -> ClipKind:
        """What the linter calls this style."""
        return "read" if self.style == "read" else "spontaneous"

    def check_context(self, row: Measurement | None) -> CheckContext:
        """What the linter may know beside the text, from these facts and what was measured of the item."""
        return check_context(
            None if self.prompt is None else self.prompt.text,
            duration_s=None if row is None else row.duration_s,
            voiced_s=None if row is None else row.speech_s,
            speaker_rate=self.speaker_rate,
            spoken_in=self.spoken_in,
            unclear_syllables=self.unclear_syllables,
            other_texts=None if self.copied is None else {self.copied.id: self.copied.text},
        )

    def to_document(self) -> str:
        """Return the canonical JSON, measured values as decimal strings."""
        return canonical_json(to_plain(self)).decode()

    @classmethod
    def from_document(cls, document: str) -> "Facts":
        """Return the facts of a document made by `to_document`.

        Raises
        ------
        SignalError : `facts.document`, if it is no such document
        """
        try:
            return from_plain(cls, _complete(parse_json(document)))
        except PlainFault as fault:
            raise SignalError("facts.document", f"this is no facts document: {fault}") from fault


def _complete(document: object) -> object:
    """Give a document of before these keys were kept what it would say: that nobody knew."""
    if not isinstance(document, dict):
        return document
    known = {**dict.fromkeys(_LATER_KEYS), **document}
    if isinstance(known.get("room_tone"), dict):
        known["room_tone"] = {"gap_se_db": None, "noise_seconds_dbfs": [], **known["room_tone"]}
    return known


_LATER_KEYS = ("speaker_rate", "spoken_in", "unclear_syllables", "copied", "same_sound", "partner", "outages")


def check_context(
    prompt_text: str | None,
    *,
    duration_s: float | None = None,
    voiced_s: float | None = None,
    speaker_rate: SpeakerRate | None = None,
    spoken_in: str | None = None,
    unclear_syllables: int | None = None,
    other_texts: Mapping[str, str] | None = None,
) -> CheckContext:
    """Return what is known beside a text as the linter takes it; the same wherever a text is checked.

    Parameters
    ----------
    spoken_in : the language that the whole item is marked as: where in a text a shorter stretch of time
        stands, nobody knows

    Examples
    --------
    >>> check_context("食飽未？").sentence_prompt, check_context("頭前").sentence_prompt
    (True, False)
    """
    ends = (FULL_STOP, QUESTION_MARK, EXCLAMATION_MARK)
    whole = None if spoken_in is None else CodeSwitch(start=0, end=LONGEST_TEXT, language=spoken_in)
    return CheckContext(
        sentence_prompt=prompt_text is not None and prompt_text.endswith(ends),
        prompt_text=prompt_text,
        duration_s=duration_s,
        voiced_s=voiced_s,
        speaker_rate=speaker_rate,
        other_texts=other_texts,
        code_switches=() if whole is None else (whole,),
        unclear_syllables=unclear_syllables,
    )
