import math
from dataclasses import replace
from decimal import Decimal
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.canonical import parse_json
from speechcorpus.domain.errors import SignalError, TermsError
from speechcorpus.domain.finding_codes import CODES, SEVERITY_RANK
from speechcorpus.domain.measurement import Measurement, Span
from speechcorpus.domain.transcript import Violation
from speechcorpus.noise.calibration import Calibration
from speechcorpus.qc.judge import EVALUATOR, Facts, PromptFacts, judge
from speechcorpus.qc.measure import ANALYSER, ANALYSER_VERSION, DEFAULT_SETTINGS
from speechcorpus.work.terms_file import parse_terms

TOML = (resources.files("speechcorpus.workflows") / "demo_data" / "terms_nan-TW.toml").read_text("utf-8")
TERMS = parse_terms(TOML)
REQUIRED = parse_terms(TOML.replace('calibration = "preferred"', 'calibration = "required"'))
CALIBRATOR = Calibration(id="cal-1", offset_db=100.0, method="calibrator", u_db=1.0)
U_DB = Decimal("2.24")  # 2·√(0.5² + 1²), two decimals
CLEAN = Measurement(
    path="item.wav",
    status="ok",
    sha256="5" * 64,
    analyser=ANALYSER,
    analyser_version=ANALYSER_VERSION,
    settings_sha256=DEFAULT_SETTINGS.sha256,
    rate_hz=44_100,
    channels=1,
    decoded_frames=132_300,
    duration_s=3.0,
    la90_dbfs=-66.0,
    noise_laeq_dbfs=-65.0,
    noise_method="gap",
    noise_gap_s=1.2,
    noise_gap_kept_s=1.0,
    noise_se_db=1.0,
    speech_s=1.8,
    speech_level_dbfs=-25.0,
    longest_pause_s=0.4,
    head_silence_s=0.4,
    tail_silence_s=0.5,
    head_cut=False,
    tail_cut=False,
    snr_db=35.0,
    snr_a_db=30.0,
    clipped_s=0.0,
    dropout_s=0.0,
)
FACTS = Facts(
    style="read",
    band="low",
    prompt=PromptFacts(id="p-1", text="食飽未？"),
    calibration=CALIBRATOR,
    lost_frames=0,
    processing_on_n=0,
    capture_path="mstp",
    ended_by="stop",
)


def codes(verdict):
    return [finding.code for finding in verdict.findings]


def judged(facts=FACTS, terms=TERMS, violations=None, **changes):
    return judge(replace(CLEAN, **changes), facts, violations, terms)


def violation(rule="PUN-HALF", severity="error", start=1, end=2, found=","):
    return Violation(
        rule=rule,
        severity=severity,
        start=start,
        end=end,
        start_utf16=start,
        end_utf16=end,
        found=found,
        codepoints=("U+002C",),
        reason="a reason",
        fix="safe",
        replacement="，",
        candidates=("，",),
        facts={},
    )


def test_a_clean_item_is_accepted_without_a_finding():
    verdict = judged()
    assert verdict.outcome == "accepted"
    assert verdict.findings == ()
    assert verdict.evaluator == EVALUATOR
    assert verdict.terms_sha256 == TERMS.sha256


@pytest.mark.parametrize(
    ("changes", "code", "severity", "measured"),
    [
        ({"clipped_s": 0.001}, None, None, None),
        ({"clipped_s": 0.0011}, "audio.clipped", "blocks", "1.1"),
        ({"speech_level_dbfs": -35.0}, None, None, None),
        ({"speech_level_dbfs": -35.01}, "audio.too-quiet", "blocks", "-35.01"),
        ({"speech_level_dbfs": -14.0}, None, None, None),
        ({"speech_level_dbfs": -13.99}, "audio.too-loud", "flag", "-13.99"),
        ({"head_silence_s": 0.15}, None, None, None),
        ({"head_silence_s": 0.14}, "audio.start-cut", "blocks", "140"),
        ({"tail_silence_s": 0.149}, "audio.end-cut", "blocks", "149"),
        ({"speech_s": 0.15}, None, None, None),
        ({"speech_s": 0.14}, "audio.no-speech", "blocks", "0.14"),
        ({"dropout_s": 0.0049}, None, None, None),
        ({"dropout_s": 0.005}, "audio.dropout", "blocks", "5"),
        ({"longest_pause_s": 1.0}, None, None, None),
        ({"longest_pause_s": 1.02}, "audio.long-pause", "flag", "1.02"),
        ({"tail_silence_s": 1.0}, None, None, None),
        ({"tail_silence_s": 1.3}, "audio.edge-silence", "flag", "1.3"),
        ({"noise_gap_s": 0.5}, None, None, None),
        ({"noise_gap_s": 0.48}, "noise.too-little-quiet", "flag", "0.48"),
        ({"hum_db": 10.1}, "audio.hum", "flag", "10.1"),  # a later detector needs no new judge
    ],
)
def test_a_code_fires_beyond_its_limit_and_not_on_it(changes, code, severity, measured):
    found = judged(**changes).findings
    assert [(f.code, f.severity, f.measured) for f in found] == (
        [] if code is None else [(code, severity, Decimal(measured))]
    )


