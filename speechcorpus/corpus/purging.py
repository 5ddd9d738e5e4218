"""The sources of a release without what was withdrawn: the same for everybody, in one step or in several."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from speechcorpus.corpus.columns import COLUMNS
from speechcorpus.corpus.documents import ABSENT, Cell, Row
from speechcorpus.corpus.groups import Components
from speechcorpus.corpus.leakage import stratum_name
from speechcorpus.corpus.splits import CAP, FEW_GROUPS, HELD_OUT, SPLITS, deciseconds, target_ds
from speechcorpus.corpus.table import FEWEST_SHARING
from speechcorpus.corpus.withdrawn import Withdrawn
from speechcorpus.domain.errors import ReleaseError

OPTIONAL = frozenset(column.name for column in COLUMNS if not column.required)
OUR_WARNINGS = ("split.few-speakers", "split.cap-broken")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """What one reading of a table says of the clips that stay, and of those that go."""

    clips_gone: int
    speakers_gone: frozenset[str]
    consents: frozenset[str]
    silent_columns: frozenset[str]
    rare_subvarieties: frozenset[str]
    speakers: Mapping[str, frozenset[str]]  # of each split
    time_ds: Mapping[str, int]  # of each split
    gone_ds: Mapping[str, int]  # of each stratum
    dialogues: tuple[tuple[str, ...], ...] = field(repr=False)  # speakers that talked with each other


def remaining(rows: Iterable[Row], gone: Withdrawn) -> Remaining:
    """Return what a table comes to without the withdrawn clips.

    Raises
    ------
    ReleaseError : `release.split-empty` when nothing would be left of a split: no release is without one
    """
    count = _Count()
    for row in rows:
        count.add(row, gone.holds(row["utt_id"]))
    for split in SPLITS:
        if not count.speakers[split]:
            raise ReleaseError("release.split-empty", f"no clip is left for {split}", split=split)
    return count.result()


def remaining_rows(rows: Iterable[Row], gone: Withdrawn, told: Remaining) -> Iterator[Row]:
    """Yield the rows that stay, without the columns that now say nothing and the sub-varieties now rare."""
    for row in rows:
        if not gone.holds(row["utt_id"]):
            yield _row(row, told)


def remaining_consents(consents: Iterable[Row], told: Remaining) -> Iterator[Row]:
    """Yield the consents that a clip still rests on."""
    return (row for row in consents if row["consent_id"] in told.consents)


def remaining_release(
    release: Mapping[str, object], gone: Withdrawn, told: Remaining, *, version: str, formats: Iterable[str]
) -> dict[str, object]:
    """Return `release.json` without what was withdrawn, under another version.

    What was pinned stays pinned; what was refused at planning, and the time of clips beside the tree, stay as
    they were counted then.

    Parameters
    ----------
    formats : those that the tree will have
    """
    speakers = _table(release["speakers"])
    kept = {name: split for name, split in speakers.items() if name not in gone.speakers}
    absent = {str(name) for name in _list(release["absent_columns"])}
    return {
        **release,
        "version": version,
        "formats": sorted(formats),
        "speakers": kept,
        "shards": _shards(_table(release["shards"]), told),
        "extra": [entry for entry in _list(release["extra"]) if not gone.holds(_list(entry)[0])],
        "absent_columns": sorted(absent | told.silent_columns),
        "split": _split(_table(release["split"]), kept, told),
    }


class _Count:
    """One pass over a table."""

    def __init__(self) -> None:
        self.speakers: dict[str, set[str]] = {split: set() for split in SPLITS}
        self._time, self._gone_time, self._gone = Counter[str](), Counter[str](), Counter[str]()
        self._consents: set[str] = set()
        self._silent = set(OPTIONAL)
        self._sharing: dict[str, set[str]] = defaultdict(set)
        self._dialogues: dict[str, set[str]] = defaultdict(set)

    def add(self, row: Row, gone: bool) -> None:
        speaker = str(row["speaker_id"])
        time = deciseconds(_int(row["num_samples"]), _int(row["sample_rate"]))
        if gone:
            self._gone_time[stratum_name(row)] += time
            self._gone[speaker] += 1
            return
        self.speakers[str(row["split"])].add(speaker)
        self._time[str(row["split"])] += time
        self._consents.add(str(row["consent_id"]))
        self._silent -= {name for name in self._silent if row.get(name) not in (None, ABSENT)}
        self._sharing[str(row["subvariety"])].add(speaker)
        if row.get("dialogue_id") not in (None, ABSENT):
            self._dialogues[str(row["dialogue_id"])].add(speaker)

    def result(self) -> Remaining:
        here = frozenset().union(*self.speakers.values())
        return Remaining(
            clips_gone=self._gone.total(),
            speakers_gone=frozenset(self._gone.keys() - here),
            consents=frozenset(self._consents),
            silent_columns=frozenset(self._silent),
            rare_subvarieties=frozenset(n for n, who in self._sharing.items() if len(who) < FEWEST_SHARING),
            speakers={split: frozenset(found) for split, found in self.speakers.items()},
            time_ds=self._time,
            gone_ds=self._gone_time,
            dialogues=tuple(tuple(sorted(found)) for _, found in sorted(self._dialogues.items())),
        )


def _row(row: Row, told: Remaining) -> Row:
    cells: dict[str, Cell] = {name: cell for name, cell in row.items() if name not in told.silent_columns}
    if str(row["subvariety"]) in told.rare_subvarieties:
        cells["subvariety"] = "undisclosed"
    return cells


def _shards(shards: Mapping[str, object], told: Remaining) -> dict[str, list[list[str]]]:
    """Take speakers of whom nothing is left out of their shard; a number is never given to other speakers."""
    return {
        split: [
            [str(entry) for entry in _list(shard) if str(entry).partition("@")[0] in told.speakers[split]]
            for shard in _list(shards[split])
        ]
        for split in SPLITS
    }


def _split(split: Mapping[str, object], speakers: Mapping[str, object], told: Remaining) -> dict[str, object]:
    eligible = {str(name): _int(ds) for name, ds in _table(split["eligible_ds"]).items()}
    left = {name: ds - told.gone_ds.get(name, 0) for name, ds in eligible.items()}
    groups = Components(list(speakers))
    for talked in told.dialogues:
        groups.join_all([speaker for speaker in talked if speaker in speakers])
    found = len(groups.groups())
    over = any(CAP * told.time_ds.get(held, 0) > told.time_ds.get("train", 0) for held in HELD_OUT)
    now = zip(OUR_WARNINGS, (found < FEW_GROUPS, over), strict=True)
    others = [code for code in _list(split["warnings"]) if code not in OUR_WARNINGS]
    return {
        **split,
        "groups": found,
        "eligible_ds": {name: ds for name, ds in left.items() if ds},
        "target_ds": target_ds(sum(left.values())),
        "warnings": [*(code for code, true in now if true), *others],
    }


def _table(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise ReleaseError("release.row-invalid", "release.json: a table is missing where one belongs")
    return value


def _list(value: object) -> Sequence[object]:
    if not isinstance(value, list | tuple):
        raise ReleaseError("release.row-invalid", "release.json: a list is missing where one belongs")
    return value


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0
