"""Talks of two in a release: on which common time their clips lie, and who speaks in which."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from speechcorpus.corpus.documents import ABSENT, Cell, Row

ALONE: Mapping[str, Cell] = MappingProxyType(
    {
        "dialogue_track": ABSENT,
        "dialogue_talk": ABSENT,
        "dialogue_start_s": None,
        "dialogue_drift_ppm": None,
        "dialogue_uncertainty_ms": None,
        "dialogue_method": ABSENT,
    }
)
"""What the table says of a clip in which one person speaks by themselves."""


@dataclass(slots=True, kw_only=True)
class _Side:
    """What one speaker said in a talk."""

    clips: int = 0
    tracks: set[tuple[str, Cell, Cell]] = field(default_factory=set)  # method, drift, uncertainty


def dialogue_rows(clips: Iterable[Row]) -> list[Mapping[str, object]]:
    """Return `dialogues.jsonl`: one row a talk, in order of dialogue and talk; none without any.

    It follows from the table alone, so what is withdrawn leaves it by itself.
    """
    sides: dict[tuple[str, str], dict[str, _Side]] = {}
    spans: dict[tuple[str, str], list[float]] = {}
    kinds: dict[tuple[str, str], str] = {}
    for row in clips:
        if row.get("dialogue_talk") in (None, ABSENT):
            continue
        key = str(row["dialogue_id"]), str(row["dialogue_talk"])
        side = sides.setdefault(key, {}).setdefault(str(row["speaker_id"]), _Side())
        side.clips += 1
        side.tracks.add(
            (str(row["dialogue_method"]), row["dialogue_drift_ppm"], row["dialogue_uncertainty_ms"])
        )
        start = _number(row["dialogue_start_s"])
        spans.setdefault(key, []).extend((start, start + _number(row["duration"])))
        kinds[key] = str(row["dialogue_track"])
    return [
        {
            "dialogue_id": dialogue,
            "dialogue_talk": talk,
            "dialogue_track": kinds[dialogue, talk],
            "start_s": round(min(spans[dialogue, talk]), 4),
            "end_s": round(max(spans[dialogue, talk]), 4),
            "speakers": [_speaker(name, side) for name, side in sorted(said.items())],
        }
        for (dialogue, talk), said in sorted(sides.items())
    ]


def dialogue_fault(row: Row) -> str | None:
    """Return what does not fit together in the columns of a talk, None where all does.

    Examples
    --------
    >>> dialogue_fault({"dialogue_id": "none"}), dialogue_fault({"dialogue_talk": "talk-1"})
    (None, 'dialogue_talk is said of a clip that is of no dialogue')
    """
    talk, start_s = row.get("dialogue_talk", ABSENT), row.get("dialogue_start_s")
    if talk == ABSENT:
        said = [name for name in ALONE if row.get(name, ALONE[name]) != ALONE[name]]
        return f"{said[0]} is said of a clip that is of no talk" if said else None
    if row.get("dialogue_id", ABSENT) == ABSENT:
        return "dialogue_talk is said of a clip that is of no dialogue"
    if start_s is None or row.get("dialogue_track") == ABSENT:
        return "a talk is named without track or place in it"
    return None


def _speaker(name: str, side: _Side) -> dict[str, object]:
    names = ("method", "drift_ppm", "uncertainty_ms")
    tracks = [dict(zip(names, track, strict=True)) for track in sorted(side.tracks, key=repr)]
    return {"speaker_id": name, "clips": side.clips, "tracks": tracks}


def _number(cell: Cell) -> float:
    return float(cell) if isinstance(cell, int | float) else 0.0
