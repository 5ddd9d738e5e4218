"""What train, dev and test share, counted: proof that a release does not leak, and what resembles."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from speechcorpus.corpus.documents import ABSENT, Row
from speechcorpus.corpus.near_duplicates import near_duplicates
from speechcorpus.corpus.splits import SPLITS, deciseconds
from speechcorpus.corpus.wording import normal_form

STRATUM = ("noise_band", "language", "style", "gender")
EXAMPLES = 10
FORBIDDEN = ("speakers", "sessions", "dialogues", "prompts", "sentences", "audio")
INFORMATIVE = ("topics", "devices")


Place = tuple[str, str]  # split and clip; one object a clip, whatever is seen in it


@dataclass(slots=True)
class _Seen:
    """Where each value occurs first and, for the few that several splits hold, where in the others."""

    first: dict[str, Place] = field(default_factory=dict)
    more: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, value: object, place: Place) -> None:
        if value in (None, ABSENT):
            return
        known = self.first.setdefault(str(value), place)
        if known[0] != place[0]:
            self.more.setdefault(str(value), {}).setdefault(*place)

    def clip_of(self, value: str, split: str) -> str | None:
        """The clip of a split that says this value first; None when no clip of it does."""
        where, clip = self.first[value]
        return clip if where == split else self.more.get(value, {}).get(split)

    def shared(self, one: str, other: str) -> dict[str, object]:
        both = ((self.clip_of(value, one), self.clip_of(value, other)) for value in self.more)
        found = sorted([a, b] for a, b in both if a is not None and b is not None)
        return {"count": len(found), "examples": found[:EXAMPLES]}


def leakage_report(rows: Iterable[Row], release: Mapping[str, object]) -> dict[str, object]:
    """Return `leakage.json`: per pair of splits what both hold, near-duplicates, hours per stratum, balance.

    Parameters
    ----------
    rows : `clips.jsonl` in order
    release : `release.json`; its `split` says what was eligible and what went to extra
    """
    seen = {name: _Seen() for name in (*FORBIDDEN, *INFORMATIVE)}
    hours: dict[str, Counter[str]] = {split: Counter() for split in SPLITS}
    for row in rows:
        split = str(row["split"])
        place = (split, str(row["utt_id"]))
        for name, value in _values(row).items():
            seen[name].add(value, place)
        hours[split][stratum_name(row)] += deciseconds(_int(row, "num_samples"), _int(row, "sample_rate"))
    near = near_duplicates(seen["sentences"].first)
    return {
        "pairs": {
            f"{one}-{other}": {
                "must_be_zero": {name: seen[name].shared(one, other) for name in FORBIDDEN},
                "informative": {name: seen[name].shared(one, other) for name in INFORMATIVE}
                | {"near_duplicates": _near(near, seen["sentences"], one, other)},
            }
            for one, other in combinations(SPLITS, 2)
        },
        "hours": {split: _in_hours(found) for split, found in hours.items()},
        **_balance(hours, release),
    }


def leaks(report: Mapping[str, object]) -> int:
    """Return how many things that must not be shared are shared between splits."""
    pairs = report["pairs"]
    if not isinstance(pairs, Mapping):
        return 0
    return sum(found["count"] for pair in pairs.values() for found in pair["must_be_zero"].values())


def stratum_name(row: Row) -> str:
    """Return the stratum of a clip as one text, for example `low/nan-TW/read/f`."""
    return "/".join(str(row[name]) for name in STRATUM)


def _values(row: Row) -> dict[str, object]:
    read = row["style"] == "read"
    return {
        "speakers": row["speaker_id"],
        "sessions": row["session_id"],
        "dialogues": row.get("dialogue_id"),
        "prompts": row.get("prompt_id") if read else None,
        "sentences": normal_form(str(row["text"])) or None,
        "audio": row["pcm_md5"],
        "topics": row.get("topic_id"),
        "devices": row["device"],
    }


def _near(pairs: Sequence[tuple[str, str]], seen: _Seen, one: str, other: str) -> dict[str, object]:
    found = []
    for a, b in pairs:
        for x, y in ((a, b), (b, a)):
            clips = [seen.clip_of(x, one), seen.clip_of(y, other)]
            if None not in clips:
                found.append([str(clip) for clip in clips])
    return {"count": len(found), "examples": sorted(found)[:EXAMPLES]}


def _balance(hours: Mapping[str, Counter[str]], release: Mapping[str, object]) -> dict[str, object]:
    split = release["split"]
    eligible = Counter(split["eligible_ds"] if isinstance(split, Mapping) else {})
    lost = split["extra_ds"] if isinstance(split, Mapping) else {}
    return {
        "distance_from_eligible": {held: _distance(hours[held], eligible) for held in ("dev", "test")},
        "hours_lost_to_extra": _in_hours(lost),
    }


def _distance(some: Counter[str], whole: Counter[str]) -> float:
    """Total-variation distance of two mixtures: half the sum of absolute differences of shares."""
    if not some.total() or not whole.total():
        return 1.0
    names = sorted(some.keys() | whole.keys())
    off = sum(abs(some[name] * whole.total() - whole[name] * some.total()) for name in names)
    return round(off / (2 * some.total() * whole.total()), 4)


def _in_hours(tenths: Mapping[str, int]) -> dict[str, float]:
    return {name: round(ds / 36_000, 4) for name, ds in sorted(tenths.items())}


def _int(row: Row, name: str) -> int:
    value = row[name]
    return value if isinstance(value, int) else 0
