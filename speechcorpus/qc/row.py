"""From tracks to the fields of a row, subject by subject; None wherever there is nothing to say."""

from typing import Any

import numpy as np

from speechcorpus.domain.measurement import SPANS_A_KIND, Span, SpanKind
from speechcorpus.dsp.arrays import HOP_S, BoolArray, FloatArray, Floats
from speechcorpus.dsp.defects.edges import Edges, edges
from speechcorpus.dsp.level import (
    FAST_S,
    SLOW_S,
    exceeded_dbfs,
    leq_dbfs,
    level_dbfs,
    mean_power,
    short_leq,
    weighted_maximum_dbfs,
)
from speechcorpus.dsp.loudness import loudness_lufs
from speechcorpus.dsp.weighting import OCTAVES_HZ, octave_edges_hz
from speechcorpus.noise.floor import Background
from speechcorpus.qc.seconds import FEWEST_FRAMES, second_levels
from speechcorpus.qc.tracks import Tracks

Fields = dict[str, Any]

HALF_SECOND_HOPS = 25
SNR_RANGE_DB = (-10.0, 60.0)
SEGMENTAL_RANGE_DB = (-10.0, 35.0)
AT_ONCE = 1 << 15  # frames: the ratios of six hours would take 30 MB
EDGE_S = 0.05
LONG_PAUSE_S = 1.0  # the shortest pause that any default rule speaks of
SECONDS_A_MINUTE = 60
OCTAVE_EDGES_HZ = {nominal_hz: octave_edges_hz(nominal_hz) for nominal_hz in OCTAVES_HZ}


def level_fields(tracks: Tracks) -> Fields:
    """Whole-file levels and loudness."""
    fields: Fields = {"loudness_lufs": loudness_lufs(tracks.k)}
    if tracks.a.size:
        fields |= {"level_dbfs": leq_dbfs(tracks.z), "laeq_dbfs": leq_dbfs(tracks.a)}
    if tracks.z.size >= HALF_SECOND_HOPS:
        names = ("la10_dbfs", "la50_dbfs", "la90_dbfs", "la95_dbfs")
        fields |= dict(zip(names, exceeded_dbfs(short_leq(tracks.a), 10, 50, 90, 95), strict=True))
        fields["laf_max_dbfs"] = weighted_maximum_dbfs(tracks.a, time_constant_s=FAST_S)
        fields["las_max_dbfs"] = weighted_maximum_dbfs(tracks.a, time_constant_s=SLOW_S)
    return fields


def noise_fields(tracks: Tracks, floor: Background | None) -> Fields:
    """The background and, where there is a gap, its octaves."""
    if floor is None:
        return {"noise_gap_s": 0.0, "noise_gap_kept_s": 0.0}
    fields: Fields = {
        "noise_laeq_dbfs": floor.laeq_dbfs,
        "noise_la90_dbfs": floor.la90_dbfs,
        "noise_method": floor.method,
        "noise_gap_s": floor.gap_s,
        "noise_gap_kept_s": floor.gap_kept_s,
        "noise_spread_db": floor.spread_db,
        "noise_se_db": floor.se_db,
        "noise_uncertainty_db": 2 * floor.se_db,  # k = 2, the estimator's part
        "gap_se_db": floor.gap_se_db,
        "noise_seconds_dbfs": second_levels(tracks.a, floor.gap, fewest_frames=FEWEST_FRAMES),
    }
    return fields | (_octave_fields(tracks, floor.kept) if floor.kept.any() else {})


def speech_fields(tracks: Tracks, floor: Background | None) -> Fields:
    """How much speech there is, how loud, and how far above the background."""
    if tracks.a.size == 0:
        return {}
    speech_s = float(np.count_nonzero(tracks.speech)) * HOP_S
    fields: Fields = {"speech_s": speech_s, "speech_ratio": speech_s / tracks.duration_s}
    if speech_s == 0:
        return fields
    spoken = _speech_frames(tracks.speech)
    z_powers = _frame_powers(tracks.z, spoken)
    noise_z, noise_a = (floor.z_power, floor.a_power) if floor else (0.0, 0.0)
    z_power = mean_power(z_powers)
    fields["speech_level_dbfs"] = level_dbfs(max(z_power - noise_z, 0.1 * noise_z))  # 10 dB below at most
    if floor is None:
        return fields
    return fields | {
        "snr_db": float(snr_db(z_power, noise_z, SNR_RANGE_DB)),
        "snr_a_db": float(snr_db(mean_power(tracks.a[spoken]), noise_a, SNR_RANGE_DB)),
        "snr_segmental_db": _segmental_db(z_powers, noise_z),
    }


def edge_fields(found: Edges | None) -> Fields:
    """Silence and cuts at both ends, the longest pause; nothing where no gap tells speech from the rest."""
    if found is None:
        return {}
    return {
        "head_silence_s": found.head_silence_s,
        "tail_silence_s": found.tail_silence_s,
        "head_cut": found.head_cut,
        "tail_cut": found.tail_cut,
        "longest_pause_s": max(((end - start) * HOP_S for start, end in found.pauses), default=None),
    }


