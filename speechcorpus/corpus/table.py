"""The rows of `clips.jsonl` and `consents.jsonl`."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from speechcorpus.corpus.columns import COLUMNS, check_row, present_columns
from speechcorpus.corpus.dialogues import ALONE
from speechcorpus.corpus.documents import ABSENT, Cell, Row, rounded
from speechcorpus.corpus.known_clips import Older
from speechcorpus.corpus.packed import Packed
from speechcorpus.corpus.request import Named, NamedClips, Request
from speechcorpus.corpus.selection import Candidate, Consented
from speechcorpus.corpus.splits import Splits
from speechcorpus.corpus.wording import spoken_characters

FEWEST_SHARING = 5  # a sub-variety of fewer speakers could name a person
HIDDEN = "undisclosed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`clips.jsonl` of a release, row by row out of a pack, and what was counted while it was made."""

    rows: Sequence[Row]  # by utt_id
    absent: frozenset[str]  # columns that say nothing and are left out
    shown: frozenset[Cell]  # sub-varieties that enough people share
    consents: tuple[Row, ...]
    vendors: tuple[str, ...]
    shard_bytes: Mapping[tuple[str, str, str], int]  # of FLAC, by split, speaker and first version

    @property
    def audio_bytes(self) -> int:
        """Bytes of all FLACs."""
        return sum(self.shard_bytes.values())


def release_table(named: NamedClips, splits: Splits, request: Request, before: Older) -> Table:
    """Return the table: named, without the columns that say nothing, each cell checked.

    Every clip is looked at twice, for what one column says decides whether all rows have it.
    """
    seen = _Seen()
    for one, row in _full(named, splits, request, before):
        seen.add(one, row)
    absent, shown = frozenset(seen.silent), seen.shown()
    full = (row for _, row in _full(named, splits, request, before))
    return Table(
        rows=Packed(_written(full, absent, shown)),
        absent=absent,
        shown=shown,
        consents=tuple(row for _, row in sorted(seen.consents.items())),
        vendors=tuple(sorted(seen.vendors)),
        shard_bytes=seen.shard_bytes,
    )


def _full(
    named: NamedClips, splits: Splits, request: Request, before: Older
) -> Iterator[tuple[Named, dict[str, Cell]]]:
    """Yield every clip of the tree with its row in all columns, by utt_id."""
    for one in named:
        if (split := splits.main.get(one.utt_id)) is not None:
            yield one, _row(one, split, request, before)


def _written(full: Iterable[Row], absent: frozenset[str], shown: frozenset[Cell]) -> Iterator[Row]:
    columns = present_columns(sorted(absent))
    for row in full:
        cells = {name: cell for name, cell in row.items() if name not in absent}
        cells["subvariety"] = cells["subvariety"] if cells["subvariety"] in shown else HIDDEN
        check_row(cells, columns)
        yield cells


def extra_rows(
    named: NamedClips, splits: Splits, request: Request, before: Older, table: Table
) -> Sequence[Row]:
    """Return the table of the clips beside the tree: the same columns, but two splits and a reason for one.

    `audio_path` is relative to the tree of these clips. Only what the tree itself shows is shown of them.

    Parameters
    ----------
    table : that of the tree
    """
    columns = [name for name in table.rows[0] if name != "split"] if splits.extra else []
    found = Packed[Row]()
    for extra in splits.extra:
        row = _row(named[extra.utt_id], extra.speaker_split, request, before)
        row["subvariety"] = row["subvariety"] if row["subvariety"] in table.shown else HIDDEN
        row["audio_path"] = f"audio/{row['speaker_id']}/{extra.utt_id}.flac"
        cells = {name: row[name] for name in columns}
        why = {"speaker_split": extra.speaker_split, "sentence_split": extra.sentence_split}
        found.append({**cells, **why, "reason": extra.reason})
    return found


class _Seen:
    """What has to be known of all rows before the first one can be written."""

    def __init__(self) -> None:
        self.silent = {column.name for column in COLUMNS if not column.required}
        self.consents: dict[str, Row] = {}
        self.vendors: set[str] = set()
        self.shard_bytes: Counter[tuple[str, str, str]] = Counter()
        self._sharing: dict[Cell, set[str]] = defaultdict(set)

    def add(self, one: Named, row: Row) -> None:
        """Count one clip of the tree."""
        candidate = one.candidate
        self.silent -= {name for name in self.silent if row[name] not in (None, ABSENT)}
        self._sharing[row["subvariety"]].add(one.speaker_id)
        if candidate.vendor:
            self.vendors.add(candidate.vendor)
        self.shard_bytes[str(row["split"]), one.speaker_id, str(row["first_version"])] += candidate.blob_bytes
        consented = candidate.speakers[candidate.speaker]
        if consented is not None and one.consent_id not in self.consents:
            self.consents[one.consent_id] = _consent(one.consent_id, consented)

    def shown(self) -> frozenset[Cell]:
        """Return the sub-varieties that are published: one that few people speak could name a person."""
        return frozenset(each for each, who in self._sharing.items() if len(who) >= FEWEST_SHARING)


def _row(one: Named, split: str, request: Request, before: Older) -> dict[str, Cell]:
    candidate, info, known = one.candidate, one.candidate.info, before.clips.get(one.utt_id)
    consented = candidate.speakers[candidate.speaker]
    if info is None or consented is None:  # selection lets neither pass
        raise ValueError(one.utt_id)
    return {
        **ALONE,
        **candidate.facts,
        "utt_id": one.utt_id,
        "speaker_id": one.speaker_id,
        "session_id": one.session_id,
        "split": split,
        "audio_path": f"audio/{split}/{one.speaker_id}/{one.utt_id}.flac",
        "sha256": candidate.blob_sha256,
        "pcm_md5": info.pcm_md5,
        "num_samples": info.frames,
        "sample_rate": info.rate_hz,
        "duration": info.frames / info.rate_hz,
        "speech_rate_cps": _speech_rate(candidate),
        "consent_id": one.consent_id,
        "voice_synthesis": "yes" if "voice_synthesis" in consented.purposes else "no",
        "first_version": known.first_version if known else request.version,
    }


def _speech_rate(candidate: Candidate) -> float | None:
    share = candidate.facts["speech_share"]
    speech_s = candidate.duration_s * share if isinstance(share, float) else 0.0
    return rounded(spoken_characters(str(candidate.facts["text"])) / speech_s, 2) if speech_s else 0.0


def _consent(name: str, consented: Consented) -> Row:
    """Return a row of `consents.jsonl`: what a clip rests on, and no person."""
    return {
        "consent_id": name,
        "purposes": " ".join(sorted(consented.purposes)),
        "text_version": consented.text_version,
        "text_sha256": consented.text_sha256,
        "given_on": consented.given_on,
    }
