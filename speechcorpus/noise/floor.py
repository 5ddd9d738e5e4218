"""The background of a recording: the level of what lies between speech, and how sure we are of it.

A voice detector alone reads a quiet room several dB too high, because the tails of words leak into its
pauses. So a guard keeps away from speech, and a trim drops what still stands out.

Noise that swells or clatters in the pauses did so behind the words too, unheard. So the standard error grows
with what the heard part scatters beyond steady noise, and shrinks with the share of the file that was heard.
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
SIGMAS_LA90_TO_LA10 = 2.563  # of a normal distribution


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
    steady_scatter_db: float = 0.7  # of 100 ms levels; rain and a quiet room stay about below
    swell_factor: float = 5.0  # se in dB for each dB beyond, of one second heard of many
    highest_swell_se_db: float = 4.0
    la90_se_db: float = 1.5
    la90_tail_factor: float = 1.2  # LA75 − LA95 scatters as the noise does: speech is hardly ever so quiet
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
    gap_se_db: float | None  # standard error as the room tone of another recording: no floor, no drift


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
    whole_dbfs = exceeded_dbfs(short_leq(a_powers), 95, 90, 75, 50)
    gap_dbfs = exceeded_dbfs(short_leq(a_powers[gap]), 90, 10) if _is_enough(gap, settings) else None
    heard = _heard(a_powers[kept], gap_dbfs, kept.size) if gap_dbfs and _is_enough(kept, settings) else None
    laeq_dbfs = leq_dbfs(a_powers[kept]) if heard else whole_dbfs[1]
    spread_db = laeq_dbfs - whole_dbfs[1]
    return Background(
        laeq_dbfs=laeq_dbfs,
        la90_dbfs=gap_dbfs[0] if gap_dbfs else None,
        method="gap" if heard else "la90",
        gap_s=_seconds(gap),
        gap_kept_s=_seconds(kept),
        spread_db=spread_db,
        se_db=heard.se_db(spread_db, settings) if heard else _la90_se_db(whole_dbfs, settings),
        a_power=mean_power(a_powers[kept]) if heard else _power(laeq_dbfs),
        z_power=_gap_z(z_powers, kept) if heard else _power(exceeded_dbfs(short_leq(z_powers), 90)[0]),
        kept=kept if heard else np.zeros_like(kept),
        gap=gap,
        gap_se_db=heard.elsewhere_se_db(settings) if heard else None,
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


def swell_se_db(scatter_db: float, *, heard_s: float, unheard: float, settings: FloorSettings) -> float:
    """Return the standard error for what noise that scatters so much did unheard.

    `5·√(scatter² − 0.7²)·√(unheard share/heard_s)`, at most 4 dB. A second counts as one independent value;
    the rest of the 5 allows for the few values, and for sounds louder than all that was heard.

    Examples
    --------
    >>> settings = FloorSettings()
    >>> [round(swell_se_db(s, heard_s=2, unheard=0.75, settings=settings), 2) for s in (0.4, 1.0, 1.5, 3.0)]
    [0.0, 2.19, 4.0, 4.0]
    >>> swell_se_db(3.0, heard_s=8, unheard=0, settings=settings)
    0.0
    """
    beyond_db = math.sqrt(max(0.0, scatter_db**2 - settings.steady_scatter_db**2))
    swell_db = settings.swell_factor * beyond_db * math.sqrt(unheard / heard_s)
    return min(swell_db, settings.highest_swell_se_db)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """How the heard part behaves: the error of its energy alone, its scatter, its length and share."""

    energy_db: float
    scatter_db: float
    heard_s: float
    unheard: float

    def se_db(self, spread_db: float, settings: FloorSettings) -> float:
        """For the recording itself."""
        drift_db = max(0.0, spread_db) / settings.spread_divisor
        unheard_db = settings.one_second_se_db / math.sqrt(self.heard_s)
        swell_db = self._swell_db(self.unheard, settings)
        return max(settings.lowest_se_db, math.hypot(self.energy_db, drift_db, unheard_db, swell_db))

    def elsewhere_se_db(self, settings: FloorSettings) -> float:
        """For the same room at another time, of which nothing was heard."""
        return math.hypot(self.energy_db, self._swell_db(1.0, settings))

    def _swell_db(self, unheard: float, settings: FloorSettings) -> float:
        return swell_se_db(self.scatter_db, heard_s=self.heard_s, unheard=unheard, settings=settings)


def _heard(kept_powers: Floats, gap_dbfs: tuple[float, ...], frames: int) -> _Heard:
    la90_dbfs, la10_dbfs = gap_dbfs
    return _Heard(
        energy_db=energy_se_db(short_leq(kept_powers)),
        scatter_db=(la10_dbfs - la90_dbfs) / SIGMAS_LA90_TO_LA10,
        heard_s=kept_powers.size * HOP_S,
        unheard=1 - kept_powers.size / frames,
    )


def _la90_se_db(whole_dbfs: tuple[float, ...], settings: FloorSettings) -> float:
    la95_dbfs, la90_dbfs, la75_dbfs, la50_dbfs = whole_dbfs
    swell_db = min(settings.la90_tail_factor * (la75_dbfs - la95_dbfs), settings.highest_swell_se_db)
    syllable_db = (la50_dbfs - la90_dbfs) / settings.la90_spread_divisor
    return max(math.hypot(settings.la90_se_db, swell_db), syllable_db)


def _gap_z(z_powers: Floats, kept: BoolArray) -> float:
    heard = sum(float(part.sum(where=kept, dtype=np.float64)) for part in (z_powers[:-1], z_powers[1:]))
    return heard / 2 / np.count_nonzero(kept)  # without a copy: of six hours that takes 9 MB


def _is_enough(frames: BoolArray, settings: FloorSettings) -> bool:
    return _seconds(frames) >= settings.shortest_gap_s


def _seconds(frames: BoolArray) -> float:
    return float(np.count_nonzero(frames)) * HOP_S


def _power(level_dbfs: float) -> float:
    return float(10 ** (level_dbfs / 10))
