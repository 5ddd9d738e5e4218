"""What a take of a device check says about the path from microphone to file: seven results, recorder.md §10.

The browser comes to the same seven by itself, at once; these are the ones that count. From its report only
places are taken: where in the take it was silent, and where the loudspeaker played.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from speechcorpus.domain.canonical import decimal_of, decimal_text
from speechcorpus.record.check_sound import CheckSound
from speechcorpus.record.manifest import Manifest

Result = Literal["pass", "fail", "flag", "not-tested"]
NAMES = ("ledger", "rate", "bandwidth", "codes", "gate", "gain-control", "settings")

RATE_SHARE = 0.005
CLOCK_SHORTEST_S = 5  # two arrivals closer together say too little about a rate
LOWEST_CLIFF_HZ = 6000  # `audio.band-limited`
CODES_SHARE = 0.9
STEP_DB, STEP_WITHIN_DB = 15.0, 1.5
OVER_ROOM_DB = 10.0
SETTLES_S, ENDS_S = 0.5, 0.3  # of a noise: a loudspeaker begins late
PUMPING_DB = 6.0  # `audio.gain-pumping`
ALARMS = ("stall", "clock", "ledger")
LEVELS_PER_S = 10
NO_PLACES: Mapping[str, object] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One result and what it rests on: whole numbers, levels and rates as decimal strings."""

    name: str
    result: Result
    facts: Mapping[str, int | str | None]

    def to_json(self) -> dict[str, object]:
        """Return it as it is kept and answered."""
        return {"name": self.name, "result": self.result, "facts": dict(self.facts)}


def self_test(
    sound: CheckSound, manifest: Manifest, places: Mapping[str, object] = NO_PLACES
) -> tuple[CheckResult, ...]:
    """Return the results of a device check, in the order of `NAMES`.

    Parameters
    ----------
    places : `silence_from`, `silence_to`, `quiet_from` … `loud_to` in samples of the take, as far as the
        browser named them; without the noises the gain is not tested
    """
    return (
        _ledger(manifest),
        _rate(manifest),
        _bandwidth(sound),
        _codes(sound),
        _gate(sound),
        _gain_control(sound, places),
        _settings(manifest),
    )


def passed(results: tuple[CheckResult, ...]) -> bool:
    """Say whether nothing stands against the microphone; what was not tested does not.

    Examples
    --------
    >>> passed((CheckResult(name="gate", result="flag", facts={}),))
    True
    """
    return all(each.result != "fail" for each in results)


def _ledger(manifest: Manifest) -> CheckResult:
    capture = manifest.capture
    alarms = sorted({str(event.get("kind")) for event in manifest.events} & set(ALARMS))
    facts: dict[str, int | str | None] = {"lost_frames": capture.lost, "alarms": ",".join(alarms)}
    counted = capture.delivered is not None and capture.total is not None
    result: Result = "fail" if capture.lost or alarms else "pass" if counted else "not-tested"
    return CheckResult(name="ledger", result=result, facts=facts)


def _rate(manifest: Manifest) -> CheckResult:
    error = _rate_error(_arrivals(manifest), manifest.rate_hz)
    measured_hz = None if error is None else _text(manifest.rate_hz / (1 + error), 1)
    facts = {"rate_hz": manifest.rate_hz, "measured_rate_hz": measured_hz}
    result: Result = "not-tested" if error is None else "pass" if abs(error) <= RATE_SHARE else "fail"
    return CheckResult(name="rate", result=result, facts=facts)


def _arrivals(manifest: Manifest) -> list[tuple[int, int]]:
    """Return sample and lateness in microseconds of the promptest packet of each window that can be read."""
    windows = manifest.clock.get("windows")
    known = windows if isinstance(windows, list) else []
    listed = [window.get("lowest") for window in known if isinstance(window, Mapping)]
    pairs = [pair for lowest in listed if isinstance(lowest, list) for pair in lowest]
    return sorted(
        (pair[0], int(pair[1]))
        for pair in pairs
        if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], int) and _is_whole(pair[1])
    )


