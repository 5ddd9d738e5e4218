"""When a recording is listened to a second time, by the slower and better voice detector.

Only where it may change the answer: near the edge of a band, or where the first detector left hardly any
background, or one that does not hold still.
"""

from dataclasses import dataclass, replace

from speechcorpus.dsp.voice_neural import THRESHOLD
from speechcorpus.noise.floor import Background, FloorSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondStage:
    """Constants of the second stage; any change of one is a change of the row's `settings_sha256`."""

    threshold: float = THRESHOLD
    guard_s: float = 0.16  # silero's ends come 120 ms late, its onsets 20 ms (medians)
    near_edge_db: float = 4.0
    short_gap_s: float = 0.5
    wide_spread_db: float = 6.0


def needs_second_stage(
    background: Background | None,
    *,
    edges_dbfs: tuple[float, ...] | None,
    settings: SecondStage | None = None,
) -> bool:
    """Return whether the second detector has to hear this recording.

    Parameters
    ----------
    background : of the first detector; None (under 0.3 s of audio) needs no second stage
    edges_dbfs : edges of the bands less the calibration; None: nearness to an edge is not asked
    """
    if background is None:
        return False
    limits = settings or SecondStage()
    return (
        background.gap_kept_s < limits.short_gap_s
        or background.spread_db > limits.wide_spread_db
        or any(abs(background.laeq_dbfs - edge_dbfs) <= limits.near_edge_db for edge_dbfs in edges_dbfs or ())
    )


def second_floor(floor: FloorSettings, settings: SecondStage | None = None) -> FloorSettings:
    """Return the gap estimator's constants for the second stage: a longer guard, the same trim.

    Examples
    --------
    >>> second_floor(FloorSettings()).guard_s
    0.16
    """
    return replace(floor, guard_s=(settings or SecondStage()).guard_s)
