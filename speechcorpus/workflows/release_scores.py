"""A recogniser, or two, held against one split of a release."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Literal, get_args

from speechcorpus.corpus.documents import ABSENT, Row
from speechcorpus.corpus.score_groups import group_of, is_of_one_speaker, order_of
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.domain.transcript import Script
from speechcorpus.publish.references import References, read_references
from speechcorpus.transcribe.error_rates import METRICS, Metric, Score
from speechcorpus.transcribe.evaluation import WHOLE, Group, ScoredClip, evaluate
from speechcorpus.transcribe.scoring_fold import Fold
from speechcorpus.transcribe.speaker_bootstrap import FEW_SPEAKERS, FEWEST_SPEAKERS, RESAMPLES, SEED
from speechcorpus.workflows.fold_tables import fold_for
from speechcorpus.workflows.mandarin_references import mandarin_blocks

Reference = Literal["text", "reading"]
Hypotheses = Mapping[str, str]

_WRITTEN: tuple[Metric, ...] = ("cer", "mixed_er")
_SYLLABLES: tuple[Metric, ...] = ("ser", "ser_toneless")
_ROMANISED = ("tailo", "poj", "hanlo")
EXAMPLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to hold a recogniser against, and how to group and resample.

    `skip_missing` leaves out clips without a hypothesis instead of counting all of them as deleted;
    `reference` is the column that the hypotheses are compared with.
    """

    split: str
    by: Sequence[str]
    reference: Reference = "text"
    skip_missing: bool = False
    seed: int = SEED
    resamples: int = RESAMPLES


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """Something that the figures do not say by themselves."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What came out: each clip, each group, and what a reader must know."""

    references: References
    clips: tuple[ScoredClip, ...]
    groups: tuple[Group, ...]
    warnings: tuple[Warned, ...]


def score_release(
    root: Path, hypotheses: Hypotheses, asked: Asked, against: Hypotheses | None = None
) -> Evaluation:
    """Return the error rates of `hypotheses`, and of `against` over the same clips.

    Raises
    ------
    ReleaseError : as `read_references`; `score.no-clips` when the split has none with such a reference;
        `score.no-match` when no hypothesis is of the split
    """
    references = read_references(root, asked.split)
    rows = {utt_id: row for utt_id, row in references.rows.items() if _metrics(row, asked.reference)}
    if not rows:
        raise ReleaseError(
            "score.no-clips", f"the split {asked.split} has no clip with a {asked.reference} to compare with"
        )
    systems = [hypotheses] if against is None else [hypotheses, against]
    for texts in systems:
        if rows.keys().isdisjoint(texts):
            raise ReleaseError(
                "score.no-match", f"no hypothesis has the utt_id of a clip of the split {asked.split}"
            )
    kept = [
        utt_id
        for utt_id in sorted(rows)
        if not asked.skip_missing or all(utt_id in texts for texts in systems)
    ]
    clips = tuple(_scored(rows[utt_id], systems, asked) for utt_id in kept)
    groups = evaluate(clips, asked.by, order=order_of, seed=asked.seed, resamples=asked.resamples)
    return Evaluation(
        references=references,
        clips=clips,
        groups=groups,
        warnings=(
            *_table_warnings(references, len(references.rows) - len(rows), asked),
            *(
                each
                for number, texts in enumerate(systems)
                for each in _id_warnings(
                    "AB"[number] if against is not None else "", texts, rows, references, asked
                )
            ),
            *_speaker_warnings(groups),
            *_wording_warnings(clips, rows, asked),
        ),
    )


def _scored(row: Row, systems: Sequence[Hypotheses], asked: Asked) -> ScoredClip:
    utt_id = str(row["utt_id"])
    first, *second = (_scores(row, texts.get(utt_id, ""), asked.reference) for texts in systems)
    return ScoredClip(
        utt_id=utt_id,
        speaker=str(row["speaker_id"]),
        groups={grouping: group_of(row, grouping) for grouping in asked.by},
        scores=first,
        other=second[0] if second else {},
        missing=utt_id not in systems[0],
    )


def _scores(row: Row, hypothesis: str, reference: Reference) -> dict[Metric, Score]:
    fold = _fold(str(row["script"]))
    return {
        metric: METRICS[metric](str(row[reference]), hypothesis, fold) for metric in _metrics(row, reference)
    }