def test_what_nobody_measured_says_nothing():
    absent = dict.fromkeys(
        ("clipped_s", "speech_level_dbfs", "head_silence_s", "tail_silence_s", "dropout_s", "longest_pause_s")
    )
    assert codes(judged(**absent, snr_db=None, noise_laeq_dbfs=None, noise_se_db=None)) == []


@pytest.mark.parametrize(("style", "found"), [("read", ["audio.long-pause"]), ("monologue", [])])
def test_free_speech_may_pause_for_longer(style, found):
    assert codes(judged(replace(FACTS, style=style), longest_pause_s=2.9)) == found


@pytest.mark.parametrize(
    ("level_dba", "band", "code"),
    [
        ("37.75", "low", None),
        ("37.76", "low", "noise.borderline"),
        ("40.00", "low", "noise.borderline"),
        ("42.24", "low", "noise.borderline"),
        ("42.25", "low", "noise.above-band"),
        ("37.75", "medium", "noise.below-band"),
        ("37.76", "medium", "noise.borderline"),
        ("42.24", "medium", "noise.borderline"),
        ("42.25", "medium", None),
        ("52.75", "medium", None),
        ("52.76", "medium", "noise.borderline"),
        ("57.24", "medium", "noise.borderline"),
        ("57.25", "medium", "noise.above-band"),
        ("20.00", "low", None),
        ("72.25", "high", "noise.above-band"),
    ],
)
def test_a_level_counts_as_out_of_band_only_beyond_what_we_can_measure(level_dba, band, code):
    level_dbfs = float(Decimal(level_dba) - 100)
    found = judged(replace(FACTS, band=band), noise_laeq_dbfs=level_dbfs, snr_db=60.0).findings
    assert [f.code for f in found] == ([] if code is None else [code])
    for finding in found:
        assert finding.measured == Decimal(level_dba)
        assert finding.uncertainty == U_DB
        assert finding.limit in (40, 55, 70)
        assert abs(finding.measured - finding.limit) < 3  # the nearest edge


@given(centi_db=st.integers(1000, 9000), band=st.sampled_from(["low", "medium", "high"]))
def test_the_band_is_decided_by_the_numbers_that_are_shown(centi_db, band):
    level = Decimal(centi_db) / 100
    edges = {"low": (None, 40), "medium": (40, 55), "high": (55, 70)}[band]
    low, high = (Decimal(edge) if edge is not None else None for edge in edges)
    d = min(level - low if low is not None else Decimal(999), high - level)
    found = codes(judged(replace(FACTS, band=band), noise_laeq_dbfs=float(level - 100), snr_db=60.0))
    if d > U_DB:
        assert found == []
    elif abs(d) <= U_DB:
        assert found == ["noise.borderline"]
    else:
        assert found == ["noise.above-band" if level > high else "noise.below-band"]


def test_an_uncalibrated_microphone_says_nothing_about_the_room():
    uncalibrated = replace(FACTS, calibration=None)
    verdict = judged(uncalibrated, noise_laeq_dbfs=-20.0)
    assert codes(verdict) == ["noise.uncalibrated"]
    assert verdict.outcome == "accepted"
    (finding,) = verdict.findings
    assert (finding.measured, finding.limit, finding.severity) == (10, 3, "flag")


def test_a_poor_calibration_is_told_and_a_good_one_is_not():
    def with_u(u_db):
        return replace(FACTS, calibration=replace(CALIBRATOR, u_db=u_db))

    assert codes(judged(with_u(3.0), noise_laeq_dbfs=-75.0)) == []
    assert codes(judged(with_u(3.1), noise_laeq_dbfs=-75.0)) == ["noise.uncalibrated"]


