"""Routes before recording: calibrations and device checks."""

from recorder_web.declared.api_call import call
from recorder_web.declared.api_shapes import CALIBRATION, CALIBRATION_ASKED, DEVICE_CHECK
from recorder_web.declared.shapes import ANY, BOOLEAN, INTEGER, STRING, UUID, obj

SOUND_CHECK = (
    call(
        "PUT",
        "/calibrations/<uuid:calibration_id>",
        "calibration",
        "new",
        body=CALIBRATION_ASKED,
        answer=CALIBRATION,
        statuses=(200, 201),
        codes=("id.conflict", "calibration.takes-missing", "calibration.spread"),
    ),
    call("GET", "/calibrations/<uuid:calibration_id>", "calibration", answer=CALIBRATION),
    call(
        "PUT",
        "/calibrations/<uuid:calibration_id>/repeats/<uuid:take_id>",
        "calibration",
        body=obj(reading_dba=STRING),
        answer=obj(agrees=BOOLEAN, difference_db=STRING),
        statuses=(200, 201),
        codes=("id.conflict", "calibration.takes-missing"),
    ),
    call(
        "PUT",
        "/device-checks/<uuid:check_id>",
        "device check",
        "new",
        body=obj(sitting=UUID, take=UUID, rate_hz=INTEGER, capture_path=STRING, report=ANY),
        answer=DEVICE_CHECK,
        statuses=(200, 201),
        codes=("id.conflict", "device-check.take-missing"),
    ),
)
