"""All that counts for a verdict beside the audio, the transcript and the terms; downloaded with the clip."""

from dataclasses import dataclass
from typing import Literal

from speechcorpus.domain.canonical import canonical_json, parse_json
from speechcorpus.domain.errors import SignalError
from speechcorpus.domain.measurement import Measurement
from speechcorpus.domain.plain import PlainFault, from_plain, to_plain
from speechcorpus.domain.terms import BandName, Style
from speechcorpus.domain.transcript import EXCLAMATION_MARK, FULL_STOP, QUESTION_MARK, CheckContext, ClipKind
from speechcorpus.noise.calibration import Calibration

JudgedAt = Literal["P", "S"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptFacts:
    """What was to be said."""

    id: str
    text: str
    reading: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The task's conditions and what the recorder logged; None where nothing was logged.

    `stage` is P for a sound check before work begins, S for an item: what is fixed for a sitting may hold
    back at P only.

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
    stage: JudgedAt = "S"
    schema: Literal["speechcorpus-facts/1"] = "speechcorpus-facts/1"

    @property
    def kind(self) -> ClipKind:
        """What the linter calls this style."""
        return "read" if self.style == "read" else "spontaneous"

    def check_context(self, row: Measurement | None) -> CheckContext:
        """What the linter may know beside the text, from these facts and what was measured of the item."""
        return check_context(None if self.prompt is None else self.prompt.text, row)

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
    """Give a room tone of before rows carried their seconds what `Measurement.from_row` gives it."""
    if not isinstance(document, dict) or not isinstance(document.get("room_tone"), dict):
        return document
    tone = {"gap_se_db": None, "noise_seconds_dbfs": [], **document["room_tone"]}
    return {**document, "room_tone": tone}


def check_context(prompt_text: str | None, row: Measurement | None = None) -> CheckContext:
    """Return what a prompt and a measured item tell the linter; the same wherever a text is checked.

    Examples
    --------
    >>> check_context("食飽未？").sentence_prompt, check_context("頭前").sentence_prompt
    (True, False)
    """
    ends = (FULL_STOP, QUESTION_MARK, EXCLAMATION_MARK)
    return CheckContext(
        sentence_prompt=prompt_text is not None and prompt_text.endswith(ends),
        prompt_text=prompt_text,
        duration_s=None if row is None else row.duration_s,
        voiced_s=None if row is None else row.speech_s,
    )