@pytest.mark.parametrize(
    ("band", "snr_db", "found"),
    [("low", 18.0, []), ("low", 17.99, ["noise.low-snr"]), ("medium", 3.0, []), ("high", -2.0, [])],
)
def test_the_voice_may_be_under_its_limit_by_twice_the_standard_error(band, snr_db, found):
    level = {"low": -65.0, "medium": -53.0, "high": -37.0}[band]
    verdict = judged(replace(FACTS, band=band), noise_laeq_dbfs=level, snr_db=snr_db)
    assert codes(verdict) == found
    assert verdict.outcome == ("repairable" if found else "accepted")


def test_without_a_gap_the_ratio_is_taken_between_weighted_levels():
    assert codes(judged(noise_method="la90", snr_db=5.0, snr_a_db=30.0)) == []
    assert codes(judged(noise_method="la90", snr_db=30.0, snr_a_db=5.0)) == ["noise.low-snr"]


@pytest.mark.parametrize(
    ("facts", "terms", "changes", "code"),
    [
        ({}, TERMS, {"rate_hz": 16_000}, "audio.wrong-format"),
        ({"processing_on_n": 2}, TERMS, {}, "audio.processing-on"),
        ({"calibration": None}, REQUIRED, {}, "noise.uncalibrated"),
    ],
)
def test_what_is_fixed_for_a_sitting_holds_back_before_it_and_is_paid_after(facts, terms, changes, code):
    before = judged(replace(FACTS, **facts, stage="P"), terms, **changes)
    assert [(f.code, f.severity) for f in before.findings] == [(code, "blocks")]
    assert before.outcome == "rejected"
    after = judged(replace(FACTS, **facts), terms, **changes)
    assert [(f.code, f.severity) for f in after.findings] == [(code, "flag"), ("platform.late-check", "flag")]
    assert after.outcome == "accepted"
    assert after.always_paid
    assert not before.always_paid


def test_a_sound_check_is_not_asked_for_what_belongs_to_an_item():
    assert codes(judged(replace(FACTS, stage="P"), speech_s=0.0, head_silence_s=0.0, snr_db=0.0)) == []


def test_frames_that_our_recorder_lost_are_ours_and_paid():
    verdict = judged(replace(FACTS, lost_frames=441), dropout_s=0.01)
    assert codes(verdict) == ["platform.capture-overrun"]  # the gap is explained: said once, as ours
    assert verdict.outcome == "accepted"
    assert verdict.always_paid


def test_unreported_processing_is_not_processing():
    assert codes(judged(replace(FACTS, processing_on_n=None, lost_frames=None))) == []


def test_a_finding_is_placed_by_the_smallest_span_that_holds_all_of_its_kind():
    def clip(start, end):
        return Span.at("clip", start, end, rate_hz=44_100, channel=None, measured=end - start, unit="samples")

    spans = (clip(500, 540), clip(9_000, 9_060))
    (finding,) = judged(clipped_s=0.003, spans=spans).findings
    assert (finding.start_sample, finding.end_sample) == (500, 9_060)
    (finding,) = judged(speech_level_dbfs=-40.0, spans=spans).findings
    assert (finding.start_sample, finding.end_sample) == (None, None)


def test_a_span_that_is_a_finding_itself_is_one_each_and_milder_where_the_band_says_so():
    def burst(start):
        return Span.at("burst", start, start + 100, rate_hz=44_100, channel=None, measured=18.0, unit="dB")

    spans = (burst(900), burst(400))
    low = judged(spans=spans)
    assert [(f.start_sample, f.severity) for f in low.findings] == [(400, "fix"), (900, "fix")]
    medium = judged(replace(FACTS, band="medium"), noise_laeq_dbfs=-53.0, spans=spans)
    assert {f.severity for f in medium.findings} == {"flag"}


def test_an_error_of_the_linter_wants_a_fix_and_a_warning_is_shown():
    both = judged(violations=[violation(), violation("DUP-RUN", "warning", 0, 1, "啊")])
    assert [(f.code, f.severity, f.char_start) for f in both.findings] == [
        ("transcript.dup-run", "flag", 0),
        ("transcript.pun-half", "fix", 1),
    ]
    assert both.outcome == "repairable"
    assert both.findings[1].facts["x"] == ","
    assert judged(violations=[violation("DUP-RUN", "warning")]).outcome == "accepted"


def test_no_transcript_is_not_a_wrong_transcript():
    assert judged(violations=None).findings == judged(violations=[]).findings == ()


