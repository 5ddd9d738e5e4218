"""How much of the language was said: distinct characters and syllables against clips, initials and finals."""

from array import array
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from speechcorpus.corpus.documents import ABSENT, Row
from speechcorpus.corpus.wording import is_spoken
from speechcorpus.transcribe.romanisation import meant_syllable
from speechcorpus.transcribe.scoring_tokens import syllables, toneless

POINTS = 40  # of a curve
NO_INITIAL = "∅"
INITIALS = ("p", "ph", "b", "m", "t", "th", "n", "l", "k", "kh", "g", "ng", "h", "ts", "tsh", "s", "j")
_LONGEST_FIRST = sorted(INITIALS, key=len, reverse=True)
VOWELS = "aeiou"


@dataclass(slots=True)
class Discoveries:
    """The clips, counted from 1, that brought something nobody had said before."""

    seen: set[str] = field(default_factory=set)
    at: "array[int]" = field(default_factory=lambda: array("Q"))

    def add(self, thing: str, clip: int) -> None:
        """Note one thing that clip number `clip` says."""
        if thing not in self.seen:
            self.seen.add(thing)
            self.at.append(clip)

    def by(self, clip: int) -> int:
        """Return how many different things the first `clip` clips said."""
        return bisect_right(self.at, clip)


@dataclass(slots=True)
class Coverage:
    """What was said, clip after clip in the order of their ids."""

    clips: int = 0
    with_reading: int = 0
    characters: Discoveries = field(default_factory=Discoveries)
    toned: Discoveries = field(default_factory=Discoveries)
    bare: Discoveries = field(default_factory=Discoveries)
    by_split: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    parts: Counter[tuple[str, str]] = field(default_factory=Counter)  # (initial, final)

    def add(self, row: Row) -> None:
        """Count one clip."""
        self.clips += 1
        text = str(row["text"]).casefold()
        self.by_split[str(row["split"])].update(text)
        for character in text:
            if character not in self.characters.seen and is_spoken(character):
                self.characters.add(character, self.clips)
        reading = row.get("reading")
        if isinstance(reading, str) and reading != ABSENT:
            self._add_reading(reading)

    def _add_reading(self, reading: str) -> None:
        self.with_reading += 1
        for syllable in syllables(reading):
            if meant_syllable(syllable) is None:
                continue
            bare = toneless(syllable)
            self.toned.add(syllable, self.with_reading)
            self.bare.add(bare, self.with_reading)
            self.parts[initial_and_final(bare)] += 1

    def out_of_train(self, split: str) -> float | None:
        """Return the share of a split's characters that train does not have; None when it has none."""
        known = self.by_split["train"]
        found = {c: count for c, count in self.by_split[split].items() if is_spoken(c)}
        total = sum(found.values())
        unknown = sum(count for character, count in found.items() if character not in known)
        return round(unknown / total, 4) if total else None


def points_of(clips: int) -> tuple[int, ...]:
    """Return the numbers of clips at which a curve is read off: at most 40, the last being all.

    >>> points_of(5), len(points_of(1_000)), points_of(1_000)[-1]
    ((1, 2, 3, 4, 5), 40, 1000)
    """
    return tuple(sorted({-(-clips * k // POINTS) for k in range(1, POINTS + 1)})) if clips else ()


def initial_and_final(bare: str) -> tuple[str, str]:
    """Return initial and final of a Tâi-lô syllable without tone; a nasal alone is a final.

    >>> [initial_and_final(bare) for bare in ("tshiann", "ng", "hng", "ngoo", "ah")]
    [('tsh', 'iann'), ('∅', 'ng'), ('h', 'ng'), ('ng', 'oo'), ('∅', 'ah')]
    """
    for initial in _LONGEST_FIRST:
        final = bare.removeprefix(initial)
        if final != bare and (final.startswith(("m", "ng")) or (final and final[0] in VOWELS)):
            return initial, final
    return NO_INITIAL, bare
