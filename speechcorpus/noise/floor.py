"""The background of a recording: the level of what lies between speech, and how sure we are of it.

A voice detector alone reads a quiet room several dB too high, because the tails of words leak into its
pauses. So a guard keeps away from speech, and a trim drops what still stands out.
"""

import math
from dataclasses import dataclass

import numpy as np

from speechcorpus.domain.measurement import NoiseMethod
from speechcorpus.dsp.arrays import HOP_S, BoolArray, Floats
from speechcorpus.dsp.level import exceeded_dbfs, leq_dbfs, mean_power, quantiles_dbfs, short_leq
from speechcorpus.dsp.runs import spread

SHORTEST_AUDIO_HOPS = 15  # 0.3 s
SHORT_LEQ_S = 0.1
DB_OF_RATIO = 4.34  # 10/ln 10: a relative error of energy, in dB


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorSettings:
    """Constants of the gap estimator; any change of one is a change of the row's `settings_sha256`."""

    skipped_start_s: float = 0.04  # the detector warms up, filters settle
    guard_s: float = 0.06
    trim_db: float = 8.0  # 4 would also drop the louder half of noise that drifts or knocks
    trim_spread_factor: float = 4.0
    shortest_gap_s: float = 0.3
    spread_divisor: float = 3.0
    lowest_se_db: float = 1.0
    one_second_se_db: float = 1.0  # what noise does while someone speaks is guessed from the gap
    la90_se_db: float = 2.5
    la90_spread_divisor: float = 5.0  # far below LA50, LA90 is more likely a quiet syllable than the room


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """Background of one recording; `kept` marks the frames it rests on (none for method `la90`)."""

    laeq_dbfs: float
    la90_dbfs: float | None
    method: NoiseMethod
    gap_s: float
    gap_kept_s: float
    spread_db: float
    se_db: float
    a_power: float
    z_power: float
    kept: BoolArray
    gap: BoolArray
    gap_se_db: float | None  # standard error of the kept gap alone: no floor, no drift


def background(
    a_powers: Floats, z_powers: Floats, speech: BoolArray, settings: FloorSettings
) -> Background | None:
    """Return the background, or None for less than 0.3 s of audio.

    Parameters
    ----------
    a_powers : shape (hops − 1,), A-weighted mean square of each frame
    z_powers : shape (hops,), unweighted mean square of each hop, free of DC
    speech : shape (hops,), whether a hop holds speech
    """
    if z_powers.size < SHORTEST_AUDIO_HOPS:
        return None
    gap = gap_frames(speech, settings)
    kept = trimmed(a_powers, gap, settings)
    gap_energies = short_leq(a_powers[gap])
    whole_la90_dbfs, whole_la50_dbfs = exceeded_dbfs(short_leq(a_powers), 90, 50)
    quiet = _seconds(kept) >= settings.shortest_gap_s
    gap_se_db = energy_se_db(short_leq(a_powers[kept])) if quiet else None
    laeq_dbfs = leq_dbfs(a_powers[kept]) if quiet else whole_la90_dbfs
    spread_db = laeq_dbfs - whole_la90_dbfs
    return Background(
        laeq_dbfs=laeq_dbfs,
        la90_dbfs=exceeded_dbfs(gap_energies, 90)[0] if _seconds(gap) >= settings.shortest_gap_s else None,
        method="gap" if quiet else "la90",
        gap_s=_seconds(gap),
        gap_kept_s=_seconds(kept),
        spread_db=spread_db,
        se_db=_la90_se_db(whole_la50_dbfs - whole_la90_dbfs, settings)
        if gap_se_db is None
        else _gap_se_db(gap_se_db, spread_db, _seconds(kept), settings),
        a_power=mean_power(a_powers[kept]) if quiet else _power(whole_la90_dbfs),
        z_power=_gap_z(z_powers, kept) if quiet else _power(exceeded_dbfs(short_leq(z_powers), 90)[0]),
        kept=kept if quiet else np.zeros_like(kept),
        gap=gap,
        gap_se_db=gap_se_db,
    )


def gap_frames(speech: BoolArray, settings: FloorSettings) -> BoolArray:
    """Return the frames whose two hops both lie further from speech than the guard, shape (hops − 1,).

    Examples
    --------
    >>> speech = np.array([False] * 10 + [True] + [False] * 9)
    >>> np.flatnonzero(gap_frames(speech, FloorSettings())).tolist()
    [2, 3, 4, 5, 14, 15, 16, 17, 18]
    """
    gap = ~spread(speech, round(settings.guard_s / HOP_S))
    gap[: round(settings.skipped_start_s / HOP_S)] = False
    return np.asarray(gap[:-1] & gap[1:])


def trimmed(a_powers: Floats, gap: BoolArray, settings: FloorSettings) -> BoolArray:
    """Return the gap frames without those that stand out above the quiet quarter of the gap."""
    if not gap.any():
        return gap
    q05, q25 = quantiles_dbfs(a_powers[gap], 5, 25)
    limit_dbfs = q25 + max(settings.trim_db, settings.trim_spread_factor * (q25 - q05))
    return np.asarray(gap & (a_powers <= _power(limit_dbfs)))


def energy_se_db(energies: Floats) -> float:
    """Return the standard error of the level of the mean of 100 ms energies that depend on one another.

    `4.34·std/mean/√n_eff` with `n_eff = n(1 − r)/(1 + r)` and r the lag-1 autocorrelation in [0, 0.95].
    """
    mean = mean_power(energies)
    centred = energies - mean
    variance = float(centred @ centred) / energies.size
    if mean <= 0 or variance <= 0:
        return 0.0
    repeated = float(centred[1:] @ centred[:-1]) / energies.size / variance
    repeated = min(max(repeated, 0.0), 0.95)
    effective = energies.size * (1 - repeated) / (1 + repeated)
    return DB_OF_RATIO * math.sqrt(variance / effective) / mean


def _gap_se_db(scatter_db: float, spread_db: float, kept_s: float, settings: FloorSettings) -> float:
    drift_db = max(0.0, spread_db) / settings.spread_divisor
    unheard_db = settings.one_second_se_db / math.sqrt(kept_s)
    return max(settings.lowest_se_db, math.hypot(scatter_db, drift_db, unheard_db))


def _la90_se_db(la50_less_la90_db: float, settings: FloorSettings) -> float:
    return max(settings.la90_se_db, la50_less_la90_db / settings.la90_spread_divisor)


def _gap_z(z_powers: Floats, kept: BoolArray) -> float:
    at = np.flatnonzero(kept)
    return mean_power(z_powers[at] + z_powers[at + 1]) / 2


def _seconds(frames: BoolArray) -> float:
    return float(np.count_nonzero(frames)) * HOP_S


def _power(level_dbfs: float) -> float:
    return float(10 ** (level_dbfs / 10))