def test_a_looser_limit_of_the_terms_lets_more_through_and_stands_in_the_finding():
    looser = parse_terms(TOML.replace("[limits]", '[limits]\n"audio.clipped" = 2.5\n#'))
    assert codes(judged(terms=looser, clipped_s=0.0025)) == []
    (finding,) = judged(terms=looser, clipped_s=0.003).findings
    assert finding.limit == Decimal("2.5")
    assert finding.terms_sha256 == looser.sha256 != TERMS.sha256


FAULTS = st.fixed_dictionaries(
    {},
    optional={
        "clipped_s": st.floats(0, 0.01).map(lambda s: round(s, 4)),
        "speech_level_dbfs": st.floats(-60, 0).map(lambda db: round(db, 2)),
        "head_silence_s": st.floats(0, 2).map(lambda s: round(s, 3)),
        "noise_laeq_dbfs": st.floats(-90, -10).map(lambda db: round(db, 2)),
        "snr_db": st.floats(-10, 60).map(lambda db: round(db, 2)),
        "dropout_s": st.floats(0, 0.1).map(lambda s: round(s, 3)),
    },
)


@given(
    changes=FAULTS, hits=st.permutations([("PUN-HALF", 3), ("PUN-HALF", 1), ("SPC-ANY", 1), ("HAN-SIMP", 0)])
)
def test_the_verdict_does_not_depend_on_order_or_on_the_machine(changes, hits):
    violations = [violation(rule, start=start, end=start + 1) for rule, start in hits]
    one = judged(violations=violations, **changes)
    other = judged(Facts.from_document(FACTS.to_document()), violations=sorted(violations, key=id), **changes)
    assert one.to_document() == other.to_document()
    keys = [finding.sort_key for finding in one.findings]
    assert keys == sorted(keys)
    worst = max((SEVERITY_RANK[f.severity] for f in one.findings), default=0)
    assert one.outcome == ("accepted", "repairable", "rejected")[worst]
    assert parse_json(one.to_document()) == one.to_json()


@given(changes=FAULTS)
def test_no_finding_is_stricter_than_the_closed_list(changes):
    for finding in judged(**changes).findings:
        row = CODES[finding.code]
        assert SEVERITY_RANK[finding.severity] <= SEVERITY_RANK[row.severity]
        assert row.limit is None or finding.limit == row.limit
        assert math.isfinite(finding.measured)


def test_the_facts_come_back_from_their_document():
    facts = replace(FACTS, room_tone=replace(CLEAN, sha256="6" * 64, la10_dbfs=-60.123))
    assert Facts.from_document(facts.to_document()) == facts


@pytest.mark.parametrize("document", ["{}", '{"schema":"speechcorpus-facts/2"}'])
def test_a_document_that_is_no_facts_is_refused(document):
    with pytest.raises(SignalError, match="no facts document"):
        Facts.from_document(document)


def test_a_room_tone_decides_where_the_item_alone_is_borderline():
    room = replace(CLEAN, noise_laeq_dbfs=-64.0, la90_dbfs=-64.2, la10_dbfs=-63.8, noise_gap_kept_s=5.0)
    borderline = {"noise_laeq_dbfs": -61.5, "la90_dbfs": -62.0}
    assert codes(judged(**borderline)) == ["noise.borderline"]
    assert codes(judged(replace(FACTS, room_tone=room), **borderline)) == []


@pytest.mark.parametrize("status", ["refused", "crashed"])
def test_a_clip_that_was_not_measured_is_an_error_and_not_a_finding(status):
    with pytest.raises(SignalError, match="no measurement to judge"):
        judged(status=status, error_code="not-audio")


def test_a_row_of_another_analyser_is_refused():
    with pytest.raises(SignalError, match="another analyser"):
        judged(settings_sha256="0" * 64)


def test_a_band_that_the_terms_do_not_have_is_an_error():
    with pytest.raises(TermsError, match="no band 'loud'"):
        judged(replace(FACTS, band="loud"))


def test_a_room_tone_does_not_make_the_snr_of_a_take_without_pauses_surer():
    tone = replace(CLEAN, gap_se_db=0.2, noise_gap_kept_s=4.0)
    facts = replace(FACTS, room_tone=tone)
    verdict = judged(facts=facts, noise_method="la90", noise_se_db=2.0, snr_a_db=16.5, snr_db=10.0)
    assert "noise.low-snr" not in codes(verdict)