def _metrics(row: Row, reference: Reference) -> tuple[Metric, ...]:
    """What can be counted on a clip: syllables only where the reference is romanised."""
    if reference == "reading":
        return _SYLLABLES if row.get("reading") not in (None, ABSENT) else ()
    return (*_WRITTEN, *(_SYLLABLES if row["orthography"] in _ROMANISED else ()))


@cache
def _fold(script: str) -> Fold:
    return fold_for("Hans" if script == "Hans" else "Hant")


def _table_warnings(references: References, without: int, asked: Asked) -> Iterator[Warned]:
    if not references.as_listed:
        yield Warned(
            code="score.references-changed",
            sentence="clips.jsonl is not the file that SHA256SUMS lists; compare with nobody's figures.",
        )
    if without:
        yield Warned(
            code="score.no-reference",
            sentence=f"{without} clips of the split have no {asked.reference} and are left out.",
        )


def _id_warnings(
    system: str, texts: Hypotheses, rows: Mapping[str, Row], references: References, asked: Asked
) -> Iterator[Warned]:
    of = f"{system}: " if system else ""
    if missing := sorted(rows.keys() - texts.keys()):
        done = "left out" if asked.skip_missing else "counted as all deleted"
        yield Warned(
            code="score.missing",
            sentence=f"{of}{len(missing)} of {len(rows)} clips have no hypothesis and are {done}: "
            f"{_some(missing)}.",
        )
    unknown = texts.keys() - references.rows.keys()
    if elsewhere := sorted(unknown & references.split_elsewhere.keys()):
        yield Warned(
            code="score.other-split",
            sentence=f"{of}{len(elsewhere)} hypotheses are of clips of other splits and are left out: "
            f"{_some(elsewhere)}.",
        )
    if nowhere := sorted(unknown - references.split_elsewhere.keys()):
        yield Warned(
            code="score.unknown",
            sentence=f"{of}{len(nowhere)} hypotheses are of no clip of this release and are left out: "
            f"{_some(nowhere)}.",
        )


def _speaker_warnings(groups: Iterable[Group]) -> Iterator[Warned]:
    judged = [group for group in groups if not is_of_one_speaker(group.grouped_by)]
    none = [group for group in judged if group.speakers < FEWEST_SPEAKERS]
    few = [group for group in judged if FEWEST_SPEAKERS <= group.speakers < FEW_SPEAKERS]
    if none:
        yield Warned(
            code="score.few-speakers",
            sentence=f"No interval is given below {FEWEST_SPEAKERS} speakers: {_named(none)}.",
        )
    if few:
        yield Warned(
            code="score.few-speakers",
            sentence=f"Below {FEW_SPEAKERS} speakers an interval is likely too short (of simulated ones "
            f"90 to 92 in 100 held the truth, not 95): {_named(few)}.",
        )


def _named(groups: Iterable[Group]) -> str:
    return ", ".join(
        f"{'' if group.grouped_by == WHOLE else group.grouped_by + ' '}{group.name} ({group.speakers})"
        for group in groups
    )


def _wording_warnings(clips: Iterable[ScoredClip], rows: Mapping[str, Row], asked: Asked) -> Iterator[Warned]:
    listed = [rows[clip.utt_id] for clip in clips] if asked.reference == "text" else []
    said = [row for row in listed if _is_minnan(row)]
    for (speaker, script), own in groupby(said, key=lambda row: (row["speaker_id"], row["script"])):
        mine = list(own)
        for block in mandarin_blocks([str(row["text"]) for row in mine], _script(str(script))):
            first, last = mine[block.start], mine[block.end - 1]
            yield Warned(
                code="score.mandarin-references",
                sentence=f"The references {first['utt_id']} to {last['utt_id']} of {speaker} read like "
                f"Mandarin ({' '.join(block.words[:EXAMPLES])}): perfect recognition of them is not 0.",
            )


def _is_minnan(row: Row) -> bool:
    return str(row["language"]).startswith("nan-") and row["script"] in get_args(Script)


def _script(word: str) -> Script:
    return "Hans" if word == "Hans" else "Hant"


def _some(ids: Sequence[str]) -> str:
    more = len(ids) - EXAMPLES
    return " ".join(ids[:EXAMPLES]) + (f" and {more} more" if more > 0 else "")
