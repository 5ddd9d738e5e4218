"""How much of a project's sounds stands recorded, whole and by speaker and band; what to record next."""

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import get_args

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import StoreError
from speechcorpus.domain.terms import BandName
from speechcorpus.record.prompt_coverage import Coverage, coverage
from speechcorpus.record.prompts import Choice, Per, share_prompts, unit_targets
from speechcorpus.store.store import Store
from speechcorpus.workflows.prompt_stock import (
    AcceptedRecording,
    PromptStock,
    prompt_stock,
    prompts_of_speakers,
)
from speechcorpus.workflows.prompt_units import Estimate

ANYBODY = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one speaker recorded in one band, or all of them."""

    speaker: str | None
    band: str | None
    recordings: int
    coverage: Coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageReport:
    """What stands recorded, against the reference."""

    project_id: str
    reference_is_own: bool  # the project's own prompts, no table was given
    prompts: int
    estimated: int  # of them with units guessed by a program
    silent: tuple[str, ...]  # without any reading: they count nothing
    whole: Part
    parts: tuple[Part, ...]  # each speaker and each band alone, then each speaker in each band
    growth: tuple[int, ...]  # types of the reference after each accepted recording
    missing_ranks: tuple[int, ...]  # of the types missing, 0 the commonest of the reference

    def to_json(self) -> dict[str, object]:
        """Every number, ready for JSON."""
        return {
            **asdict(self),
            "whole": _part_json(self.whole),
            "parts": [_part_json(part, with_missing=False) for part in self.parts],
        }


def _part_json(part: Part, *, with_missing: bool = True) -> dict[str, object]:
    found = {**asdict(part.coverage), "share": part.coverage.share}
    if not with_missing:
        del found["missing"]
    return {"speaker": part.speaker, "band": part.band, "recordings": part.recordings, **found}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The prompts to record next, by the speaker's pseudonym; one list under "" when nobody was named."""

    choices: Mapping[str, tuple[Choice, ...]]
    silent: tuple[str, ...]
    before: Coverage
    after: Coverage  # when all of them are recorded and accepted

    @property
    def prompt_ids(self) -> list[str]:
        """All chosen prompts, speaker after speaker."""
        return [choice.prompt_id for choices in self.choices.values() for choice in choices]

    def to_json(self) -> dict[str, object]:
        """Every choice and the coverage before and after, ready for JSON."""
        return {
            "choices": {
                name: [asdict(choice) for choice in choices] for name, choices in self.choices.items()
            },
            "silent": list(self.silent),
            "before": {**asdict(self.before), "share": self.before.share},
            "after": {**asdict(self.after), "share": self.after.share},
        }


def coverage_report(
    store: Store,
    actor: Actor,
    project_id: str,
    *,
    reference: Mapping[str, int] | None = None,
    estimate: Estimate | None = None,
) -> CoverageReport:
    """Return what the accepted recordings of a project cover; for managers and the ML team.

    Parameters
    ----------
    reference : how often each unit occurs in running text; the project's own prompts unless given
    """
    stock = prompt_stock(store, actor, project_id, estimate)
    against = stock.reference() if reference is None else reference
    return CoverageReport(
        project_id=project_id,
        reference_is_own=reference is None,
        prompts=len(stock.spoken) + len(stock.silent),
        estimated=sum(one.estimated for one in stock.spoken.values()),
        silent=stock.silent,
        whole=_part(stock, stock.accepted, against),
        parts=_parts(stock, against),
        growth=_growth(stock, against),
        missing_ranks=_missing_ranks(stock, against),
    )


def _part(
    stock: PromptStock,
    recordings: Sequence[AcceptedRecording],
    reference: Mapping[str, int],
    speaker: str | None = None,
    band: str | None = None,
) -> Part:
    found = coverage(stock.units_of(recordings), reference)
    return Part(speaker=speaker, band=band, recordings=len(recordings), coverage=found)


def _parts(stock: PromptStock, reference: Mapping[str, int]) -> tuple[Part, ...]:
    groups: dict[tuple[str | None, str | None], list[AcceptedRecording]] = defaultdict(list)
    for one in stock.accepted:
        for key in ((one.speaker, None), (None, one.band), (one.speaker, one.band)):
            groups[key].append(one)
    quiet_first = {None: -1, **{band: place for place, band in enumerate(get_args(BandName))}}
    order = sorted(
        groups, key=lambda key: (None not in key, key[0] is None, key[0] or "", quiet_first[key[1]])
    )
    return tuple(_part(stock, groups[key], reference, *key) for key in order)


def _growth(stock: PromptStock, reference: Mapping[str, int]) -> tuple[int, ...]:
    heard: set[str] = set()
    counts = []
    for one in stock.accepted:
        heard |= stock.units_of([one]).keys() & reference.keys()
        counts.append(len(heard))
    return tuple(counts)


def _missing_ranks(stock: PromptStock, reference: Mapping[str, int]) -> tuple[int, ...]:
    known = [unit for unit, count in reference.items() if count > 0]
    order = sorted(known, key=lambda unit: (-reference[unit], unit))
    return tuple(rank for rank, unit in enumerate(order) if not stock.accepted_units[unit])


def choose_prompts(
    store: Store,
    actor: Actor,
    project_id: str,
    *,
    count: int,
    speakers: Sequence[str] = (),
    reference: Mapping[str, int] | None = None,
    each: int = 1,
    syllables: int | None = None,
    per: Per = "syllable",
    seed: int = 0,
    estimate: Estimate | None = None,
) -> Chosen:
    """Return up to `count` prompts for each speaker that fill the corpus's gaps best.

    Nothing is stored or promised. A speaker gets no prompt that they have recorded or hold.

    Parameters
    ----------
    speakers : pseudonyms; nobody: one list for whoever comes
    each, syllables : how often a unit is wanted, see `unit_targets`

    Raises
    ------
    StoreError : `speaker.unknown`
    """
    stock = prompt_stock(store, actor, project_id, estimate)
    against = stock.reference() if reference is None else reference
    done = prompts_of_speakers(store, actor, project_id, speakers) if speakers else {ANYBODY: set[str]()}
    choices = share_prompts(
        stock.candidates(),
        done,
        accepted=stock.accepted_units,
        targets=unit_targets(against, each=each, syllables=syllables),
        count=count,
        seed=seed,
        per=per,
    )
    then = stock.accepted_units.copy()
    for choice in (choice for found in choices.values() for choice in found):
        then.update(stock.spoken[choice.prompt_id].units)
    return Chosen(
        choices=choices,
        silent=stock.silent,
        before=coverage(stock.accepted_units, against),
        after=coverage(then, against),
    )


def read_reference(table: str) -> dict[str, int]:
    """Return the counts of a table with the columns unit and count, tab-separated.

    Raises
    ------
    StoreError : `reference.form`, with the number of the line

    Examples
    --------
    >>> read_reference("unit\\tcount\\nê\\t90\\n")
    {'ê': 90}
    """
    rows = list(csv.reader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE))
    if not rows or rows[0] != ["unit", "count"]:
        raise _bad_reference(1, "the head is unit and count, with a tab between")
    counts: dict[str, int] = {}
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(rows[0]) or not row[0] or not row[1].isascii() or not row[1].isdigit():
            raise _bad_reference(number, "needs a unit, a tab and a whole number")
        if row[0] in counts:
            raise _bad_reference(number, f"counts {row[0]} a second time")
        counts[row[0]] = int(row[1])
    return counts


def _bad_reference(line: int, why: str) -> StoreError:
    return StoreError("reference.form", f"line {line} of the reference: {why}", line=line)
