"""A calibration record: where it holds, how long, and how it is read from a file."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest

from speechcorpus.domain.errors import SignalError
from speechcorpus.noise.calibration import (
    Calibration,
    Device,
    expanded_uncertainty_db,
    fault_of,
    is_valid_for,
    parse_calibration,
)

NOW = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
MINE = Device(label_sha256="5e" * 32, os="Windows", browser="Chrome", rate_hz=48_000, gain_note="70 %")
MADE = Calibration(
    id="cal-7",
    offset_db=104.25,
    method="reference-meter",
    u_db=2.0,
    device_label_sha256="5e" * 32,
    os="Windows",
    browser="Chrome",
    rate_hz=48_000,
    gain_note="70 %",
    reference_class="IEC 61672 class 2",
    takes=3,
    spread_db=0.4,
    made_at=NOW.isoformat(),
    expires_at=(NOW + timedelta(days=30)).isoformat(),
)


def test_a_calibration_holds_for_the_device_it_was_made_on():
    assert fault_of(MADE, device=MINE, now=NOW) is None
    assert is_valid_for(MADE, device=MINE, now=NOW)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"label_sha256": "77" * 32}, "calibration.other-device"),
        ({"os": "macOS"}, "calibration.other-os"),
        ({"browser": "Firefox"}, "calibration.other-browser"),
        ({"rate_hz": 44_100}, "calibration.other-rate"),
        ({"gain_note": "71 %"}, "calibration.other-gain"),
        ({"label_sha256": None}, "calibration.other-device"),
        ({"gain_note": None}, "calibration.other-gain"),
    ],
)
def test_any_change_of_the_device_ends_it_and_is_named(change, fault):
    changed = replace(MINE, **change)
    assert fault_of(MADE, device=changed, now=NOW) == fault
    assert not is_valid_for(MADE, device=changed, now=NOW)


@pytest.mark.parametrize(
    ("after", "fault"), [(-timedelta(seconds=1), None), (timedelta(0), "calibration.expired")]
)
def test_it_ends_with_its_month_to_the_second(after, fault):
    assert fault_of(MADE, device=MINE, now=NOW + timedelta(days=30) + after) == fault


def test_a_typed_offset_is_bound_to_no_device():
    stated = Calibration(id="stated", offset_db=104.0, method="stated", u_db=3.0)
    assert is_valid_for(stated, device=MINE, now=NOW)


def test_a_guess_from_the_usual_microphone_is_no_calibration():
    with pytest.raises(SignalError, match="unknown calibration method 'prior'"):
        Calibration(id="p", offset_db=123.0, method="prior", u_db=10.0)


@pytest.mark.parametrize("u_db", [0.0, 1.0, 5.0])
def test_the_uncertainty_is_that_of_both_parts_and_of_one_when_the_other_is_none(u_db):
    assert expanded_uncertainty_db(calibration_u_db=u_db, noise_se_db=0.0) == u_db
    assert expanded_uncertainty_db(calibration_u_db=0.0, noise_se_db=u_db) == 2 * u_db


def test_a_record_reads_back_as_it_was_written():
    assert parse_calibration(json.dumps(asdict(MADE), indent=1)) == MADE


def test_numbers_may_be_decimal_strings_as_the_server_keeps_them():
    record = asdict(MADE) | {"offset_db": "104.25", "u_db": "2", "spread_db": "0.4"}
    assert parse_calibration(json.dumps(record)) == MADE


def test_four_fields_are_enough():
    text = '{"id": "a", "offset_db": 90, "method": "calibrator", "u_db": 1}'
    assert parse_calibration(text) == Calibration(id="a", offset_db=90.0, method="calibrator", u_db=1.0)


def record(**changes: object) -> str:
    """A record with these changes, one field a line; the number of a field's line is its place + 1."""
    return json.dumps(asdict(MADE) | changes, indent=1)


@pytest.mark.parametrize(
    ("text", "code", "named", "line"),
    [
        ("[]", "calibration.json", "JSON object", 1),
        ('{"id": "a",\n"offset_db": }', "calibration.json", "Expecting value", 2),
        ('{"id": "a",\n"id": "b"}', "calibration.key", "'id' stands here twice", 2),
        ("[" * 100_000, "calibration.json", "recursion", 1),
        (record(offset_db=float("nan")), "calibration.json", "NaN is not a number", 1),
        (record(offset_db="NaN"), "calibration.number", "offset_db", 3),
        (record(offset_db="1e999"), "calibration.number", "offset_db", 3),
        (record(offset_db=10**400), "calibration.type", "offset_db", 3),
        (record(offset_db=True), "calibration.type", "offset_db", 3),
        (record(offset_db=None), "calibration.key", "needs 'offset_db'", 3),
        (record(method="prior"), "calibration.method", "prior", 4),
        (record(u_db=-1), "calibration.number", "u_db", 5),
        (record(u_db="about 2"), "calibration.type", "u_db", 5),
        (record(rate_hz=48000.5), "calibration.type", "rate_hz", 9),
        (record(gain_note=70), "calibration.type", "gain_note", 10),
        (record(spread_db=[1]), "calibration.type", "spread_db", 13),
        (record(made_at="yesterday"), "calibration.time", "made_at", 14),
        (record(expires_at="2026-05-31T09:30:00"), "calibration.time", "expires_at", 15),
        (record(gain=3), "calibration.key", "no 'gain'", 16),
        ('{"id": "a", "offset_db": 90, "u_db": 1}', "calibration.key", "needs 'method'", 1),
    ],
)
def test_a_wrong_record_is_refused_with_its_key_and_line(text, code, named, line):
    with pytest.raises(SignalError, match=rf"{named}.*line {line}\)") as refused:
        parse_calibration(text)
    assert refused.value.code == code
    assert refused.value.facts["line"] == line
