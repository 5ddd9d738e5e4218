"""What happens in a take beside its words: time-stamped metadata, never text."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

from speechcorpus.domain.errors import TranscriptError

EventKind = Literal[
    "laugh",
    "breath",
    "cough",
    "lip",
    "noise",
    "music",
    "overlap",
    "unintelligible",
    "code-switch",
    "private",  # text and sound of this span are nobody's business: it enters no release
]
EVENT_KINDS: tuple[EventKind, ...] = get_args(EventKind)

NOTE_CHARS = 500
SPEAKER = re.compile(r"[A-Za-z0-9._-]{1,40}")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-[A-Z]{2})?")  # BCP 47: language, script, region
BARE_NAN = "nan"  # in a table it is read back as "not a number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event: its kind and its samples [start, end) of the take, at the take's rate.

    `speaker` is the lane it belongs to, None for the take as a whole; `language` names what a code-switch is
    spoken in.

    Raises
    ------
    TranscriptError : `event.kind`, `event.span`, `event.language`, `event.speaker`, `event.note`

    Examples
    --------
    >>> Event(kind="laugh", start_sample=16_000, end_sample=24_000).length
    8000
    >>> Event(kind="code-switch", start_sample=0, end_sample=1)
    Traceback (most recent call last):
    speechcorpus.domain.errors.TranscriptError: a code-switch names its language, as a tag like cmn-TW
    """

    kind: EventKind
    start_sample: int
    end_sample: int
    speaker: str | None = None
    language: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in EVENT_KINDS:
            raise TranscriptError(
                "event.kind", f"{self.kind!r} is no kind of event", kind=str(self.kind)[:40]
            )
        if not 0 <= self.start_sample < self.end_sample:
            raise TranscriptError(
                "event.span",
                f"an event lasts at least one sample, not {self.start_sample} to {self.end_sample}",
                start_sample=self.start_sample,
                end_sample=self.end_sample,
            )
        if self.speaker is not None and not SPEAKER.fullmatch(self.speaker):
            raise TranscriptError("event.speaker", "a speaker's name has up to 40 letters, digits, . _ -")
        if self.note is not None and not 0 < len(self.note) <= NOTE_CHARS:
            raise TranscriptError("event.note", f"a note has 1 to {NOTE_CHARS} characters")
        _check_language(self.kind, self.language)

    @property
    def length(self) -> int:
        """How many samples it lasts."""
        return self.end_sample - self.start_sample

    def overlaps(self, start_sample: int, end_sample: int) -> bool:
        """Say whether it shares a sample with [start, end).

        Examples
        --------
        >>> private = Event(kind="private", start_sample=10, end_sample=20)
        >>> private.overlaps(0, 10), private.overlaps(19, 30)
        (False, True)
        """
        return self.start_sample < end_sample and start_sample < self.end_sample


def _check_language(kind: EventKind, language: str | None) -> None:
    if kind != "code-switch":
        if language is not None:
            raise TranscriptError("event.language", f"only a code-switch has a language, not {kind}")
    elif language is None or language == BARE_NAN or not LANGUAGE.fullmatch(language):
        raise TranscriptError("event.language", "a code-switch names its language, as a tag like cmn-TW")