def _is_whole(text: object) -> bool:
    return isinstance(text, str) and text.removeprefix("-").isdecimal() and len(text) < 19


def _rate_error(arrivals: list[tuple[int, int]], rate_hz: int) -> float | None:
    """Return by how much the samples fall behind the clock, as a share, None where nobody can tell."""
    if not arrivals or (arrivals[-1][0] - arrivals[0][0]) < CLOCK_SHORTEST_S * rate_hz:
        return None
    (first, early_us), (last, late_us) = arrivals[0], arrivals[-1]
    return (late_us - early_us) / 1e6 * rate_hz / (last - first)


def _bandwidth(sound: CheckSound) -> CheckResult:
    cliff, lower = sound.cliff_hz, sound.upsampled_from_hz
    facts = {"cliff_hz": _text(cliff, 0), "upsampled_from_hz": _text(lower, 0)}
    cut = lower is not None or (cliff is not None and cliff < LOWEST_CLIFF_HZ)
    result: Result = "not-tested" if sound.bandwidth_hz is None else "fail" if cut else "pass"
    return CheckResult(name="bandwidth", result=result, facts=facts)


def _codes(sound: CheckSound) -> CheckResult:
    share = sound.codes_used
    result: Result = "not-tested" if share is None else "pass" if share >= CODES_SHARE else "flag"
    return CheckResult(name="codes", result=result, facts={"share": _text(share, 3)})


def _gate(sound: CheckSound) -> CheckResult:
    longest = max((end - start for start, end in sound.zero_runs), default=0)
    facts = {"runs": len(sound.zero_runs), "longest": longest}
    return CheckResult(name="gate", result="flag" if sound.zero_runs else "pass", facts=facts)


def _gain_control(sound: CheckSound, places: Mapping[str, object]) -> CheckResult:
    """The step between two noises, and whether the background rose in the pauses of the voice."""
    room, quiet, loud = (_level(sound, places, name) for name in ("silence", "quiet", "loud"))
    pumps = sound.pumping_db is not None and sound.pumping_db > PUMPING_DB
    step_db: float | None = None
    if room is not None and quiet is not None and loud is not None:
        step_db = loud - quiet if min(quiet, loud) - room >= OVER_ROOM_DB else None
    facts = {"step_db": _text(step_db, 2), "pumping_db": _text(sound.pumping_db, 2)}
    off = step_db is not None and abs(round(step_db - STEP_DB, 6)) > STEP_WITHIN_DB
    result: Result = "flag" if off or pumps else "not-tested" if step_db is None else "pass"
    return CheckResult(name="gain-control", result=result, facts=facts)


def _level(sound: CheckSound, places: Mapping[str, object], name: str) -> float | None:
    """Return the A level of a stretch that the browser named, without its edges; None if it is none."""
    start, end = places.get(f"{name}_from"), places.get(f"{name}_to")
    if not isinstance(start, int) or not isinstance(end, int):
        return None
    first = -(-start * LEVELS_PER_S // sound.rate_hz) + round(SETTLES_S * LEVELS_PER_S)
    last = end * LEVELS_PER_S // sound.rate_hz - round(ENDS_S * LEVELS_PER_S)
    levels = np.array(sound.levels_dbfs[max(0, first) : max(0, last)])
    return float(10 * np.log10(np.mean(10 ** (levels / 10)))) if levels.size else None


def _settings(manifest: Manifest) -> CheckResult:
    states = manifest.capture.processing
    off = all(state == "off" for state in states.values())
    result: Result = "fail" if manifest.capture.processing_on_n else "pass" if off else "flag"
    return CheckResult(name="settings", result=result, facts=dict(states))


def _text(value: float | None, digits: int) -> str | None:
    return None if value is None else decimal_text(decimal_of(round(value, digits)))
