"""Two people's takes of one talk as their browsers would tell them, made by formula: every clock is known.

A device has three clocks: the crystal of its microphone, the clock of its page (it starts anew with the
page), and the wall clock. Packets of sound are late by chance; so are the messages between the two pages,
more so one way than the other, and some are lost.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from speechcorpus.dsp.arrays import FloatArray
from speechcorpus.record.manifest import Capture, Manifest, Marker
from speechcorpus.record.track_clock import TrackClock, track_clock

RATE_HZ = 48_000  # where conditions say nothing else
WINDOW_S, MINUTE_S = 10.0, 60.0
ASKED_EVERY_S = 0.1
KEPT_SHARE = 0.1  # of a minute's exchanges: those that travelled the least
KEPT_AT_MOST = 12
TICK_US = 100  # what browsers round their clocks to
AWAY_S = 20.0  # a page that is loaded anew, until it records again


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """How two takes are made; times in seconds of true time, the second device against the first one."""

    rate_hz: int = RATE_HZ
    duration_s: float = 3600.0
    later_s: float = 7.3
    crystal_ppm: float = 50.0  # the second microphone delivers so many more samples
    clock_ppm: float = -20.0  # its page's clock is so much faster
    way_ms: tuple[float, float] = (20.0, 20.0)  # the least a message takes, there and back
    jitter_ms: float = 0.0  # the mean of what comes on top, each way
    loss: float = 0.0
    late_ms: float = 2.0  # the mean of what a packet of sound is late
    first_late_ms: float = 75.0  # the mean of what its first packets are late: the page is busy then
    packet_s: float = 0.01
    reloaded_at_s: float | None = None  # the second page is loaded anew
    broken_at_s: float | None = None  # the second take ends and the next one begins, on one page
    gap: tuple[float, float] | None = None  # at which second of the first take how many seconds are lost
    wall_off_s: float = 0.4
    names_pages: bool = True
    asked_by: str = "both"


ONE_HOST = Conditions(
    way_ms=(0.15, 0.15), jitter_ms=0.05, late_ms=0.5, crystal_ppm=0.0, clock_ppm=0.0, wall_off_s=0.0
)
FAR = Conditions(jitter_ms=200.0, loss=0.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeTake:
    """A take whose samples were spoken at `began_s + sample / speed_hz`, later behind its gap."""

    rate_hz: int
    began_s: float
    speed_hz: float
    frames: int
    clock: Mapping[str, object]
    gap: tuple[int, float] | None = None  # the sample behind which so many seconds are missing
    first_arrival_s: float = 0.0  # by the page's clock, of the first packet

    def spoken_s(self, samples: FloatArray) -> FloatArray:
        """When these samples were spoken."""
        lost = 0.0 if self.gap is None else np.where(samples >= self.gap[0], self.gap[1], 0.0)
        return np.asarray(self.began_s + samples / self.speed_hz + lost)

    def places(self, spoken_s: FloatArray) -> FloatArray:
        """Which samples were spoken then, in a take without a gap."""
        return np.asarray((spoken_s - self.began_s) * self.speed_hz)

    def tells(self) -> TrackClock:
        """What the server reads of it."""
        gaps = () if self.gap is None else (self.gap,)
        marks = tuple(
            Marker(kind="gap", at_sample=at, prompt_id=None, lost_ms=round(1000 * lost)) for at, lost in gaps
        )
        capture = Capture(
            path="mstp",
            seen=None,
            delivered=None,
            total=None,
            lost_frames=0,
            processing={},
            recorder="",
            ended_by="stop",
        )
        return track_clock(
            Manifest(
                take="",
                sitting="",
                rate_hz=self.rate_hz,
                channels=1,
                frames=self.frames,
                chunks=(),
                take_sha256="",
                capture=capture,
                markers=marks,
                events=(),
                clock=self.clock,
                meter=(),
                calibration=None,
                device_check=None,
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """One page of one device, from its load to its end."""

    name: str
    loaded_s: float
    ppm: float
    wall_off_s: float

    def us(self, true_s: FloatArray) -> FloatArray:
        return np.asarray(1e6 * (true_s - self.loaded_s) * (1 + 1e-6 * self.ppm))


def made_talk(made: Conditions, *, seed: int) -> tuple[MadeTake, tuple[MadeTake, ...]]:
    """Return the first one's take, and the second one's: two of them where it was reloaded or broken."""
    rng = np.random.default_rng(seed)
    first = _Page(name="a", loaded_s=-40.0, ppm=0.0, wall_off_s=0.0)
    cut_s = made.reloaded_at_s or made.broken_at_s
    pages = [_Page(name="b", loaded_s=-95.5, ppm=made.clock_ppm, wall_off_s=made.wall_off_s)]
    spans = [(made.later_s, made.later_s + made.duration_s)]
    if cut_s is not None:
        spans = [(made.later_s, cut_s), (cut_s + AWAY_S, made.later_s + made.duration_s)]
        again = _Page(name="b2", loaded_s=cut_s + 4, ppm=made.clock_ppm, wall_off_s=made.wall_off_s)
        pages.append(again if made.reloaded_at_s else pages[0])
    asked = [_asked(rng, made, first, page, span) for page, span in zip(pages, spans, strict=True)]
    own = [each for one, _ in asked for each in one] if made.asked_by in ("first", "both") else []
    one = _take(rng, made, first, (0.0, made.duration_s), made.rate_hz, own, gap=made.gap)
    speed_hz = made.rate_hz * (1 + 1e-6 * made.crystal_ppm)
    others = tuple(
        _take(rng, made, page, span, speed_hz, theirs if made.asked_by in ("second", "both") else [])
        for page, span, (_, theirs) in zip(pages, spans, asked, strict=True)
    )
    return one, others


def _take(
    rng: np.random.Generator,
    made: Conditions,
    page: _Page,
    span_s: tuple[float, float],
    speed_hz: float,
    asked: list[Mapping[str, object]],
    *,
    gap: tuple[float, float] | None = None,
) -> MadeTake:
    lost_s = gap[1] if gap else 0.0
    count = int((span_s[1] - span_s[0] - lost_s) / made.packet_s)
    samples = np.round(np.arange(1, count + 1) * made.packet_s * speed_hz)
    cut = round(gap[0] * speed_hz) if gap else 0
    spoken_s = span_s[0] + samples / speed_hz + np.where(samples > cut, lost_s, 0.0)
    late_s = rng.exponential(made.late_ms / 1000, count)
    late_s[: max(1, round(0.1 / made.packet_s))] += rng.uniform(0, 2 * made.first_late_ms) / 1000
    arrival_s = np.maximum.accumulate(spoken_s + late_s)
    arrival_us = np.round(page.us(arrival_s) / TICK_US) * TICK_US
    clock: dict[str, object] = {
        "windows": list(_windows(samples, arrival_us, arrival_s, page, made.rate_hz)),
        "exchanges": asked,
    }
    if made.names_pages:
        clock["page"] = page.name
    return MadeTake(
        rate_hz=made.rate_hz,
        began_s=span_s[0],
        speed_hz=speed_hz,
        frames=int(samples[-1]),
        clock=clock,
        gap=(cut, lost_s) if gap else None,
        first_arrival_s=float(arrival_us[0] / 1e6),
    )


def _windows(
    samples: FloatArray, arrival_us: FloatArray, arrival_s: FloatArray, page: _Page, rate_hz: int
) -> Iterator[Mapping[str, object]]:
    late_us = arrival_us - 1e6 * samples / rate_hz
    cuts = np.searchsorted(arrival_us, np.arange(arrival_us[0], arrival_us[-1], 1e6 * WINDOW_S))
    for start, end in pairwise([*cuts.tolist(), samples.size]):
        if start < end:
            least = start + int(np.argmin(late_us[start:end]))
            yield {
                "sample": int(samples[start]),
                "count": end - start,
                "p5_us": str(round(float(np.percentile(late_us[start:end], 5)))),
                "lowest": [[int(samples[least]), str(round(float(late_us[least])))]],
                "wall_ms": str(round(1000 * (arrival_s[end - 1] + page.wall_off_s) + 1.7e12)),
            }


def _asked(
    rng: np.random.Generator, made: Conditions, first: _Page, second: _Page, span_s: tuple[float, float]
) -> tuple[list[Mapping[str, object]], list[Mapping[str, object]]]:
    """Return the exchanges that the first one asked while the second one recorded, and those it was asked."""
    until_s = min(span_s[1], made.duration_s)
    sent_s = np.arange(span_s[0], until_s, ASKED_EVERY_S)
    there = _exchanges(rng, made, first, second, sent_s, made.way_ms)
    back = _exchanges(rng, made, second, first, sent_s + ASKED_EVERY_S / 2, made.way_ms[::-1])
    return there, back


def _exchanges(
    rng: np.random.Generator,
    made: Conditions,
    own: _Page,
    other: _Page,
    sent_s: FloatArray,
    way_ms: tuple[float, float],
) -> list[Mapping[str, object]]:
    there_s, back_s = ((least + rng.exponential(made.jitter_ms, sent_s.size)) / 1000 for least in way_ms)
    got_s = sent_s + there_s
    answered_s = got_s + rng.uniform(0.0001, 0.001, sent_s.size)
    done_s = answered_s + back_s
    clocks = (own.us(sent_s), other.us(got_s), other.us(answered_s), own.us(done_s))
    times = np.round(np.stack(clocks, axis=1) / TICK_US) * TICK_US
    rtt = (times[:, 3] - times[:, 0]) - (times[:, 2] - times[:, 1])
    came = rng.random(sent_s.size) >= made.loss
    minute = ((sent_s - sent_s[0]) // MINUTE_S).astype(int)
    kept = []
    for number in range(int(minute[-1]) + 1):
        of_minute = np.flatnonzero(came & (minute == number))
        quickest = of_minute[np.argsort(rtt[of_minute], kind="stable")]
        kept += sorted(quickest[: min(KEPT_AT_MOST, max(1, round(KEPT_SHARE * of_minute.size)))].tolist())
    page = {"page": other.name} if made.names_pages else {}
    keys = ("t0_us", "t1_us", "t2_us", "t3_us")
    return [
        {
            "sample": 0,
            "peer": "call",
            **dict(zip(keys, (str(round(each)) for each in times[at]), strict=True)),
            **page,
        }
        for at in kept
    ]
