"""Evidence that a transcript is what was said, without a recogniser: RATE-LO, RATE-HI, VRB-CLEAN, VRB-PROMPT.

All of it sends a clip to a listener; none of it proves anything alone. Limits of characters per second that
are made for alphabets say nothing about Han characters.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import regex

from speechcorpus.domain.transcript import CheckContext, Severity, SittingEdits, SpeakerRate
from speechcorpus.transcribe.common_run import SuffixAutomaton
from speechcorpus.transcribe.page import Hit, Page

SHORTEST_VOICED_S = 1.0
FEWEST_SYLLABLES = 5
USUAL_RATES = (2.5, 8.0)  # no rate of Taigi is published: wide limits to start with
POSSIBLE_RATES = (1.0, 11.0)
UNKNOWN_RATE = 4.5  # of a speaker nobody knows: the geometric mean of the usual limits
FEWEST_CLIPS = 30
MADS = 4 * 1.4826  # 1.4826·MAD estimates a standard deviation
LEAST_MAD = 0.25

FREE_SPEECH_S = 60.0
LONGEST_COPY = 15
COPIED_SHARE = 0.6
ANCHOR = 8
PROMPT = "prompt"
PERFECT_CLIPS = 200

_HAN = regex.compile(r"\p{Han}")
_NOT_HAN = regex.compile(r"\P{Han}++")
_WORD = regex.compile(r"[\p{Latin}\p{M}\d]+(?:-+[\p{Latin}\p{M}\d]+)*")
_VOWELS = regex.compile(r"[aeiouy]+")
# A syllable in Tâi-lô or POJ shows it by a tone mark on a letter or a tone digit behind it.
_TONED = regex.compile(r"\p{L}[\u0300-\u030d\u0358]|\p{Latin}[1-9]$")
_REPEATED = regex.compile(r"(\p{Han}{1,4})[，。？！]?\1")


def syllables(text: str) -> int:
    """Return how many syllables a text takes to say.

    A Han character is one. So is each part of a romanised word; an initialism has one a letter, any other
    word one a group of vowels.

    Examples
    --------
    >>> [syllables(text) for text in ("𪜶轉去。", "tâi-uân--ê", "ATM", "Facebook")]
    [3, 3, 3, 3]
    """
    return len(_HAN.findall(text)) + sum(_in_word(word) for word in _WORD.findall(text))


def is_too_perfect(sitting: SittingEdits) -> bool:
    """Say whether so many read texts without a single edit or retake deserve a second listening."""
    return sitting.clips >= PERFECT_CLIPS and sitting.edits == 0 and sitting.retakes == 0


def usual_rates(known: SpeakerRate | None) -> tuple[float, float]:
    """Return the syllables a second that raise no question: the speaker's own once 30 clips are accepted.

    Examples
    --------
    >>> usual_rates(SpeakerRate(median=4.0, mad=0.1, clips=30))
    (2.5174, 5.4826)
    """
    if known is None or known.clips < FEWEST_CLIPS:
        return USUAL_RATES
    reach = MADS * max(known.mad, LEAST_MAD)
    return round(known.median - reach, 6), round(known.median + reach, 6)


def rate_of(clips: Sequence[tuple[str, float | None]]) -> SpeakerRate | None:
    """Return how fast a speaker is by the text and voiced seconds of clips, None below 30 of them.

    Only clips count that RATE-LO and RATE-HI would speak of.

    Examples
    --------
    >>> rate_of([("今仔日天氣真好。", 2.0)] * 30)
    SpeakerRate(median=3.5, mad=0.0, clips=30)
    """
    rates = [rate for text, voiced_s in clips if (rate := _syllables_a_second(text, voiced_s)) is not None]
    if len(rates) < FEWEST_CLIPS:
        return None
    middle = _median(rates)
    spread = _median([abs(rate - middle) for rate in rates])
    return SpeakerRate(median=round(middle, 3), mad=round(spread, 3), clips=len(rates))


def _median(numbers: Sequence[float]) -> float:
    ordered, half = sorted(numbers), len(numbers) // 2
    return (ordered[half] + ordered[-half - 1]) / 2


def guessed_syllables(unclear_s: float, known: SpeakerRate | None) -> int:
    """Return how many syllables stretches that nobody understood hold at the speaker's pace.

    Examples
    --------
    >>> guessed_syllables(1.0, None), guessed_syllables(1.0, SpeakerRate(median=3.0, mad=0.2, clips=30))
    (4, 3)
    """
    return round(unclear_s * (UNKNOWN_RATE if known is None else known.median))


def speaking_rate(page: Page) -> Iterator[Hit]:
    """RATE-LO, RATE-HI: more or fewer syllables than anybody says in the voiced seconds; an error beyond what
    is possible at all."""
    rate = _rate(page)
    if rate is None:
        return
    low, high = usual_rates(page.context.speaker_rate)
    least, most = POSSIBLE_RATES
    if rate < max(low, least):
        yield _rate_hit(page, "RATE-LO", rate, least if rate < least else low, beyond=rate < least)
    elif rate > min(high, most):
        yield _rate_hit(page, "RATE-HI", rate, most if rate > most else high, beyond=rate > most)


def tidied_speech(page: Page) -> Iterator[Hit]:
    """VRB-CLEAN: more than a minute of free speech without a filler, a repeat or a second start."""
    voiced_s = page.context.voiced_s
    if page.profile.kind != "spontaneous" or voiced_s is None or voiced_s <= FREE_SPEECH_S:
        return
    fillers = page.tables.fillers.get(page.profile.variety, frozenset())
    if any(filler in page.plain for filler in fillers) or _REPEATED.search(page.face):
        return
    yield _whole(page, "VRB-CLEAN", {"seconds": f"{voiced_s:.0f}"})


def copied_text(page: Page) -> Iterator[Hit]:
    """VRB-PROMPT: free speech that is a copy of a prompt or another clip; read text that is its prompt to the
    letter although the sound takes another time than this speaker would."""
    if copy := copy_on(page):
        yield _whole(page, "VRB-PROMPT", {"count": str(copy.length), "source": copy.source})
    elif page.profile.kind == "read" and _is_unchanged(page) and any(speaking_rate(page)):
        count = len(_HAN.findall(page.plain))
        yield _whole(page, "VRB-PROMPT", {"count": str(count), "source": "prompt"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """The longest run of a text that stands elsewhere: its length in characters, and where."""

    length: int
    source: str  # a key of `CheckContext.other_texts`, or "prompt"


def copy_on(page: Page) -> Copy | None:
    """Return what a text of free speech was copied from, None if that is not most of it.

    Of several texts with a run as long the first one counts.
    """
    own = _NOT_HAN.sub("", page.plain)
    shortest = max(LONGEST_COPY, int(COPIED_SHARE * len(own))) + 1
    if page.profile.kind != "spontaneous" or len(own) < shortest:
        return None
    others = {source: _NOT_HAN.sub("", text) for source, text in _others(page.context).items()}
    anchors = _anchors(own, shortest)
    near = {source: text for source, text in others.items() if any(anchor in text for anchor in anchors)}
    if not near:
        return None
    runs = SuffixAutomaton(own)
    found = [Copy(length=runs.longest_run_in(text), source=source) for source, text in near.items()]
    longest = max(found, key=lambda copy: copy.length)
    return longest if longest.length >= shortest else None


def _others(context: CheckContext) -> Mapping[str, str]:
    prompt = {} if context.prompt_text is None else {PROMPT: context.prompt_text}
    return {**(context.other_texts or {}), **prompt}


def _anchors(text: str, shortest: int) -> list[str]:
    """Pieces of a text so close to each other that every run of this length holds one of them whole.

    A text that holds none of them shares no such run, which a plain search says much faster.
    """
    step = shortest - ANCHOR + 1
    return [text[start : start + ANCHOR] for start in range(0, len(text) - ANCHOR + 1, step)]


def _is_unchanged(page: Page) -> bool:
    """Whether the text is its prompt, marks and blanks aside; only a speaker who is known has a pace."""
    prompt, rate = page.context.prompt_text, page.context.speaker_rate
    if prompt is None or rate is None or rate.clips < FEWEST_CLIPS:
        return False
    return _HAN.findall(prompt) == _HAN.findall(page.plain)


def _rate(page: Page) -> float | None:
    return _syllables_a_second(page.plain, page.context.voiced_s)


def _syllables_a_second(text: str, voiced_s: float | None) -> float | None:
    if voiced_s is None or voiced_s < SHORTEST_VOICED_S:
        return None
    count = syllables(text)
    return count / voiced_s if count >= FEWEST_SYLLABLES else None


def _rate_hit(page: Page, rule: str, rate: float, limit: float, *, beyond: bool) -> Hit:
    facts = {"rate": f"{rate:.1f}", "limit": f"{limit:.1f}"}
    severity: Severity = "error" if beyond else "warning"
    return Hit(
        rule=rule, start=0, end=len(page.text), fix="none", facts=facts, in_text=True, severity=severity
    )


def _whole(page: Page, rule: str, facts: dict[str, str]) -> Hit:
    return Hit(rule=rule, start=0, end=len(page.text), fix="none", facts=facts, in_text=True)


def _in_word(word: str) -> int:
    parts = [part for part in word.split("-") if part]
    if len(parts) > 1 or _TONED.search(_decomposed(word)):
        return len(parts)
    if word.isupper():
        return len(word)
    return max(1, len(_VOWELS.findall(word.lower())))


def _decomposed(word: str) -> str:
    return unicodedata.normalize("NFD", word)
