from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.errors import SittingError
from speechcorpus.record.checks import Received, check_duration, check_manifest, known_prompts
from speechcorpus.record.manifest import Span, parse_manifest, proposed_spans

A, B, C = "a" * 64, "b" * 64, "c" * 64
FRAMES = 180_000  # 11.25 s at 16 kHz: three chunks


def marker(kind, at_sample, prompt_id="p1"):
    return {"kind": kind, "at_sample": at_sample, "prompt_id": prompt_id}


def document(**changes):
    capture = {"path": "mstp", "seen": FRAMES, "delivered": FRAMES, "total": FRAMES, "lost_frames": 0}
    capture |= {"recorder": "0.1.0", "settings": {"echoCancellation": False}, "ended_by": "stop"}
    good = {"schema": "speechcorpus-take/1", "take": "t", "sitting": "s", "rate_hz": 16_000, "channels": 1}
    good |= {"frames": FRAMES, "chunks": [A, B, C], "take_sha256": A, "capture": capture}
    good |= {"markers": [marker("prompt-start", 4_800), marker("prompt-end", 170_000)], "events": []}
    good |= {"clock": {}, "meter": [], "calibration": None, "device_check": None}
    return {**good, **changes}


def received(**changes):
    chunks = {0: (160_000, A), 1: (160_000, B), 2: (40_000, C)}
    known = {"take": "t", "sitting": "s", "rate_hz": 16_000, "channels": 1, "capture_path": "mstp"}
    return Received(**{**known, "prompt_ids": ("p1",), "chunks": chunks, **changes})


def refusal(change, **known):
    with pytest.raises(SittingError) as refused:
        check_manifest(parse_manifest(document(**change)), received(**known))
    return refused.value.code


def test_a_manifest_that_adds_up_passes():
    check_manifest(parse_manifest(document()), received())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"take": "other"}, "manifest.take"),
        ({"sitting": "other"}, "manifest.take"),
        ({"rate_hz": 48_000}, "manifest.take"),
        ({"channels": 2}, "manifest.take"),
        ({"frames": FRAMES + 1}, "chunk.length"),
        ({"frames": FRAMES - 1}, "chunk.length"),
        ({"frames": 0, "chunks": []}, "take.frames"),
        ({"frames": FRAMES + 80_000}, "take.frames"),
        ({"chunks": [A, B]}, "take.frames"),
        ({"frames": 160_000, "chunks": [A, B], "markers": []}, "take.frames"),
        ({"chunks": [A, B, B]}, "manifest.chunks"),
        ({"markers": [marker("go", FRAMES + 1)]}, "manifest.markers"),
        ({"markers": [marker("go", 10), marker("stop", 9)]}, "manifest.markers"),
        ({"markers": [marker("prompt-end", 10)]}, "manifest.markers"),
        ({"markers": [marker("prompt-start", 10), marker("prompt-end", 10)]}, "manifest.markers"),
        ({"markers": [marker("prompt-start", 10), marker("prompt-start", 20)]}, "manifest.markers"),
        ({"markers": [marker("prompt-start", 10, "p2")]}, "manifest.markers"),
        ({"markers": [marker("prompt-start", 10, None)]}, "manifest.markers"),
        ({"markers": [marker("laugh", 10)]}, "manifest.markers"),
    ],
)
def test_a_claim_that_the_bytes_do_not_bear_out_is_refused(change, code):
    assert refusal(change) == code


def test_missing_chunks_are_listed():
    with pytest.raises(SittingError) as refused:
        check_manifest(parse_manifest(document()), received(chunks={1: (160_000, B)}))
    assert refused.value.code == "take.incomplete"
    assert refused.value.facts == {"missing": "0,2", "missing_n": 2}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"colour": 1}, "colour"),
        ({"frames": "180000"}, "frames"),
        ({"frames": True}, "frames"),
        ({"frames": -1}, "frames"),
        ({"take_sha256": A.upper()}, "take_sha256"),
        ({"chunks": [A, B, "c"]}, "chunks"),
        ({"capture": {}}, "capture.path"),
        ({"markers": [{"kind": "go", "at_sample": 1, "colour": 1}]}, "markers.colour"),
        ({"meter": None}, "meter"),
        ({"clock": []}, "clock"),
    ],
)
def test_a_field_that_is_not_as_agreed_is_named(change, field):
    with pytest.raises(SittingError) as refused:
        parse_manifest(document(**change))
    assert (refused.value.code, refused.value.facts["field"]) == ("manifest.form", field)


def test_a_field_that_is_left_out_is_named():
    short = document()
    del short["calibration"]
    with pytest.raises(SittingError, match="calibration is missing"):
        parse_manifest(short)


def test_an_item_is_its_prompt_with_300_ms_around_it_inside_the_take():
    assert proposed_spans(parse_manifest(document())) == (
        Span(prompt_id="p1", start_sample=0, end_sample=174_800),
    )
    near_the_end = document(markers=[marker("prompt-start", 9_600), marker("prompt-end", FRAMES - 1)])
    assert proposed_spans(parse_manifest(near_the_end))[0] == Span(
        prompt_id="p1", start_sample=4_800, end_sample=FRAMES
    )


def test_a_prompt_that_a_crash_cut_off_reaches_to_the_end():
    cut = parse_manifest(document(markers=[marker("prompt-start", 9_600)]))
    check_manifest(cut, received())
    assert proposed_spans(cut)[0].end_sample == FRAMES


def test_without_markers_nothing_is_proposed():
    assert proposed_spans(parse_manifest(document(markers=[]))) == ()


@given(
    counts=st.lists(st.one_of(st.none(), st.integers(0, 10**9)), min_size=3, max_size=3),
    said=st.integers(0, 99),
)
def test_lost_frames_are_never_fewer_than_the_counts_show(counts, said):
    capture = {**document()["capture"], "lost_frames": said}
    capture |= dict(zip(("seen", "delivered", "total"), counts, strict=True))
    lost = parse_manifest(document(capture=capture)).capture.lost
    known = [number for number in counts if number is not None]
    assert lost >= said
    assert lost >= (max(known) - min(known) if known else 0)


def test_only_processing_that_was_read_back_as_on_counts():
    settings = {"echoCancellation": True, "noiseSuppression": None, "autoGainControl": True}
    capture = {**document()["capture"], "settings": settings}
    assert parse_manifest(document(capture=capture)).capture.processing_on_n == 2


def test_more_sound_than_time_has_passed_is_refused():
    check_duration(16_000 * 15, 16_000, timedelta(seconds=10))
    with pytest.raises(SittingError) as refused:
        check_duration(16_000 * 15 + 1, 16_000, timedelta(seconds=10))
    assert refused.value.code == "take.too-long"


def test_a_prompt_of_another_claim_is_refused():
    known_prompts(["p1"], ["p1", "p2"])
    with pytest.raises(SittingError) as refused:
        known_prompts(["p1", "p3"], ["p1", "p2"])
    assert (refused.value.code, refused.value.facts["prompt_id"]) == ("take.prompt", "p3")
