"""What a browser said of a take beside what is known of it: `recorder.md` §8, one row a claim.

The samples win. A claim is kept for ever, and by itself it refuses nothing, pays nothing and lowers no pay.
The rows here need no sound; those that do are in `compare_sound.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from speechcorpus.domain.canonical import decimal_of, decimal_text
from speechcorpus.record.clock import ClockFit, fit_clock, windows_of
from speechcorpus.record.manifest import Manifest, prompt_spans

Says = Literal["agrees", "differs", "ours", "held", "unknown"]
# agrees:  nothing that was measured speaks against the claim
# differs: what was measured is believed
# ours:    a fault of our recorder; it costs the contributor nothing
# held:    a person has to look
# unknown: nothing was claimed, or nothing could be measured

STORED_ROWS = ("bytes", "counts", "duration", "markers", "rate")
HEARD_ROWS = ("zeros", "processing", "meter", "gate", "calibration", "device-check")
ROWS = (*STORED_ROWS, *HEARD_ROWS)
"""Every row, in the order of the page: the first when a take is stored, the others once a worker listened."""

OVERRUN = "platform.capture-overrun"
Values = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One claim, what was measured of the same thing, and what we believe.

    `claimed` and `measured` are values of canonical JSON, None where there is nothing; `code` is the finding
    code that the row stands behind, if any.
    """

    row: str
    says: Says
    claimed: Values | None
    measured: Values | None
    code: str | None = None


def compare_stored(manifest: Manifest, *, master_sha256: str, elapsed_s: float) -> tuple[Compared, ...]:
    """Return the rows that are known once the master is stored, `rate` among them.

    Parameters
    ----------
    elapsed_s : the time the take can have lasted, by our clock
    """
    return (
        _bytes(manifest, master_sha256),
        _counts(manifest),
        _duration(manifest, elapsed_s),
        _markers(manifest),
        compare_rate(manifest),
    )


def compare_rate(manifest: Manifest) -> Compared:
    """Return the row of the rate: the frames against the clock that the browser kept with them."""
    fit = clock_of(manifest)
    measured = None if fit.ppm is None else _clock_values(fit, manifest.rate_hz)
    claimed = {"rate_hz": manifest.rate_hz}
    says: Says = "unknown" if measured is None else fit.says
    return Compared(row="rate", says=says, claimed=claimed, measured=measured)


def clock_of(manifest: Manifest) -> ClockFit:
    """Return the fit of the take's clock, with the gaps that the browser marked left out."""
    gaps = [marker.at_sample for marker in manifest.markers if marker.kind == "gap"]
    windows = [window for window in windows_of(manifest.clock) if window.sample < manifest.frames]
    return fit_clock(windows, rate_hz=manifest.rate_hz, gaps=gaps)


def compare_calibration(claimed: str | None, *, used: str | None, fault: str | None) -> Compared:
    """Return the row of the calibration: the one that was named beside the one that holds for this take.

    Parameters
    ----------
    fault : why the named one does not hold, if that is known
    """
    measured: Values = {"id": used, **({} if fault is None else {"fault": fault})}
    says: Says = "unknown" if claimed is None and used is None else "agrees" if claimed == used else "differs"
    return Compared(row="calibration", says=says, claimed={"id": claimed}, measured=measured)


def compare_device_check(claimed: str | None, *, passed: bool | None) -> Compared:
    """Return the row of the device check; `passed` is our own result, None for one we do not have."""
    row = "device-check"
    if claimed is None:
        return Compared(row=row, says="unknown", claimed=None, measured=None)
    says: Says = "agrees" if passed else "differs"
    measured: Values | None = None if passed is None else {"passed": passed}
    return Compared(row=row, says=says, claimed={"id": claimed}, measured=measured)


def number(value: float) -> str:
    """Return a measured number as it is kept."""
    return decimal_text(decimal_of(value))


def _bytes(manifest: Manifest, master_sha256: str) -> Compared:
    claimed = {"frames": manifest.frames, "take_sha256": manifest.take_sha256}
    measured = {"frames": manifest.frames, "take_sha256": master_sha256}
    return Compared(
        row="bytes", says="agrees" if claimed == measured else "differs", claimed=claimed, measured=measured
    )


def _counts(manifest: Manifest) -> Compared:
    """Hold the three counts against each other; what they lost is ours, whoever reports it."""
    capture = manifest.capture
    claimed: Values = {
        "seen": capture.seen,
        "delivered": capture.delivered,
        "total": capture.total,
        "lost_frames": capture.lost_frames,
    }
    counted = capture.delivered is not None and capture.total is not None
    says: Says = "ours" if capture.lost else "agrees" if counted else "unknown"
    code = OVERRUN if capture.lost else None
    measured: Values = {"lost_frames": capture.lost, "frames": manifest.frames}
    return Compared(row="counts", says=says, claimed=claimed, measured=measured, code=code)


def _duration(manifest: Manifest, elapsed_s: float) -> Compared:
    seconds = Decimal(manifest.frames) / manifest.rate_hz
    return Compared(
        row="duration",
        says="agrees",  # a longer one is not finished, but held: `checks.check_duration`
        claimed={"seconds": decimal_text(round(seconds, 3))},
        measured={"elapsed_s": number(round(elapsed_s, 3))},
    )


def _markers(manifest: Manifest) -> Compared:
    spans, gaps = prompt_spans(manifest), [m for m in manifest.markers if m.kind == "gap"]
    claimed = {"markers": len(manifest.markers), "gaps": len(gaps)}
    says: Says = "agrees" if manifest.markers else "unknown"
    return Compared(row="markers", says=says, claimed=claimed, measured={"prompts": len(spans)})


def _clock_values(fit: ClockFit, rate_hz: int) -> Values:
    return {
        "rate_hz": number(round(fit.rate_hz(rate_hz), 2)),
        "clock_ppm": number(round(fit.ppm or 0.0, 1)),
        "windows": fit.windows,
    }
