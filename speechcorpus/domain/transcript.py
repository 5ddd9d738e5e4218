"""What a project asks of a transcript, and what was found wrong with one."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal, get_args

from speechcorpus.domain.errors import TranscriptError

Variety = Literal["nan-TW", "nan-CN", "cmn-TW"]
Script = Literal["Hant", "Hans"]
Orthography = Literal["hanji", "tailo", "poj", "hanlo"]
ClipKind = Literal["read", "spontaneous"]
ReadingTier = Literal["none", "optional", "required"]
LatinWords = Literal["allow", "forbid"]
Severity = Literal["error", "warning"]
FixClass = Literal["safe", "ask", "none"]

COMMA, FULL_STOP, QUESTION_MARK, EXCLAMATION_MARK = "，", "。", "？", "！"
USUAL_MARKS = "，。？！"
OPTIONAL_MARKS = "、；："

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "variety": get_args(Variety),
    "script": get_args(Script),
    "orthography": get_args(Orthography),
    "kind": get_args(ClipKind),
    "reading_tier": get_args(ReadingTier),
    "latin": get_args(LatinWords),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptProfile:
    """What a project asks of its transcripts; never silently a default for a value it does not know.

    Raises
    ------
    TranscriptError : `transcript.profile`, for an unknown value, an orthography the variety is not written
        in, marks without the usual four or beyond `、；：`, or a limit below 0

    Examples
    --------
    >>> TranscriptProfile(variety="nan-TW").marks
    '，。？！'
    >>> TranscriptProfile(variety="cmn-TW", orthography="poj")
    Traceback (most recent call last):
    speechcorpus.domain.errors.TranscriptError: orthography of cmn-TW can only be hanji, not 'poj'
    """

    variety: Variety
    script: Script = "Hant"
    orthography: Orthography = "hanji"
    marks: str = USUAL_MARKS
    kind: ClipKind = "read"  # given for each clip
    reading_tier: ReadingTier = "none"
    latin: LatinWords = "allow"
    unclear_max_syllables: int = 3

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise _bad_profile(name, getattr(self, name), f"must be one of {', '.join(allowed)}")
        if self.variety == "cmn-TW" and self.orthography != "hanji":
            raise _bad_profile("orthography", self.orthography, "of cmn-TW can only be hanji")
        self._check_marks()
        if type(self.unclear_max_syllables) is not int or self.unclear_max_syllables < 0:
            raise _bad_profile("unclear_max_syllables", self.unclear_max_syllables, "must be 0 or more")

    def _check_marks(self) -> None:
        marks = self.marks
        if not isinstance(marks, str) or len(set(marks)) != len(marks) or not set(USUAL_MARKS) <= set(marks):
            raise _bad_profile("marks", marks, f"must hold each of {USUAL_MARKS} once")
        if not set(marks) <= set(USUAL_MARKS + OPTIONAL_MARKS):
            raise _bad_profile("marks", marks, f"may add only {OPTIONAL_MARKS}")

    @property
    def has_han(self) -> bool:
        """Whether its text is written with Han characters at all."""
        return self.orthography in ("hanji", "hanlo")

    def to_json(self) -> dict[str, str | int]:
        """Every field, ready for canonical JSON: what the profile's hash is made of."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def _bad_profile(field: str, value: object, why: str) -> TranscriptError:
    return TranscriptError(
        "transcript.profile", f"{field} {why}, not {value!r}", field=field, value=str(value)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerRate:
    """How fast a speaker's accepted clips of one kind are, in syllables per voiced second."""

    median: float
    mad: float  # median absolute deviation
    clips: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingEdits:
    """How far the texts of one sitting are from their prompts."""

    clips: int
    edits: int  # texts that are not their prompt to the letter
    retakes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSwitch:
    """A stretch of the text, in code points, that is marked as another language."""

    start: int
    end: int
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """What a check may know beside the text; None where nobody knows it, and then no rule speaks of it."""

    sentence_prompt: bool = False  # the prompt that was read is a whole sentence
    prompt_text: str | None = None
    reading: str | None = None  # the second tier of the transcript, in Tâi-lô
    duration_s: float | None = None  # of the segment
    voiced_s: float | None = None  # of which somebody speaks
    speaker_rate: SpeakerRate | None = None
    sitting: SittingEdits | None = None
    other_texts: Mapping[str, str] | None = None  # prompts and texts of other clips, by their id
    code_switches: tuple[CodeSwitch, ...] = ()
    unclear_syllables: int | None = None  # guessed within events `unintelligible`


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One departure of a text from one rule, with its place, reason and way out."""

    rule: str  # "PUN-HALF"
    severity: Severity
    start: int  # code points, half open, in the text as given
    end: int
    start_utf16: int  # the same span for a browser, where 𪜶 is 2 units
    end_utf16: int
    found: str
    codepoints: tuple[str, ...]  # ("U+002C",)
    reason: str  # one plain English sentence from the rule book
    fix: FixClass
    replacement: str | None  # what safe writes; for ask the first candidate; "" deletes
    candidates: tuple[str, ...]
    facts: Mapping[str, str]  # values a translated sentence is built from

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end or len(self.found) != self.end - self.start:
            raise TranscriptError("transcript.violation", f"{self.rule}: span and found text disagree")
        if self.replacement != (self.candidates[0] if self.candidates else None):
            raise TranscriptError(
                "transcript.violation", f"{self.rule}: replacement is not the first candidate"
            )
        if self.fix == "safe" and len(self.candidates) != 1:
            raise TranscriptError("transcript.violation", f"{self.rule}: a safe fix has one candidate")

    @property
    def code(self) -> str:
        """The finding's code: `transcript.pun-half` for PUN-HALF."""
        return f"transcript.{self.rule.lower()}"

    def to_json(self) -> dict[str, object]:
        """The record of the command line and the editor, keys in the order of the specification."""
        return {
            "rule": self.rule,
            "severity": self.severity,
            "start": self.start,
            "end": self.end,
            "start_utf16": self.start_utf16,
            "end_utf16": self.end_utf16,
            "found": self.found,
            "codepoints": list(self.codepoints),
            "reason": self.reason,
            "fix": self.fix,
            "replacement": self.replacement,
            "candidates": list(self.candidates),
            "facts": dict(self.facts),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One safe fix that was made: `found` at `start` became `replacement`.

    The span lies in the text as the edits before it left it, so that replaying all edits in order leads
    from the text given to the text fixed.
    """

    rule: str
    start: int
    end: int
    found: str
    replacement: str

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end or len(self.found) != self.end - self.start:
            raise TranscriptError("transcript.edit", f"{self.rule}: span and found text disagree")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A text after all its safe fixes, and the edits that led there."""

    text: str
    edits: tuple[Edit, ...]