def peak_fields(tracks: Tracks) -> Fields:
    """Peak, DC and clipping of the worst channel."""
    if tracks.frames == 0:
        return {}
    worst = max((channel.clipping for channel in tracks.channels), key=lambda clips: clips.samples)
    full_scale_samples = max(channel.clipping.full_scale_samples for channel in tracks.channels)
    return {
        "peak_dbfs": max(channel.peak.peak_dbfs for channel in tracks.channels),
        "dc_ratio": max((channel.peak.dc_ratio for channel in tracks.channels), key=abs),
        "clip_runs": worst.runs,
        "clip_runs_per_min": worst.runs / tracks.duration_s * SECONDS_A_MINUTE,
        "clipped_s": worst.samples / tracks.rate_hz,
        "clipped_ratio": worst.samples / tracks.frames,
        "full_scale_ratio": full_scale_samples / tracks.frames,
    }


def spans(tracks: Tracks, found: Edges | None, defects: list[Span]) -> Fields:
    """Places, at most 200 a kind: the longest are kept, then sorted by time."""
    places = [*_clip_spans(tracks), *_edge_spans(tracks, found), *defects]
    by_kind: dict[str, list[Span]] = {}
    for span in places:
        by_kind.setdefault(span.kind, []).append(span)
    kept = [
        span
        for of_kind in by_kind.values()
        for span in sorted(of_kind, key=lambda s: s.start_sample - s.end_sample)[:SPANS_A_KIND]
    ]
    clips = sum(channel.clipping.runs - len(channel.clipping.longest) for channel in tracks.channels)
    ordered = sorted(kept, key=lambda s: (s.start_sample, s.end_sample, s.kind, s.channel or 0))
    return {"spans": tuple(ordered), "spans_left_out": clips + len(places) - len(kept)}


def found_edges(tracks: Tracks, floor: Background | None) -> Edges | None:
    """Edges of the file, or None where they cannot be measured: without speech, or without a gap.

    In a loud room the detector takes everything for speech. What then looks like a file that begins inside a
    word is a detector that heard no end of one, and a number that nobody measured must not cost a take.
    """
    if floor is None or floor.method != "gap":
        return None
    return edges(tracks.a, tracks.speech, noise_dbfs=floor.laeq_dbfs, duration_s=tracks.duration_s)


def snr_db(speech: Floats | float, noise: float, limits_db: tuple[float, float]) -> FloatArray:
    """Return `10·log10((speech − noise)/noise)` inside the limits; nothing above the noise is the lower one.

    Examples
    --------
    >>> snr_db(np.array([11.0, 1.0, 2e9]), 1.0, (-10, 60)).tolist()
    [10.0, -10.0, 60.0]
    """
    lowest, highest = (10 ** (limit / 10) for limit in limits_db)
    over = np.maximum(np.asarray(speech, dtype=np.float64) - noise, noise * lowest)
    ratio = over / noise if noise > 0 else np.full_like(over, highest)
    return np.asarray(10 * np.log10(np.clip(ratio, lowest, highest)))


def _octave_fields(tracks: Tracks, kept: BoolArray) -> Fields:
    fields: Fields = {}
    for nominal_hz, power in zip(OCTAVES_HZ, tracks.octave_powers(kept).tolist(), strict=True):
        low_hz, high_hz = OCTAVE_EDGES_HZ[nominal_hz]
        if low_hz < tracks.rate_hz / 2:
            fields[f"noise_octave_{nominal_hz}_dbfs"] = level_dbfs(power)
        if low_hz < tracks.rate_hz / 2 < high_hz:
            fields["noise_octave_partial_hz"] = nominal_hz
    return fields


def _segmental_db(powers: Floats, noise: float) -> float:
    parts = (powers[at : at + AT_ONCE] for at in range(0, powers.size, AT_ONCE))
    return float(sum(snr_db(part, noise, SEGMENTAL_RANGE_DB).sum() for part in parts)) / powers.size


def _frame_powers(z_powers: Floats, chosen: BoolArray) -> Floats:
    """Mean squares of the chosen frames, each of two hops."""
    powers, done = np.empty(np.count_nonzero(chosen), dtype=np.float32), 0
    for at in range(0, chosen.size, AT_ONCE):
        here = chosen[at : at + AT_ONCE]
        part = (z_powers[at:][: here.size] + z_powers[at + 1 :][: here.size])[here]
        np.divide(part, 2, out=powers[done : done + part.size])
        done += part.size
    return powers


def _speech_frames(speech: BoolArray) -> BoolArray:
    both = speech[:-1] & speech[1:]
    return both if both.any() else speech[:-1] | speech[1:]


def _clip_spans(tracks: Tracks) -> list[Span]:
    many = len(tracks.channels) > 1
    return [
        Span.at(
            "clip",
            start,
            end,
            rate_hz=tracks.rate_hz,
            channel=number if many else None,
            measured=end - start,
            unit="samples",
        )
        for number, channel in enumerate(tracks.channels)
        for start, end in channel.clipping.longest
    ]


def _edge_spans(tracks: Tracks, found: Edges | None) -> list[Span]:
    if found is None:
        return []
    edge, whole, hop = round(EDGE_S * tracks.rate_hz), tracks.frames, tracks.rate_hz * HOP_S
    places: list[tuple[SpanKind, int, int, float]] = []
    if found.head_cut:
        places.append(("head-cut", 0, min(edge, whole), found.head_silence_s))
    if found.tail_cut:
        places.append(("tail-cut", max(0, whole - edge), whole, found.tail_silence_s))
    for start, end in found.pauses:
        if (end - start) * HOP_S > LONG_PAUSE_S:
            places.append(("long-pause", round(start * hop), round(end * hop), (end - start) * HOP_S))
    return [
        Span.at(kind, start, end, rate_hz=tracks.rate_hz, channel=None, measured=round(measured, 3), unit="s")
        for kind, start, end, measured in places
    ]
