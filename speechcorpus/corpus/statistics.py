"""What a release holds, in numbers: hours, clips and speakers by variety, band and split."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from speechcorpus.corpus.documents import Row
from speechcorpus.corpus.splits import SPLITS


@dataclass(slots=True)
class Share:
    """Clips, seconds and speakers of one part of a release."""

    clips: int = 0
    seconds: float = 0.0
    speakers: set[str] = field(default_factory=set)

    def add(self, row: Row) -> None:
        """Count one clip."""
        self.clips += 1
        self.seconds += _float(row, "duration")
        self.speakers.add(str(row["speaker_id"]))

    def to_json(self) -> dict[str, int | float]:
        """Clips, hours and number of speakers."""
        return {"clips": self.clips, "hours": round(self.seconds / 3600, 4), "speakers": len(self.speakers)}


@dataclass(slots=True)
class Statistics:
    """Everything the card, the datasheet and the portal say in numbers; gathered in one pass."""

    total: Share = field(default_factory=Share)
    by_split: dict[str, Share] = field(default_factory=lambda: {split: Share() for split in SPLITS})
    by_cell: dict[tuple[str, str, str], Share] = field(default_factory=lambda: defaultdict(Share))
    by_column: dict[str, dict[str, Share]] = field(default_factory=lambda: defaultdict(_shares))
    durations: list[float] = field(default_factory=list)
    levels: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # by band, dB(A)
    snr: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, row: Row) -> None:
        """Count one clip."""
        split, band = str(row["split"]), str(row["noise_band"])
        self.total.add(row)
        self.by_split[split].add(row)
        self.by_cell[str(row["language"]), band, split].add(row)
        for column in ("gender", "age_band", "style", "text_status", "source_kind", "calibration_kind"):
            self.by_column[column][str(row[column])].add(row)
        self.durations.append(_float(row, "duration"))
        self.snr[band].append(_float(row, "snr_db"))
        if row.get("noise_dba") is not None:
            self.levels[band].append(_float(row, "noise_dba"))

    @property
    def calibrated(self) -> int:
        """Clips whose background is known in dB(A)."""
        return sum(map(len, self.levels.values()))

    def to_json(self) -> dict[str, object]:
        """Return what the portal shows above the fold."""
        return {
            "total": self.total.to_json(),
            "splits": {split: share.to_json() for split, share in self.by_split.items()},
            "duration_s": dict(zip(QUARTILES, quartiles(self.durations), strict=True)),
            "calibrated_clips": self.calibrated,
            "cells": [
                {"language": language, "band": band, "split": split, **share.to_json()}
                for (language, band, split), share in sorted(self.by_cell.items())
            ],
            "snr_db": {band: _quartile_row(found) for band, found in sorted(self.snr.items())},
            "noise_dba": {band: _quartile_row(found) for band, found in sorted(self.levels.items())},
        }


QUARTILES = ("min", "q25", "median", "q75", "max")


def gather(rows: Iterable[Row]) -> Statistics:
    """Return the statistics of these clips."""
    found = Statistics()
    for row in rows:
        found.add(row)
    return found


def quartiles(values: Sequence[float]) -> tuple[float, float, float, float, float]:
    """Return minimum, quartiles and maximum, interpolated linearly, rounded to 3 decimals.

    >>> quartiles([4.0, 1.0, 3.0, 2.0, 5.0])
    (1.0, 2.0, 3.0, 4.0, 5.0)
    """
    ordered = sorted(values)
    found = [round(_quantile(ordered, share), 3) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    return found[0], found[1], found[2], found[3], found[4]


def _quantile(ordered: Sequence[float], share: float) -> float:
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def _quartile_row(values: Sequence[float]) -> Mapping[str, float]:
    return dict(zip(QUARTILES, quartiles(values), strict=True))


def _shares() -> dict[str, Share]:
    return defaultdict(Share)


def _float(row: Row, name: str) -> float:
    value = row[name]
    return float(value) if isinstance(value, int | float) else 0.0
