"""Second by second: when, and by how much, the background was out of its band."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from speechcorpus.noise.band import Band

BRIDGED_S = 2  # speech covers as much of a noise without breaking it; of more nobody knows


@dataclass(frozen=True, slots=True, kw_only=True)
class OutRun:
    """Seconds `[start_s, end_s)` on one side of a band; `heard` are the levels that were measured in them."""

    above: bool
    start_s: int
    end_s: int
    heard: tuple[float, ...]

    @property
    def level(self) -> float:
        """Energy mean of what was heard, in the unit of the band."""
        return 10 * math.log10(math.fsum(10 ** (level / 10) for level in self.heard) / len(self.heard))


def is_out(level: float, band: Band, uncertainty_db: float) -> bool:
    """Say whether a level is out of the band by more than it is known.

    Examples
    --------
    >>> [is_out(level, Band(name="medium", low=40, high=55), 2.24) for level in (37.7, 37.76, 50, 57.25)]
    [True, False, False, True]
    """
    return round(band.distance_db(level), 6) < -uncertainty_db  # rounded as the verdict's distance is


def out_ratio(levels: Sequence[float | None], band: Band, *, uncertainty_db: float) -> float | None:
    """Return the share of the measured seconds that are out; None if none was measured.

    Examples
    --------
    >>> out_ratio([41, None, 60, 61, 42], Band(name="medium", low=40, high=55), uncertainty_db=2)
    0.5
    """
    heard = [is_out(level, band, uncertainty_db) for level in levels if level is not None]
    return sum(heard) / len(heard) if heard else None


def out_runs(levels: Sequence[float | None], band: Band, *, uncertainty_db: float) -> tuple[OutRun, ...]:
    """Return the runs of seconds that are out on the same side, in time order.

    A second without a level (speech all through it) neither begins nor ends a run: up to two of them between
    seconds that are out belong to the run, more of them part it in two.

    Examples
    --------
    >>> medium = Band(name="medium", low=40, high=55)
    >>> runs = out_runs([60, None, 62, 45, 61, None, None, None, 60], medium, uncertainty_db=2)
    >>> [(run.start_s, run.end_s, round(run.level, 1)) for run in runs]
    [(0, 3, 61.1), (4, 5, 61.0), (8, 9, 60.0)]
    """
    runs: list[list[tuple[int, float]]] = []
    broken = True
    for second, level in enumerate(levels):
        if level is None:
            continue
        if not is_out(level, band, uncertainty_db):
            broken = True
            continue
        if broken or not _goes_on(runs[-1][-1], second, level, band):
            runs.append([])
        runs[-1].append((second, level))
        broken = False
    return tuple(_run(run, band) for run in runs)


def _goes_on(last: tuple[int, float], second: int, level: float, band: Band) -> bool:
    unheard = second - last[0] - 1
    return unheard <= BRIDGED_S and _is_above(level, band) == _is_above(last[1], band)


def _run(seconds: list[tuple[int, float]], band: Band) -> OutRun:
    return OutRun(
        above=_is_above(seconds[0][1], band),
        start_s=seconds[0][0],
        end_s=seconds[-1][0] + 1,
        heard=tuple(level for _, level in seconds),
    )


def _is_above(level: float, band: Band) -> bool:
    return band.high is not None and level >= band.high
