"""The one measuring function: blocks of samples in, a row out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from speechcorpus.domain.measurement import Measurement, SecondTracks, rounded_fields
from speechcorpus.dsp.defects.edges import Edges
from speechcorpus.dsp.peak import Samples
from speechcorpus.noise.floor import Background, background
from speechcorpus.noise.second_stage import needs_second_stage, second_floor
from speechcorpus.qc import row
from speechcorpus.qc.calibrated import calibrated
from speechcorpus.qc.defects import Defects
from speechcorpus.qc.second_pass import speech_by_silero
from speechcorpus.qc.seconds import second_tracks
from speechcorpus.qc.settings import ANALYSER, ANALYSER_VERSION, DEFAULT_SETTINGS, Settings
from speechcorpus.qc.tracks import Tracks, read_tracks

__all__ = [
    "ANALYSER",
    "ANALYSER_VERSION",
    "DEFAULT_SETTINGS",
    "Analysis",
    "Settings",
    "analyze",
    "analyzed",
    "calibrated",
]

NO_FACTS: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The row of a recording, and what it was read off."""

    measurement: Measurement
    kept: Tracks

    def tracks(self) -> SecondTracks:
        """Return background, level and speech second by second."""
        return second_tracks(self.kept.a, self.kept.speech, self.measurement.noise_seconds_dbfs)


def analyze(
    blocks: Iterable[Samples], rate_hz: int, channels: int, settings: Settings = DEFAULT_SETTINGS
) -> Measurement:
    """Return the uncalibrated row of one recording.

    The row is the same for any lengths of the blocks. It knows nothing of files (`path`, `sha256` …),
    calibration, bands or room tone.

    Parameters
    ----------
    blocks : each of shape (n, channels), or (n,) if mono; int16, or floats in [-1, 1]

    Raises
    ------
    SignalError : `signal.rate`, `signal.shape`, `signal.finite`

    Examples
    --------
    >>> import numpy as np
    >>> tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(32000) / 16000)
    >>> analyze([tone], 16000, 1).level_dbfs
    -23.01
    """
    return analyzed(blocks, rate_hz, channels, settings).measurement


def analyzed(
    blocks: Iterable[Samples],
    rate_hz: int,
    channels: int,
    settings: Settings,
    *,
    facts: Mapping[str, Any] = NO_FACTS,
) -> Analysis:
    """Return the uncalibrated row, as `analyze` does, with the tracks that it was read off.

    Parameters
    ----------
    facts : fields of the row that the samples do not tell (`path`, `sha256`, `container` …)

    Raises
    ------
    SignalError : as `analyze`; with a second stage also `vad.missing`, and `signal.once` for an iterator
    """
    first = read_tracks(blocks, rate_hz, channels, settings)
    floor = background(first.a, first.z, first.speech, settings.floor)
    edges = row.found_edges(first, floor)  # always by the first detector: the second ends words 0.12 s late
    tracks, heard_by = first, "webrtc"
    if _is_asked_again(floor, settings):
        speech = speech_by_silero(blocks, rate_hz, channels, threshold=settings.second.threshold)
        # who hears less than half of the speech may not say what the rest is
        if 2 * speech.sum() >= first.speech.sum():
            tracks, heard_by = replace(first, speech=speech[: first.z.size]), "silero"
            floor = background(
                tracks.a, tracks.z, tracks.speech, second_floor(settings.floor, settings.second)
            )
    fields = _fields(tracks, floor, edges)
    return Analysis(measurement=_row(tracks, fields, heard_by, settings, facts), kept=tracks)


def _is_asked_again(floor: Background | None, settings: Settings) -> bool:
    return settings.vad_backend == "silero-second" and needs_second_stage(
        floor, edges_dbfs=settings.edges_dbfs, settings=settings.second
    )


def _fields(tracks: Tracks, floor: Background | None, edges: Edges | None) -> dict[str, Any]:
    defects = Defects(tracks, floor)
    fields = {
        "duration_s": tracks.duration_s if tracks.frames else None,
        **row.level_fields(tracks),
        **row.noise_fields(tracks, floor),
        **row.speech_fields(tracks, floor),
        **row.edge_fields(edges),
        **row.peak_fields(tracks),
        **defects.fields(),
    }
    return {**rounded_fields(fields), **row.spans(tracks, edges, defects.spans())}


def _row(
    tracks: Tracks, fields: dict[str, Any], heard_by: str, settings: Settings, facts: Mapping[str, Any]
) -> Measurement:
    return Measurement(
        status="ok",
        analyser=ANALYSER,
        analyser_version=ANALYSER_VERSION,
        settings_sha256=settings.sha256,
        decoded_frames=tracks.frames,
        vad_backend=heard_by,
        **{"path": "", "rate_hz": tracks.rate_hz, "channels": len(tracks.channels), **facts},
        **fields,
    )
