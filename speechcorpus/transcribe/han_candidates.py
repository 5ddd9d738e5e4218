"""Hàn-jī for typed Tâi-lô or POJ: what texts that carry their reading write for the same syllables."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import regex

from speechcorpus.transcribe.reading_alignment import LATIN_SYLLABLE, aligned, tailo_of
from speechcorpus.transcribe.scoring_tokens import toneless

Source = Literal["prompt", "accepted"]
Match = Literal["exact", "toneless"]

MOST_CANDIDATES = 8
LONGEST_WORD = 8  # syllables that are looked up as one word
_TYPED = regex.compile(LATIN_SYLLABLE)
_JOINT = regex.compile(r"[\s\-\u2010-\u2015\uff0d]*+")  # what may stand inside one typed word


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadText:
    """A text in Hàn-jī and how it is read, from a prompt or from an accepted transcript."""

    text: str
    reading: str
    source: Source
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One way to write some syllables, and how often texts write them so."""

    han: str
    reading: str  # its syllables in Tâi-lô, a hyphen between them
    match: Match  # toneless: some typed syllable has no tone mark, and the text has another tone there
    prompts: int
    accepted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A stretch of the typed text, whole word or single syllable, with its candidates: best first."""

    start: int  # code points, half open, in the text as typed
    end: int
    syllables: tuple[str, ...]  # in Tâi-lô, as they were understood
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """Characters that follow each other without a mark between them, each with its syllable."""

    han: tuple[str, ...]
    read: tuple[str, ...]
    counts: Mapping[Source, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class HanIndex:
    """Where each syllable was read, and what was written for it: made once, looked up often."""

    runs: tuple[_Run, ...]
    places: Mapping[str, tuple[tuple[int, int], ...]]  # syllable → (run, position in it)
    alone: Mapping[str, Mapping[str, Counter[Source]]]  # syllable → character → how often
    tones: Mapping[str, tuple[str, ...]]  # toneless syllable → those it was read as

    def candidates(self, spoken: Sequence[str], *, most: int = MOST_CANDIDATES) -> tuple[Candidate, ...]:
        """Return what was written for these Tâi-lô syllables, best first.

        The same tones come before other ones, then what was written more often, then code point order.
        """
        found: dict[tuple[str, str], Counter[Source]] = defaultdict(Counter)
        matches: dict[tuple[str, str], Match] = {}
        for han, read, match, counts in self._written(tuple(spoken)) if spoken else ():
            key = ("".join(han), "-".join(read))
            found[key].update(counts)
            matches[key] = match
        made = [
            Candidate(
                han=han,
                reading=reading,
                match=matches[han, reading],
                prompts=counts["prompt"],
                accepted=counts["accepted"],
            )
            for (han, reading), counts in found.items()
        ]
        return tuple(sorted(made, key=_rank)[:most])

    def _written(
        self, spoken: tuple[str, ...]
    ) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], Match, Mapping[Source, int]]]:
        """Yield every way these syllables were written; a word is looked for by the rarest of them."""
        meant = [self._meant(syllable) for syllable in spoken]
        if len(meant) == 1:
            for tone in meant[0]:
                for han, counts in self.alone[tone].items():
                    yield (han,), (tone,), "exact" if tone == spoken[0] else "toneless", counts
            return
        often = [sum(len(self.places[tone]) for tone in each) for each in meant]
        rarest = often.index(min(often))
        for number, position in (place for tone in meant[rarest] for place in self.places[tone]):
            run, first = self.runs[number], position - rarest
            read = run.read[first : first + len(spoken)] if first >= 0 else ()
            if len(read) == len(spoken) and all(one in each for one, each in zip(read, meant, strict=True)):
                match: Match = "exact" if read == spoken else "toneless"
                yield run.han[first : first + len(spoken)], read, match, run.counts

    def _meant(self, syllable: str) -> tuple[str, ...]:
        """Return the read syllables that a typed one may mean: with a tone only itself."""
        if _bare(syllable) == syllable:
            return self.tones.get(syllable, ())
        return (syllable,) if syllable in self.alone else ()


def index_of(texts: Iterable[ReadText]) -> HanIndex:
    """Return the index of texts with their readings; one whose syllables do not fit its text adds nothing.

    Examples
    --------
    >>> index = index_of([ReadText(text="台語真媠。", reading="Tâi-gí tsin suí.", source="prompt")])
    >>> [one.han for one in index.candidates(("tâi", "gí"))]
    ['台語']
    """
    counted: dict[tuple[str, str], Counter[Source]] = defaultdict(Counter)
    for one in texts:
        counted[one.text, one.reading][one.source] += one.count
    runs = tuple(
        _Run(han=tuple(han for han, _ in run), read=tuple(read for _, read in run), counts=counts)
        for (text, reading), counts in counted.items()
        for run in aligned(text, reading)
    )
    places: dict[str, list[tuple[int, int]]] = defaultdict(list)
    alone: dict[str, dict[str, Counter[Source]]] = defaultdict(lambda: defaultdict(Counter))
    tones: dict[str, list[str]] = defaultdict(list)
    for number, run in enumerate(runs):
        for position, (han, syllable) in enumerate(zip(run.han, run.read, strict=True)):
            places[syllable].append((number, position))
            alone[syllable][han].update(run.counts)
    for syllable in places:
        tones[_bare(syllable)].append(syllable)
    return HanIndex(
        runs=runs,
        places={syllable: tuple(where) for syllable, where in places.items()},
        alone={syllable: dict(each) for syllable, each in alone.items()},
        tones={bare: tuple(each) for bare, each in tones.items()},
    )


def written_for(index: HanIndex, typed: str, *, most: int = MOST_CANDIDATES) -> tuple[Word, ...]:
    """Return candidates for a typed word: the whole first, then its syllables.

    Where the whole was never read, the longest stretches that were stand between the two. The spelling may
    be Tâi-lô or POJ, with tone marks, digits or no tone at all.

    Examples
    --------
    >>> index = index_of([ReadText(text="台語真媠。", reading="Tâi-gí tsin suí.", source="prompt")])
    >>> for word in written_for(index, "tai5-gi2"):
    ...     print(word.start, word.end, [one.han for one in word.candidates])
    0 8 ['台語']
    0 4 ['台']
    5 8 ['語']
    """
    words = []
    for phrase in _phrases(typed):
        whole = _word(index, phrase, most) if 1 < len(phrase) <= LONGEST_WORD else None
        if whole is not None:
            words.append(whole)
        if whole is None or not whole.candidates:
            words += _known_stretches(index, phrase, most)
        words += [_word(index, [one], most) for one in phrase]
    return tuple(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Typed:
    start: int
    end: int
    tailo: str


def _phrases(typed: str) -> Iterator[list[_Typed]]:
    """Yield the syllables that hyphens and blanks alone keep apart."""
    phrase: list[_Typed] = []
    for found in _TYPED.finditer(typed):
        if phrase and not _JOINT.fullmatch(typed, phrase[-1].end, found.start()):
            yield phrase
            phrase = []
        phrase.append(_Typed(start=found.start(), end=found.end(), tailo=tailo_of(found[0])))
    if phrase:
        yield phrase


def _known_stretches(index: HanIndex, phrase: Sequence[_Typed], most: int) -> Iterator[Word]:
    """Yield from left to right the longest stretches of two and more syllables that some text reads so."""
    at = 0
    while at < len(phrase) - 1:
        longest = min(LONGEST_WORD, len(phrase) - at - (at == 0))
        tried = (_word(index, phrase[at : at + size], most) for size in range(longest, 1, -1))
        known = next((word for word in tried if word.candidates), None)
        if known is not None:
            yield known
        at += 1 if known is None else len(known.syllables)


def _word(index: HanIndex, part: Sequence[_Typed], most: int) -> Word:
    spoken = tuple(one.tailo for one in part)
    return Word(
        start=part[0].start,
        end=part[-1].end,
        syllables=spoken,
        candidates=index.candidates(spoken, most=most),
    )


def _rank(candidate: Candidate) -> tuple[bool, int, str, str]:
    often = candidate.prompts + candidate.accepted
    return candidate.match != "exact", -often, candidate.han, candidate.reading


@lru_cache(maxsize=10_000)
def _bare(syllable: str) -> str:
    return toneless(syllable)
