"""From what the detectors of depth `full` found to the fields of a row and to places."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import numpy as np

from speechcorpus.domain.measurement import Span, SpanKind
from speechcorpus.dsp.arrays import HOP_S, HOPS_PER_S, BoolArray
from speechcorpus.dsp.defects.agc import Pumping, pumping
from speechcorpus.dsp.defects.burst import Burst, bursts
from speechcorpus.dsp.defects.dropout import Dropouts
from speechcorpus.dsp.defects.pop import Pops, pops
from speechcorpus.dsp.defects.reverb import reverberation
from speechcorpus.noise.floor import Background
from speechcorpus.qc.full import Detected
from speechcorpus.qc.tracks import Tracks

Fields = dict[str, Any]
Found = TypeVar("Found")

TRUE_PEAK_ABOVE_DBFS = -3.0
PUMPED_DB = 6.0  # a gap that rose by more is shown as one
SECONDS_A_MINUTE = 60


class Defects:
    """What was found in all channels of one recording; a number is that of the worst channel."""

    def __init__(self, tracks: Tracks, floor: Background | None) -> None:
        self._tracks = tracks
        self._found = [channel.full.finish(tracks.speech) for channel in tracks.channels if channel.full]
        self._long = bool(self._found) and tracks.z.size >= HOPS_PER_S
        channels = tracks.channels if self._long else ()
        self._pumping = [pumping(channel.a, tracks.speech) for channel in channels]
        self._pops = [pops(channel.low_power, channel.a) for channel in channels]
        self._bursts: list[Burst] = []
        if self._long and floor:
            self._bursts = bursts(tracks.a, tracks.speech, floor.gap, voiced=self._voiced)
        self._floor = floor

    def fields(self) -> Fields:
        """The fields of depth `full`; none at depth `core`, or for a file without a sample."""
        if not self._found or self._tracks.frames == 0:
            return {}
        return {
            **self._sample_fields(),
            **self._spectral_fields(),
            **self._gap_fields(),
            **self._pair_fields(),
            **(self._event_fields() if self._long else {}),
        }

    def spans(self) -> list[Span]:
        """Where it was found."""
        places: list[Span] = []
        for number, found in enumerate(self._found):
            places += self._sample_spans(number, found)
        for number, (pumped, popped) in enumerate(zip(self._pumping, self._pops, strict=True)):
            places += self._hop_spans(number, pumped, popped)
        return places + [self._burst_span(burst) for burst in self._bursts]

    def _voiced(self) -> BoolArray:
        """Hops in which any channel repeats itself; asked once, and only where something stands alone."""
        hops = self._tracks.speech.size
        return np.asarray(np.any([found.voicing.finish(hops) for found in self._found], axis=0))

    def _sample_fields(self) -> Fields:
        worst = max((found.dropouts for found in self._found), key=_lost_samples)
        peak_dbfs = max(channel.peak.peak_dbfs for channel in self._tracks.channels)
        fields: Fields = {
            "dropout_count": len(worst.zeros),
            "repeat_count": len(worst.repeats),
            "dropout_s": _lost_samples(worst) / self._tracks.rate_hz,
        }
        if peak_dbfs > TRUE_PEAK_ABOVE_DBFS:
            fields["true_peak_dbtp"] = max(found.true_peak_dbtp for found in self._found)
        return fields

    def _spectral_fields(self) -> Fields:
        fields: Fields = {}
        bands = [found.bandwidth for found in self._found if found.bandwidth]
        if narrow := _worst(bands, lambda band: -(band.bandwidth_hz or 0.0)):
            fields |= {"bandwidth_hz": narrow.bandwidth_hz, "hf_ratio_db": narrow.hf_ratio_db}
            cliffs = [band.cliff_hz for band in bands if band.cliff_hz is not None]
            fields["bandwidth_cliff_hz"] = min(cliffs, default=None)
        hums = (found.hum for found in self._found)
        if hum := _worst(hums, lambda hum: (hum.hum_hz is not None, hum.hum_db)):
            fields |= {"hum_hz": hum.hum_hz, "hum_db": hum.hum_db}
        if echo := _worst((found.echo for found in self._found), lambda echo: echo.level_db):
            fields |= {"echo_delay_s": echo.delay_s, "echo_level_db": echo.level_db}
        return fields

    def _gap_fields(self) -> Fields:
        floor, tracks, fields = self._floor, self._tracks, {}
        if pumped := _worst(self._pumping, lambda pumped: pumped.pumping_db):
            fields["agc_pumping_db"] = pumped.pumping_db
        if floor is None:
            return fields
        gap_hops = np.flatnonzero(np.append(floor.gap, False) | np.append(False, floor.gap))
        if gap_hops.size:
            zeros = max(int(found.zeros[gap_hops].sum()) for found in self._found)
            fields["gap_zero_ratio"] = zeros / (gap_hops.size * HOP_S * tracks.rate_hz)
        room = reverberation(tracks.a, tracks.speech, floor.a_power)
        return fields | ({"reverb_t60_s": room.t60_s, "reverb_class": room.reverb_class} if room else {})

    def _pair_fields(self) -> Fields:
        pair = self._tracks.pair
        if pair is None:
            return {}
        return {
            "channel_identical": pair.identical,
            "channel_correlation": pair.correlation,
            "channel_delay_s": pair.delay_s,
            "channel_bleed_db": self._tracks.bleed_db,
        }

    def _event_fields(self) -> Fields:
        clicks = max(found.clicks.count for found in self._found)
        return {
            "click_count": clicks,
            "clicks_per_min": clicks / self._tracks.duration_s * SECONDS_A_MINUTE,
            "pop_count": max(popped.count for popped in self._pops),
            "burst_count": len(self._bursts),
        }

    def _sample_spans(self, number: int, found: Detected) -> list[Span]:
        lost = [("dropout", run) for run in found.dropouts.zeros]
        lost += [("repeat", run) for run in found.dropouts.repeats]
        places = [self._span(kind, *run, number, run[1] - run[0], "samples") for kind, run in lost]
        for run, height_db in zip(found.clicks.places, found.clicks.heights_db, strict=True):
            places.append(self._span("click", *run, number, height_db, "dB"))
        if found.hum and found.hum.hum_hz is not None:
            places += [self._hops("hum", *run, number, found.hum.hum_db) for run in found.hum.gaps]
        return places

    def _hop_spans(self, number: int, pumped: Pumping | None, popped: Pops) -> list[Span]:
        gaps = [gap for gap in (pumped.gaps if pumped else ()) if gap.rise_db > PUMPED_DB]
        places = [self._hops("agc", gap.start_hop, gap.end_hop, number, gap.rise_db) for gap in gaps]
        for run, height_db in zip(popped.places, popped.heights_db, strict=True):
            places.append(self._hops("pop", *run, number, height_db))
        return places

    def _burst_span(self, burst: Burst) -> Span:
        rate_hz = self._tracks.rate_hz
        start, end = round(burst.start_s * rate_hz), min(round(burst.end_s * rate_hz), self._tracks.frames)
        return Span.at(
            "burst", start, end, rate_hz=rate_hz, channel=None, measured=round(burst.over_db, 2), unit="dB"
        )

    def _hops(self, kind: SpanKind, start: int, end: int, number: int, measured_db: float) -> Span:
        hop = self._tracks.rate_hz // HOPS_PER_S
        return self._span(kind, start * hop, end * hop, number, measured_db, "dB")

    def _span(self, kind: str, start: int, end: int, number: int, measured: float, unit: str) -> Span:
        return Span.at(
            kind,  # type: ignore[arg-type]
            start,
            end,
            rate_hz=self._tracks.rate_hz,
            channel=None if len(self._tracks.channels) == 1 else number,
            measured=round(measured, 2),
            unit=unit,
        )


def _worst(found: Iterable[Found | None], badness: Callable[[Found], Any]) -> Found | None:
    there = [one for one in found if one is not None]
    return max(there, key=badness) if there else None


def _lost_samples(found: Dropouts) -> int:
    return sum(end - start for start, end in found.zeros + found.repeats)
