"""What a release holds, in numbers: hours, clips and speakers by variety, band and split."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from speechcorpus.corpus.coverage import Coverage
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
class Kept:
    """How the clips of one band kept to it, as far as their background was measured in dB(A)."""

    measured: int = 0
    outside: int = 0  # their level is in no or another band
    shares: "array[float]" = field(default_factory=lambda: array("d"))  # of non-speech outside the band

    def add(self, row: Row) -> None:
        """Count one clip."""
        if row["noise_band_measured"] != "uncalibrated":
            self.measured += 1
            self.outside += row["noise_band_measured"] != row["noise_band"]
        if row.get("noise_out_share") is not None:
            self.shares.append(_float(row, "noise_out_share"))


@dataclass(slots=True)
class Statistics:
    """Everything the card, the datasheet, the plots and the portal say in numbers; gathered in one pass."""

    total: Share = field(default_factory=Share)
    by_split: dict[str, Share] = field(default_factory=lambda: {split: Share() for split in SPLITS})
    by_cell: dict[tuple[str, str, str], Share] = field(default_factory=lambda: defaultdict(Share))
    by_column: dict[str, dict[str, Share]] = field(default_factory=lambda: defaultdict(_shares))
    durations: "array[float]" = field(default_factory=lambda: array("d"))
    lengths: "dict[str, array[float]]" = field(default_factory=lambda: defaultdict(_floats))  # by style, s
    levels: "dict[str, array[float]]" = field(default_factory=lambda: defaultdict(_floats))  # by band, dB(A)
    uncalibrated: "dict[str, array[float]]" = field(default_factory=lambda: defaultdict(_floats))  # dBFS
    snr: "dict[str, array[float]]" = field(default_factory=lambda: defaultdict(_floats))
    lufs: "dict[str, array[float]]" = field(default_factory=lambda: defaultdict(_floats))  # by band
    kept: dict[str, Kept] = field(default_factory=lambda: defaultdict(Kept))  # by band
    spoken: dict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    """Seconds of each (gender, speaker)."""
    coverage: Coverage = field(default_factory=Coverage)
    days: set[str] = field(default_factory=set)  # on which was recorded

    def add(self, row: Row) -> None:
        """Count one clip."""
        split, band = str(row["split"]), str(row["noise_band"])
        self.total.add(row)
        self.by_split[split].add(row)
        self.by_cell[str(row["language"]), band, split].add(row)
        for column in COUNTED:
            self.by_column[column][str(row[column])].add(row)
        self.durations.append(_float(row, "duration"))
        self.lengths[str(row["style"])].append(_float(row, "duration"))
        self.snr[band].append(_float(row, "snr_db"))
        self.lufs[band].append(_float(row, "speech_lufs"))
        if row.get("noise_dba") is not None:
            self.levels[band].append(_float(row, "noise_dba"))
        else:
            self.uncalibrated[band].append(_float(row, "noise_dbfs"))
        self.kept[band].add(row)
        self.spoken[str(row["gender"]), str(row["speaker_id"])] += _float(row, "duration")
        self.coverage.add(row)
        self.days.add(str(row["recorded_at"]))

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


COUNTED = (
    *("gender", "age_band", "subvariety", "language", "style", "noise_band", "noise_band_measured"),
    *("text_status", "calibration_kind", "capture_path", "source_kind", "voice_synthesis"),
)
"""Columns of few values, whose clips, hours and speakers the datasheet counts."""
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


def _floats() -> "array[float]":
    return array("d")  # eight bytes a clip, a list would take thirty-two


def _float(row: Row, name: str) -> float:
    value = row[name]
    return float(value) if isinstance(value, int | float) else 0.0
