"""Which prompts to record next: greedy weighted cover of phonetic units, with a lazy heap."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from math import fsum, log1p
from typing import Literal, get_args

from speechcorpus.domain.errors import SittingError

Per = Literal["syllable", "prompt"]
Entry = tuple[float, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A prompt that could be recorded, and what is spoken in it: one unit a syllable, in order."""

    id: str
    units: tuple[str, ...]
    estimated: bool = False  # the units were guessed by a program, no person wrote a reading

    def __post_init__(self) -> None:
        if not self.units:
            raise SittingError(
                "prompt.form", f"prompt {self.id} has no unit to choose it for", prompt_id=self.id
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One chosen prompt: what it was worth when it was chosen, and the units nobody had spoken before."""

    prompt_id: str
    gain: float
    new_units: tuple[str, ...]
    syllables: int
    estimated: bool = False


def unit_targets(
    reference: Mapping[str, int], *, each: int = 1, syllables: int | None = None
) -> dict[str, float]:
    """Return how often every unit of the reference should be spoken.

    Parameters
    ----------
    reference : how often each unit occurs in running text
    each : at least so often
    syllables : the planned size of the corpus; a unit is then wanted in its share of it

    Examples
    --------
    >>> unit_targets({"ê": 90, "tshiáng": 10}, each=2, syllables=100)
    {'ê': 90.0, 'tshiáng': 10.0}
    >>> unit_targets({"ê": 90, "tshiáng": 10}, each=2)
    {'ê': 2.0, 'tshiáng': 2.0}
    """
    total = sum(reference.values())
    planned = 0 if syllables is None else syllables
    return {unit: max(float(each), planned * count / total) for unit, count in reference.items() if count > 0}


def select_prompts(
    candidates: Iterable[Candidate],
    *,
    accepted: Mapping[str, int],
    targets: Mapping[str, float],
    count: int,
    per: Per = "syllable",
) -> tuple[Choice, ...]:
    """Return up to `count` prompts for one speaker, the most useful first; none that adds nothing.

    The gain of a prompt is the sum over its distinct units of
    max(0, log(1 + target) − log(1 + accepted)), divided by its syllables; equal gains go by the id. What was
    chosen counts as spoken for the choices after it. The order of `candidates` does not matter.

    Parameters
    ----------
    accepted : how often each unit was spoken in accepted recordings of the whole corpus
    targets : how often each unit should be; one without a target is worth nothing
    per : "syllable" makes the most of speaking time, "prompt" of a fixed number of prompts

    Raises
    ------
    SittingError : `prompt.form` for two candidates of one id

    Examples
    --------
    >>> some = [
    ...     Candidate(id="a", units=("tsit", "ê")),
    ...     Candidate(id="b", units=("tsit", "ê", "lâng")),
    ...     Candidate(id="c", units=("lâng",)),
    ... ]
    >>> wanted = dict.fromkeys(("tsit", "ê", "lâng"), 1.0)
    >>> [choice.prompt_id for choice in select_prompts(some, accepted={}, targets=wanted, count=9)]
    ['a', 'c']
    >>> by_prompt = select_prompts(some, accepted={"ê": 1}, targets=wanted, count=9, per="prompt")
    >>> [(choice.prompt_id, choice.new_units) for choice in by_prompt]
    [('b', ('lâng', 'tsit'))]
    """
    speakers: dict[str, Collection[str]] = {"": ()}
    shared = share_prompts(candidates, speakers, accepted=accepted, targets=targets, count=count, per=per)
    return shared[""]


def share_prompts(
    candidates: Iterable[Candidate],
    speakers: Mapping[str, Collection[str]],
    *,
    accepted: Mapping[str, int],
    targets: Mapping[str, float],
    count: int,
    seed: int = 0,
    per: Per = "syllable",
) -> dict[str, tuple[Choice, ...]]:
    """Return up to `count` prompts for each speaker; no prompt goes to two of them.

    Speakers choose in turn, one prompt a round, in an order drawn from the seed; what one of them is to
    say counts for all, so that they fill the gaps together.

    Parameters
    ----------
    speakers : by their name, the ids of prompts that they are not to be given (again)

    Examples
    --------
    >>> some = [Candidate(id=name, units=(name,)) for name in ("a", "b", "c")]
    >>> wanted = dict.fromkeys(("a", "b", "c"), 1.0)
    >>> shared = share_prompts(some, {"x": ["a"], "y": []}, accepted={}, targets=wanted, count=1)
    >>> {name: [choice.prompt_id for choice in found] for name, found in shared.items()}
    {'x': ['b'], 'y': ['a']}
    """
    if per not in get_args(Per):
        raise SittingError("request.field", f"per is syllable or prompt, not {per!r}", field="per")
    cover = _Cover(candidates, accepted, targets, per)
    waiting = {name: cover.heap(done) for name, done in speakers.items()}
    chosen: dict[str, list[Choice]] = {name: [] for name in speakers}
    order = sorted(speakers, key=lambda name: (hashlib.sha256(f"{seed}:{name}".encode()).digest(), name))
    for _ in range(count):
        found = [(name, choice) for name in order if (choice := cover.take(waiting[name])) is not None]
        for name, choice in found:
            chosen[name].append(choice)
        if not found:
            break
    return {name: tuple(choices) for name, choices in chosen.items()}


class _Cover:
    """What was spoken so far, and what each prompt left would add to it."""

    def __init__(
        self,
        candidates: Iterable[Candidate],
        accepted: Mapping[str, int],
        targets: Mapping[str, float],
        per: Per,
    ) -> None:
        self._left = _by_id(candidates)
        self._units = {one.id: sorted(set(one.units)) for one in self._left.values()}
        self._spoken = Counter(accepted)
        self._targets = targets
        self._per = per

    def heap(self, done: Collection[str]) -> list[Entry]:
        """Return the prompts that are not done, the best first."""
        refused = set(done)
        entries = [(-self._gain(name), name) for name in self._left if name not in refused]
        heapify(entries)
        return entries

    def take(self, heap: list[Entry]) -> Choice | None:
        """Take the best prompt of a heap, or None if none adds anything.

        Gains only ever fall, so a prompt whose fresh gain still leads the old gains of all others leads.
        """
        while heap:
            _, name = heappop(heap)
            if name not in self._left:
                continue  # another speaker has it
            fresh = (-self._gain(name), name)
            if heap and fresh > heap[0]:
                heappush(heap, fresh)
            elif fresh[0] < 0:
                return self._choose(name, -fresh[0])
        return None

    def _gain(self, name: str) -> float:
        # fsum is the same for every order, else equal prompts would differ in the last bit
        worth = fsum(
            max(0.0, log1p(self._targets.get(unit, 0.0)) - log1p(self._spoken[unit]))
            for unit in self._units[name]
        )
        return worth / len(self._left[name].units) if self._per == "syllable" else worth

    def _choose(self, name: str, gain: float) -> Choice:
        candidate = self._left.pop(name)
        new = tuple(unit for unit in self._units[name] if not self._spoken[unit])
        self._spoken.update(candidate.units)
        return Choice(
            prompt_id=name,
            gain=gain,
            new_units=new,
            syllables=len(candidate.units),
            estimated=candidate.estimated,
        )


def _by_id(candidates: Iterable[Candidate]) -> dict[str, Candidate]:
    found: dict[str, Candidate] = {}
    for one in candidates:
        if one.id in found:
            raise SittingError(
                "prompt.form", f"prompt {one.id} is a candidate twice", prompt_id=one.id, field="id"
            )
        found[one.id] = one
    return found
