"""Calibrations and device checks as the islands read them: levels as decimal strings."""

from speechcorpus.domain.canonical import decimal_of, decimal_text
from speechcorpus.noise.calibration import Calibration
from speechcorpus.workflows.views.sound_checks import CalibrationView, DeviceCheckView


def db_text(level_db: float) -> str:
    """Return a level as it travels.

    Examples
    --------
    >>> db_text(2.0), db_text(-0.05)
    ('2', '-0.05')
    """
    return decimal_text(decimal_of(level_db))


def device_json(calibration: Calibration) -> dict[str, object]:
    """Return what a calibration holds for, beside its rate."""
    return {
        "label_sha256": calibration.device_label_sha256,
        "os": calibration.os,
        "browser": calibration.browser,
        "gain_note": calibration.gain_note,
    }


def calibration_json(view: CalibrationView) -> dict[str, object]:
    """Return a calibration for a page that will use it."""
    calibration = view.calibration
    return {
        "id": calibration.id,
        "offset_db": db_text(calibration.offset_db),
        "u_db": db_text(calibration.u_db),
        "u_unrepeated_db": db_text(view.u_unrepeated_db),
        "method": calibration.method,
        "rate_hz": calibration.rate_hz,
        "expires_at": view.expires_at.isoformat(),
        "fresh": view.fresh,
        "device": device_json(calibration),
    }


def device_check_json(view: DeviceCheckView) -> dict[str, object]:
    """Return what came of a device check."""
    return {
        "id": view.id,
        "label_sha256": view.device.label_sha256,
        "os": view.device.os,
        "browser": view.device.browser,
        "rate_hz": view.device.rate_hz,
        "capture_path": view.capture_path,
        "passed": view.passed,
    }
