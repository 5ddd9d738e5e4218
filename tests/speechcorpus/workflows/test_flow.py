"""One claim from the microphone to its end, retakes and repairs on the way; real audio, really measured."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from speechcorpus.corpus.selection import select as select_clips
from speechcorpus.corpus.settings import ReleaseSettings
from speechcorpus.domain.errors import AccessError, SittingError
from speechcorpus.domain.finding import Finding
from speechcorpus.qc.judge import EVALUATOR, Facts
from speechcorpus.store.audit import check_audit
from speechcorpus.store.models import (
    Claim,
    Clip,
    FindingRow,
    MeasurementRow,
    OutcomeRow,
    Review,
    Segment,
    Task,
    VerdictRow,
)
from speechcorpus.workflows.chips import take_view
from speechcorpus.workflows.claims import claim_task, return_claim
from speechcorpus.workflows.items import check_text, item_wav, judge_item, measure_item, save_transcript
from speechcorpus.workflows.janitor import tidy
from speechcorpus.workflows.lapses import expire_claims, hand_in_latecomers
from speechcorpus.workflows.overdue import lapse_reviews
from speechcorpus.workflows.release_candidates import gather_candidates
from speechcorpus.workflows.reviews import decide_review, review_audio, take_review
from speechcorpus.workflows.submission import submit_claim
from tests.stage import (
    HEARD,
    LISTENING,
    Recorder,
    Stage,
    calibrate,
    set_stage,
    sha256,
    spoken,
    voice,
    work_off,
)

UNSAMPLED = {"unflagged_pct = 5, first_two_claims_pct = 20": "unflagged_pct = 0, first_two_claims_pct = 0"}
ALL_SAMPLED = {
    "unflagged_pct = 5, first_two_claims_pct = 20": "unflagged_pct = 100, first_two_claims_pct = 100"
}
SAID = "今仔日天氣真好，咱做伙來去公園行行。"  # as many syllables as four seconds hold


@pytest.fixture
def stage(sqlite_store, now):
    return set_stage(sqlite_store, now, **UNSAMPLED)


@pytest.fixture
def recorder(stage):
    """A contributor with a calibrated microphone, two prompts, and room tone recorded."""
    actor = stage.contributor()
    recorder = stage.recorder(actor, calibration=calibrate(stage, actor))
    recorder.record(voice(5, seed=77, level=0.0014), track="room").finish()
    return recorder


def recorded(recorder: Recorder, shared, prompt: str, **how) -> str:
    """The segment of a new take; each prompt is another recording."""
    take = recorder.record(spoken(shared, **{"seed": 1 + int(prompt[1:]), **how}), prompt=prompt)
    take.finish()
    return take_view(recorder.stage.store, recorder.actor, take.id).items[0].segment_id


def say(recorder: Recorder, segment: str, text: str = SAID, base: int = 0, after_h: int = 1):
    at = recorder.stage.later + timedelta(hours=after_h)
    return save_transcript(recorder.stage.store, recorder.actor, segment, text, base, now=at)


def submit(recorder: Recorder, after_h: int = 2):
    at = recorder.stage.later + timedelta(hours=after_h)
    return submit_claim(recorder.stage.store, recorder.actor, recorder.claim, now=at)


def decide(stage: Stage, decision: str, *, reviewer=None, findings=(), after_h=3, note="x") -> str:
    """The decision of a reviewer on the one item that waits."""
    at, reviewer = stage.later + timedelta(hours=after_h), reviewer or stage.reviewer()
    with stage.store.catalogue.read() as session:
        waiting = session.scalars(select(Review.id).where(Review.state.in_(("queued", "assigned")))).one()
    lease = take_review(stage.store, reviewer, waiting, now=at - LISTENING)
    return decide_review(
        stage.store,
        reviewer,
        waiting,
        fence=lease.fence,
        decision=decision,
        findings=findings,
        note=note,
        now=at,
    )


def states(stage: Stage, recorder: Recorder) -> tuple[str, str, dict[str, str]]:
    """Claim, task, and the lines of the counting items."""
    with stage.store.catalogue.read() as session:
        claim = session.get_one(Claim, recorder.claim)
        lines = session.execute(
            select(Segment.prompt_id, OutcomeRow.line, OutcomeRow.state)
            .join(Segment, Segment.id == OutcomeRow.segment_id)
            .where(Segment.chosen, Segment.claim_id == claim.id)
        )
        named = {f"{prompt}.{line}": state for prompt, line, state in lines}
        return claim.state, session.get_one(Task, claim.task_id).state, named


def all_of(stage: Stage, table):
    with stage.store.catalogue.read() as session:
        return session.scalars(select(table)).all()


def test_a_flawless_claim_is_accepted_and_its_clips_are_cut(stage, recorder, shared):
    segments = [recorded(recorder, shared, prompt, seed=n) for n, prompt in enumerate(("p0", "p1"))]
    work_off(stage)
    verdicts = [say(recorder, segment).verdict for segment in segments]
    assert [(v.outcome, [f.code for f in v.findings]) for v in verdicts] == [("accepted", [])] * 2
    done = submit(recorder)
    assert (done.handed_in, done.accepted, done.in_review, done.complete) == (2, 2, 0, True)
    assert states(stage, recorder)[:2] == ("submitted", "accepted")
    assert set(states(stage, recorder)[2].values()) == {"accepted"}
    work_off(stage, at=stage.later + timedelta(hours=3))
    assert sorted(clip.segment_id for clip in all_of(stage, Clip)) == sorted(segments)
    assert {(clip.rate_hz, stage.store.blobs.exists(clip.blob_sha256)) for clip in all_of(stage, Clip)} == {
        (16_000, True)
    }
    with stage.store.catalogue.read() as session:
        assert check_audit(session) is None


def test_the_verdict_is_about_the_bytes_the_contributor_can_hear(stage, recorder, shared):
    segment = recorded(recorder, shared, "p0")
    work_off(stage)
    heard = b"".join(item_wav(stage.store, recorder.actor, segment).blocks())
    with stage.store.catalogue.read() as session:
        row = session.get_one(Segment, segment)
        facts = Facts.from_document(session.scalars(select(VerdictRow.facts)).one())
        assert row.item_sha256 == sha256(heard)
    assert (facts.band, facts.style, facts.prompt.id, facts.capture_path) == ("low", "read", "p0", "mstp")
    assert facts.calibration.offset_db == 97.0
    assert facts.room_tone is not None
    assert (facts.lost_frames, facts.processing_on_n, facts.ended_by) == (0, 0, "stop")


def test_the_chips_show_what_was_measured(stage, recorder, shared):
    take = recorder.record(spoken(shared), prompt="p0")
    take.finish()
    before = take_view(stage.store, recorder.actor, take.id).items[0]
    assert (before.measured, before.verdict, before.noise_laeq_dbfs) == (False, None, None)
    work_off(stage)
    after = take_view(stage.store, recorder.actor, take.id).items[0]
    assert (after.measured, after.chosen, after.verdict.outcome) == (True, True, "accepted")
    assert after.noise_laeq_dba == pytest.approx(after.noise_laeq_dbfs + 97.0, abs=0.01)
    assert 30 < after.noise_laeq_dba < 38


def test_a_held_item_stays_while_the_rest_is_handed_in_and_a_retake_completes_the_claim(
    stage, recorder, shared
):
    good = recorded(recorder, shared, "p0")
    quiet = recorded(recorder, shared, "p1", speech_dbfs=-45)
    work_off(stage)
    say(recorder, good)
    held = say(recorder, quiet).verdict
    assert held.outcome == "rejected"
    assert "audio.too-quiet" in [finding.code for finding in held.findings]
    first = submit(recorder)
    assert (first.handed_in, first.held, first.complete) == (1, 1, False)
    assert states(stage, recorder)[:2] == ("active", "claimed")
    with pytest.raises(SittingError) as nothing:
        submit(recorder)
    assert nothing.value.code == "submission.nothing-ready"

    again = recorded(recorder, shared, "p1")
    work_off(stage)
    with stage.store.catalogue.read() as session:
        assert session.get_one(Segment, quiet).chosen is False
    say(recorder, again)
    assert submit(recorder).complete
    assert states(stage, recorder)[:2] == ("submitted", "accepted")


def test_an_item_without_its_text_or_its_measurement_is_not_ready(stage, recorder, shared):
    segment = recorded(recorder, shared, "p0")
    say(recorder, segment)
    with pytest.raises(SittingError):
        submit(recorder)
    work_off(stage)
    assert submit(recorder).handed_in == 1


def test_a_text_is_judged_at_once_and_never_saved_over_another(stage, recorder, shared):
    segment = recorded(recorder, shared, "p0")
    work_off(stage)
    bad = say(recorder, segment, "今仔日, 天氣真好，咱做伙來去公園行行")
    assert bad.verdict.outcome == "repairable"
    assert {violation.rule for violation in bad.violations} >= {"PUN-HALF", "SPC-ANY"}
    assert "transcript.pun-half" in [finding.code for finding in bad.verdict.findings]
    with pytest.raises(SittingError) as stale:
        say(recorder, segment, SAID, base=0)
    assert (stale.value.code, stale.value.facts["newest"]) == ("transcript.revision-conflict", 1)
    good = say(recorder, segment, SAID, base=1)
    assert (good.revision, good.verdict.outcome, good.violations) == (2, "accepted", ())
    assert say(recorder, segment, SAID, base=2).revision == 2
    assert [row.sequence for row in all_of(stage, VerdictRow)] == [1, 2, 3]
    assert judge_item(stage.store, segment, stage.later) == "accepted"
    assert check_text(stage.store, recorder.actor, segment, "好,").violations != ()


def test_a_fix_reopens_the_claim_and_the_repaired_item_is_heard_again(stage, recorder, shared):
    segments = {prompt: recorded(recorder, shared, prompt) for prompt in ("p0", "p1")}
    work_off(stage)
    say(recorder, segments["p0"], HEARD)
    say(recorder, segments["p1"])
    done = submit(recorder)
    assert (done.in_review, done.accepted, done.complete) == (1, 1, True)
    assert states(stage, recorder)[:2] == ("submitted", "in_review")
    with pytest.raises(SittingError) as silent:
        decide(stage, "fix", note=" ", after_h=2)
    assert silent.value.code == "review.note-required"
    assert decide(stage, "fix") == "fix"
    claim, task, lines = states(stage, recorder)
    assert (claim, task, lines["p0.record"], lines["p1.record"]) == (
        "active",
        "claimed",
        "pending",
        "accepted",
    )
    with pytest.raises(SittingError):
        submit(recorder, after_h=4)
    with pytest.raises(SittingError) as handed_in:
        say(recorder, segments["p1"], "咱來去。", base=1, after_h=4)
    assert handed_in.value.code == "item.handed-in"

    say(recorder, segments["p0"], "今仔日天氣真正好。", base=1, after_h=5)
    again = submit(recorder, after_h=6)
    assert (again.handed_in, again.in_review, again.complete) == (1, 1, True)
    with pytest.raises(SittingError) as twice:
        decide(stage, "fix", after_h=7)
    assert twice.value.code == "review.fix-once"
    assert decide(stage, "accept", after_h=8) == "accepted"
    assert states(stage, recorder)[:2] == ("submitted", "accepted")
    assert [review.round for review in all_of(stage, Review)] == [1, 2]


def test_an_item_sent_back_may_be_spoken_anew_and_the_old_one_is_void(stage, recorder, shared):
    old = recorded(recorder, shared, "p0")
    work_off(stage)
    say(recorder, old, HEARD)
    submit(recorder)
    waiting = recorded(recorder, shared, "p0", seed=3)
    with stage.store.catalogue.read() as session:
        assert session.get_one(Segment, waiting).chosen is False  # we hold the first one
    decide(stage, "fix")
    new = recorded(recorder, shared, "p0", seed=5)
    work_off(stage)
    say(recorder, new, after_h=5)
    assert submit(recorder, after_h=6).in_review == 1  # unflagged, but it was sent back before
    with stage.store.catalogue.read() as session:
        assert {
            row.state for row in session.scalars(select(OutcomeRow).where(OutcomeRow.segment_id == old))
        } == {"void"}


def test_an_answer_that_does_not_come_in_time_is_an_acceptance(stage, recorder, shared):
    segment = recorded(recorder, shared, "p0")
    work_off(stage)
    say(recorder, segment, HEARD)
    submit(recorder, after_h=2)
    heard = marked("noise.third-voice", 8_000, 40_000)
    assert decide(stage, "reject", findings=[heard], after_h=50) == "undecided"  # and nobody else is there
    promised = stage.later + timedelta(hours=2 + 72)
    assert lapse_reviews(stage.store, now=promised) == 0
    assert lapse_reviews(stage.store, now=promised + timedelta(minutes=1)) == 1
    assert states(stage, recorder)[2] == {"p0.record": "accepted", "p0.transcribe": "accepted"}
    assert sorted(review.state for review in all_of(stage, Review)) == ["decided", "lapsed"]
    with stage.store.catalogue.read() as session:
        told = session.scalars(select(FindingRow).where(FindingRow.code == "platform.review-overdue")).one()
    assert (told.measured, told.limit, told.unit) == ("73", "72", "h")
    assert lapse_reviews(stage.store, now=promised + timedelta(days=9)) == 0


def test_the_time_to_answer_stands_still_while_the_contributor_repairs(stage, recorder, shared):
    segment = recorded(recorder, shared, "p0")
    work_off(stage)
    say(recorder, segment, HEARD)
    submit(recorder, after_h=2)
    decide(stage, "fix", after_h=42)  # 40 h have gone
    assert lapse_reviews(stage.store, now=stage.later + timedelta(hours=85)) == 0
    say(recorder, segment, "今仔日天氣真正好，咱做伙來去公園行行。", base=1, after_h=86)
    submit(recorder, after_h=87)
    assert lapse_reviews(stage.store, now=stage.later + timedelta(hours=87 + 32)) == 0
    assert lapse_reviews(stage.store, now=stage.later + timedelta(hours=87 + 33)) == 1


def marked(code: str, start: int, end: int) -> Finding:
    measured = Decimal(end - start) / 16_000
    span = {"start_sample": start, "end_sample": end}
    return Finding(
        code=code, severity="fix", measured=measured, comparator=">", limit=Decimal(1), unit="s", **span
    )


def test_two_who_agree_refuse_and_one_alone_does_not(stage, recorder, shared):
    segment = recorded(recorder, shared, "p0")
    work_off(stage)
    say(recorder, segment, HEARD)
    submit(recorder)
    first, second = stage.reviewer(), stage.reviewer()
    heard = marked("noise.third-voice", 8_000, 40_000)
    with pytest.raises(SittingError) as bare:
        decide(stage, "reject", reviewer=first)
    assert bare.value.code == "review.finding-required"
    assert decide(stage, "reject", reviewer=first, findings=[heard]) == "undecided"
    assert states(stage, recorder)[2] == {"p0.record": "pending", "p0.transcribe": "pending"}
    with pytest.raises(SittingError) as same:
        decide(stage, "reject", reviewer=first, findings=[heard])
    assert same.value.code == "review.own-earlier"
    assert decide(stage, "reject", reviewer=second, findings=[heard]) == "refused"
    assert states(stage, recorder)[2] == {"p0.record": "refused", "p0.transcribe": "refused"}


def test_a_machine_code_grounds_no_refusal(stage, recorder, shared):
    segment = recorded(recorder, shared, "p0")
    work_off(stage)
    say(recorder, segment, HEARD)
    submit(recorder)
    with pytest.raises(SittingError) as refused:
        decide(stage, "reject", findings=[marked("audio.too-loud", 0, 16_000)])
    assert refused.value.code == "review.code"


def test_a_reviewer_hears_only_what_they_hold_and_decides_only_in_time(stage, recorder, shared):
    segment = recorded(recorder, shared, "p0")
    work_off(stage)
    say(recorder, segment, HEARD)
    submit(recorder)
    review = all_of(stage, Review)[0].id
    one, other, at = stage.reviewer(), stage.reviewer(), stage.later + timedelta(hours=3)
    for actor in (one, recorder.actor, stage.manager):
        with pytest.raises(AccessError):
            review_audio(stage.store, actor, review, now=at)
    lease = take_review(stage.store, one, review, now=at)
    assert review_audio(stage.store, one, review, now=at).length > 0
    with pytest.raises(SittingError) as taken:
        take_review(stage.store, other, review, now=at + timedelta(minutes=29))
    assert taken.value.code == "review.taken"
    late = at + timedelta(minutes=31)
    newer = take_review(stage.store, other, review, now=late)
    assert newer.fence == lease.fence + 1
    said = {"decision": "accept", "findings": (), "note": None, "now": late + LISTENING}
    for actor, fence in ((one, lease.fence), (one, newer.fence), (other, lease.fence)):
        with pytest.raises(SittingError) as lost:
            decide_review(stage.store, actor, review, fence=fence, **said)
        assert lost.value.code == "review.lease-lost"
    assert decide_review(stage.store, other, review, fence=newer.fence, **said) == "accepted"


def test_returning_a_claim_keeps_what_was_delivered(stage, recorder, shared):
    segment = recorded(recorder, shared, "p0")
    work_off(stage)
    assert return_claim(stage.store, recorder.actor, recorder.claim, now=stage.later) == "submitted"
    assert states(stage, recorder) == ("submitted", "accepted", {"p0.record": "accepted"})
    with pytest.raises(SittingError) as over:
        say(recorder, segment)
    assert over.value.code == "claim.not-active"


def test_returning_a_claim_while_its_sound_is_measured_loses_none_of_it(stage, recorder, shared):
    recorded(recorder, shared, "p0")
    assert return_claim(stage.store, recorder.actor, recorder.claim, now=stage.later) == "active"
    assert expire_claims(stage.store, now=stage.later + timedelta(minutes=1)) == 0
    work_off(stage)
    assert expire_claims(stage.store, now=stage.later + timedelta(minutes=2)) == 1
    assert states(stage, recorder) == ("submitted", "accepted", {"p0.record": "accepted"})


def test_sound_that_arrives_after_the_claim_was_returned_is_handed_in_all_the_same(stage, recorder, shared):
    recorded(recorder, shared, "p0")
    work_off(stage)
    late = recorder.record(spoken(shared, seed=3), prompt="p1")
    return_claim(stage.store, recorder.actor, recorder.claim, now=stage.later)
    late.finish()
    assert hand_in_latecomers(stage.store, now=stage.later) == 0  # not measured yet
    work_off(stage)
    assert hand_in_latecomers(stage.store, now=stage.later) == 1
    assert hand_in_latecomers(stage.store, now=stage.later) == 0
    lines = {"p0.record": "accepted", "p1.record": "accepted"}
    assert states(stage, recorder) == ("submitted", "accepted", lines)


def test_what_is_heard_after_its_task_is_over_cannot_be_sent_back(sqlite_store, now, shared):
    stage = set_stage(sqlite_store, now, **ALL_SAMPLED)
    actor = stage.contributor()
    recorder = stage.recorder(actor, calibration=calibrate(stage, actor))
    return_to_the_end(stage, recorder, shared)
    listener = stage.reviewer()
    with pytest.raises(SittingError) as over:
        decide(stage, "fix", reviewer=listener)
    assert over.value.code == "review.fix-late"  # the claim cannot be opened again, so nobody could repair it
    assert decide(stage, "accept", reviewer=listener) == "accepted"
    assert states(stage, recorder)[2] == {"p0.record": "accepted", "p1.record": "accepted"}


def return_to_the_end(stage: Stage, recorder: Recorder, shared) -> None:
    """Let one item be accepted with its task, and another arrive only then."""
    recorded(recorder, shared, "p0")
    work_off(stage)
    late = recorder.record(spoken(shared, seed=3), prompt="p1")
    return_claim(stage.store, recorder.actor, recorder.claim, now=stage.later)
    assert decide(stage, "accept") == "accepted"
    late.finish()
    work_off(stage)
    assert hand_in_latecomers(stage.store, now=stage.later) == 1


def test_a_text_that_is_held_when_the_time_is_over_does_not_cost_the_recording(stage, recorder, shared):
    segment = recorded(recorder, shared, "p0")
    work_off(stage)
    assert say(recorder, segment, "今仔日 天氣真好，咱做伙來去公園行行。").verdict.outcome == "repairable"
    with pytest.raises(SittingError):
        submit(recorder)
    assert return_claim(stage.store, recorder.actor, recorder.claim, now=stage.later) == "submitted"
    lines = {"p0.record": "accepted", "p0.transcribe": "void"}
    assert states(stage, recorder) == ("submitted", "accepted", lines)


def test_what_was_sent_back_and_not_repaired_is_heard_again_and_not_lost(stage, recorder, shared):
    segment = recorded(recorder, shared, "p0")
    work_off(stage)
    say(recorder, segment, HEARD)
    submit(recorder)
    decide(stage, "fix")
    with pytest.raises(SittingError):
        submit(recorder, after_h=4)  # by hand: there is still time to repair it
    with stage.store.catalogue.read() as session:
        over = session.get_one(Claim, recorder.claim).lease_until + timedelta(minutes=1)
    assert expire_claims(stage.store, now=over) == 1
    assert states(stage, recorder)[2] == {"p0.record": "pending", "p0.transcribe": "pending"}
    after_h = (over - stage.later) / timedelta(hours=1) + 1
    assert decide(stage, "accept", after_h=after_h) == "accepted"
    assert states(stage, recorder)[2] == {"p0.record": "accepted", "p0.transcribe": "accepted"}


def test_returning_an_untouched_claim_opens_the_task_again(stage):
    recorder = stage.recorder()
    assert return_claim(stage.store, recorder.actor, recorder.claim, now=stage.later) == "released"
    other = stage.contributor()
    with stage.store.catalogue.read() as session:
        task = session.get_one(Claim, recorder.claim).task_id
    assert claim_task(stage.store, other, task, now=stage.later) != recorder.claim


def test_measuring_twice_judges_once(stage, recorder, shared):
    segment = recorded(recorder, shared, "p0")
    work_off(stage)
    measure_item(stage.store, segment, stage.later)
    assert [(row.sequence, row.evaluator) for row in all_of(stage, VerdictRow)] == [(1, EVALUATOR)]


def test_a_claim_with_a_refusal_and_an_acceptance_ends_alike_on_both_databases(store, now, shared):
    stage = set_stage(store, now, **UNSAMPLED)
    actor = stage.contributor()
    recorder = stage.recorder(actor, calibration=calibrate(stage, actor))
    segments = [recorded(recorder, shared, "p0"), recorded(recorder, shared, "p1")]
    work_off(stage)
    for segment, text in zip(segments, (HEARD, SAID), strict=True):
        say(recorder, segment, text)
    assert submit(recorder).in_review == 1
    heard = marked("consent.other-speaker", 8_000, 48_000)
    assert decide(stage, "reject", findings=[heard]) == "undecided"
    assert decide(stage, "reject", findings=[heard], after_h=4) == "refused"
    assert states(stage, recorder) == (
        "submitted",
        "accepted",
        {
            "p0.record": "refused",
            "p0.transcribe": "refused",
            "p1.record": "accepted",
            "p1.transcribe": "accepted",
        },
    )
    with store.catalogue.read() as session:
        assert check_audit(session) is None


def test_what_our_recorder_lost_is_paid_whatever_listeners_say(stage, recorder, shared):
    take = recorder.record(spoken(shared), prompt="p0")
    capture = {**take.manifest()["capture"], "total": take.frames + 500}
    take.finish(capture=capture)
    work_off(stage)
    item = take_view(stage.store, recorder.actor, take.id).items[0]
    assert [(f.code, f.measured) for f in item.verdict.findings] == [("platform.capture-overrun", 500)]
    say(recorder, item.segment_id, HEARD)
    submit(recorder)
    heard = marked("consent.other-speaker", 8_000, 48_000)
    decide(stage, "reject", findings=[heard])
    assert decide(stage, "reject", findings=[heard], after_h=4) == "accepted"
    assert states(stage, recorder)[2] == {"p0.record": "accepted", "p0.transcribe": "accepted"}
    with stage.store.catalogue.read() as session:
        (candidate,) = gather_candidates(stage.store, session, stage.project_id)
    (refused,) = select_clips(
        [candidate], ReleaseSettings()
    ).refused  # paid, and another's voice all the same
    assert refused.code == "release.not-accepted"


def test_processing_that_was_on_is_flagged_late_and_never_held(stage, recorder, shared):
    take = recorder.record(spoken(shared), prompt="p0")
    capture = {**take.manifest()["capture"], "settings": {"autoGainControl": True}}
    take.finish(capture=capture)
    work_off(stage)
    verdict = take_view(stage.store, recorder.actor, take.id).items[0].verdict
    assert verdict.outcome == "accepted"
    assert {f.code: f.severity for f in verdict.findings} == {
        "audio.processing-on": "flag",
        "noise.uncalibrated": "flag",  # a gain that moves makes no sound pressure
        "platform.late-check": "flag",
    }


def test_an_item_that_an_older_analyser_measured_is_measured_anew_when_its_text_is_saved(
    stage, recorder, shared
):
    segment = recorded(recorder, shared, "p0")
    work_off(stage)
    with stage.store.catalogue.write() as session:
        for row in session.scalars(select(MeasurementRow)):
            row.analyser_version = "0.0.1"
    say(recorder, segment)
    with pytest.raises(SittingError):
        submit(recorder)
    work_off(stage, at=stage.later + timedelta(hours=1))
    assert submit(recorder).handed_in == 1


def test_the_janitor_lets_an_answer_that_is_too_late_be_a_yes(stage, recorder, shared):
    segment = recorded(recorder, shared, "p0")
    work_off(stage)
    say(recorder, segment, HEARD)
    submit(recorder, after_h=2)
    promised = stage.later + timedelta(hours=2 + 72)
    tidy(stage.store, promised)
    assert states(stage, recorder)[2] == {"p0.record": "pending", "p0.transcribe": "pending"}
    tidy(stage.store, promised + timedelta(minutes=1))
    assert states(stage, recorder)[2] == {"p0.record": "accepted", "p0.transcribe": "accepted"}


def test_the_janitor_hands_in_sound_that_arrives_after_its_claim_has_ended(stage, recorder, shared):
    recorded(recorder, shared, "p0")
    work_off(stage)
    late = recorder.record(spoken(shared, seed=3), prompt="p1")
    return_claim(stage.store, recorder.actor, recorder.claim, now=stage.later)
    late.finish()
    work_off(stage)
    assert "p1.record" not in states(stage, recorder)[2]
    tidy(stage.store, stage.later)
    assert states(stage, recorder)[2]["p1.record"] == "accepted"
