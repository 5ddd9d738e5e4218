"""A calibration is made from readings beside the microphone, or refused with the number that is wrong."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.errors import SignalError
from speechcorpus.noise.calibrating import (
    ReferenceTake,
    from_calibrator,
    from_model_table,
    from_reference_takes,
    is_linear,
    nonlinearity_db,
    prior_hint_db,
)
from speechcorpus.noise.calibration import Device, is_valid_for

NOW = datetime(2026, 5, 1, tzinfo=UTC)
MINE = Device(label_sha256="5e" * 32, os="Linux", browser="Chrome", rate_hz=48_000, gain_note="70 %")
SAID = {"calibration_id": "c", "device": MINE, "made_at": NOW}


def take(level_dbfs: float, reference_db: float, seconds: int = 10) -> ReferenceTake:
    return ReferenceTake(seconds_dbfs=(level_dbfs,) * seconds, reference_db=reference_db)


THREE = [take(-40, 70)] * 3


@given(level_dbfs=st.floats(-60, -10), reference_db=st.floats(50, 102), off_db=st.floats(-0.49, 0.49))
def test_a_meter_gives_the_offset_that_makes_our_level_its_reading(level_dbfs, reference_db, off_db):
    takes = [take(level_dbfs + moved, reference_db) for moved in (0.0, off_db, -off_db)]
    made = from_reference_takes(takes, **SAID)
    assert made.offset_db == pytest.approx(reference_db - level_dbfs, abs=0.0051)
    assert made.spread_db == pytest.approx(2 * abs(off_db), abs=0.0051)
    assert (made.takes, made.method, made.u_db) == (3, "reference-meter", 2.0)


@pytest.mark.parametrize(
    ("made", "method", "u_db"),
    [
        (from_calibrator([-20.0] * 10, **SAID), "calibrator", 1.0),
        (from_reference_takes([take(-40, 70)] * 3, **SAID), "reference-meter", 2.0),
        (
            from_reference_takes([take(-40, 70)] * 3, method="calibrated-phone", **SAID),
            "calibrated-phone",
            3.0,
        ),
        (from_model_table([113.0, 114.0, 115.0], **SAID), "model-table", 5.0),
    ],
)
def test_every_method_has_its_uncertainty_and_lasts_30_days_on_its_device(made, method, u_db):
    assert (made.method, made.u_db) == (method, u_db)
    assert is_valid_for(made, device=MINE, now=NOW + timedelta(days=30, seconds=-1))
    assert not is_valid_for(made, device=MINE, now=NOW + timedelta(days=30))


def test_a_calibrator_of_94_db_gives_94_less_the_level_of_its_energy():
    made = from_calibrator([-29.2, -29.0, -28.8] * 4, **SAID)
    assert made.offset_db == pytest.approx(94 + 29.0, abs=0.01)


@pytest.mark.parametrize(
    ("seconds_dbfs", "reference_db", "code", "measured", "limit"),
    [
        ((-40.0,) * 9, 70.0, "calibration.short", 9, 10),
        ((), 70.0, "calibration.short", 0, 10),
        ((-40.0,) * 10 + (-40.51,), 70.0, "calibration.unsteady", 0.51, 0.5),
        ((-40.0,) * 10, 49.9, "calibration.reference", 49.9, 50),
        ((-40.0,) * 10, 102.1, "calibration.reference", 102.1, 102),
    ],
)
def test_a_take_nobody_should_trust_is_refused_with_its_number(
    seconds_dbfs, reference_db, code, measured, limit
):
    with pytest.raises(SignalError) as refused:
        ReferenceTake(seconds_dbfs=seconds_dbfs, reference_db=reference_db)
    assert refused.value.code == code
    assert refused.value.facts == {"measured": measured, "limit": limit}


def test_what_is_just_good_enough_is_accepted():
    for reference_db in (50.0, 102.0):
        ReferenceTake(seconds_dbfs=(-40.0,) * 9 + (-40.5,), reference_db=reference_db)
    assert from_reference_takes([take(-40, 70), take(-40, 70), take(-41, 70)], **SAID).spread_db == 1.0


def test_a_level_that_is_no_number_makes_no_take():
    with pytest.raises(SignalError) as refused:
        take(float("nan"), 70)
    assert refused.value.code == "calibration.number"


def test_two_takes_or_takes_that_disagree_make_no_calibration():
    with pytest.raises(SignalError, match="3 takes are needed, there are 2"):
        from_reference_takes([take(-40, 70)] * 2, **SAID)
    with pytest.raises(SignalError, match=r"the takes lie 1.1 dB apart, more than 1"):
        from_reference_takes([take(-40, 70), take(-40, 70), take(-41.1, 70)], **SAID)
    with pytest.raises(SignalError, match="3 devices are needed, there are 2"):
        from_model_table([113.0, 114.0], **SAID)


@pytest.mark.parametrize(("lost_db", "linear"), [(0.0, True), (1.5, True), (1.6, False), (12.0, False)])
def test_a_microphone_that_turns_itself_down_is_not_linear(lost_db, linear):
    takes = [take(-50, 60), take(-30 - lost_db, 80)]
    assert nonlinearity_db(takes) == pytest.approx(lost_db)
    assert is_linear(takes) is linear


def test_levels_too_near_each_other_say_nothing_about_gain_control():
    with pytest.raises(SignalError, match="the levels lie 14 dB apart, 15 are needed"):
        is_linear([take(-50, 60), take(-36, 74)])
    with pytest.raises(SignalError, match="0 dB apart"):
        is_linear([])


def test_the_usual_microphone_is_a_hint_only():
    assert prior_hint_db(-29.0) == 94.0
