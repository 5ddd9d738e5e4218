"""What train, dev and test share, counted: proof that a release does not leak, and what resembles."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from speechcorpus.corpus.documents import ABSENT, Row
from speechcorpus.corpus.splits import SPLITS, deciseconds
from speechcorpus.corpus.wording import normal_form

STRATUM = ("noise_band", "language", "style", "gender")
EXAMPLES = 10
NEAR = 0.8  # Jaccard similarity of character trigrams
NEAR_CHARACTERS = 8
RAREST = 3
FORBIDDEN = ("speakers", "sessions", "dialogues", "prompts", "sentences", "audio")
INFORMATIVE = ("topics", "devices")


@dataclass(slots=True)
class _Seen:
    """For each value, in which splits it occurs and in which clip of each it occurs first."""

    first: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, value: object, split: str, utt_id: str) -> None:
        if value not in (None, ABSENT):
            self.first[str(value)].setdefault(split, utt_id)

    def shared(self, one: str, other: str) -> dict[str, object]:
        found = [first for first in self.first.values() if one in first and other in first]
        examples = sorted([first[one], first[other]] for first in found)[:EXAMPLES]
        return {"count": len(found), "examples": examples}


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
        split, utt_id = str(row["split"]), str(row["utt_id"])
        for name, value in _values(row).items():
            seen[name].add(value, split, utt_id)
        hours[split][stratum_name(row)] += deciseconds(_int(row, "num_samples"), _int(row, "sample_rate"))
    near = near_duplicates(seen["sentences"].first)
    return {
        "pairs": {
            f"{one}-{other}": {
                "must_be_zero": {name: seen[name].shared(one, other) for name in FORBIDDEN},
                "informative": {name: seen[name].shared(one, other) for name in INFORMATIVE}
                | {"near_duplicates": _near(near, seen["sentences"].first, one, other)},
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


def near_duplicates(sentences: Iterable[str]) -> list[tuple[str, str]]:
    """Return pairs of normal forms, at least 8 characters each, whose trigrams overlap by 0.8 (Jaccard).

    Candidates are found through the three rarest trigrams of each, not by comparing all with all.

    Examples
    --------
    >>> near_duplicates(["今仔日天氣真好咱來去公園行行", "今仔日天氣真好咱來去公園行", "毋是全款"])
    [('今仔日天氣真好咱來去公園行', '今仔日天氣真好咱來去公園行行')]
    """
    grams = {s: frozenset(trigrams(s)) for s in sentences if len(s) >= NEAR_CHARACTERS}
    frequency = Counter(gram for found in grams.values() for gram in found)
    index: dict[str, list[str]] = defaultdict(list)
    for sentence, found in sorted(grams.items()):
        for gram in sorted(found, key=lambda gram: (frequency[gram], gram))[:RAREST]:
            index[gram].append(sentence)
    pairs = {pair for sentences in index.values() for pair in combinations(sentences, 2)}
    return sorted(pair for pair in pairs if _jaccard(grams[pair[0]], grams[pair[1]]) >= NEAR)


def trigrams(text: str) -> list[str]:
    """Return all runs of three characters."""
    return [text[i : i + 3] for i in range(len(text) - 2)]


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


def _near(
    pairs: Sequence[tuple[str, str]], first: Mapping[str, Mapping[str, str]], one: str, other: str
) -> dict[str, object]:
    found = []
    for a, b in pairs:
        for x, y in ((a, b), (b, a)):
            if one in first[x] and other in first[y]:
                found.append([first[x][one], first[y][other]])
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


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)


def _int(row: Row, name: str) -> int:
    value = row[name]
    return value if isinstance(value, int) else 0
